// Where keys are in etcd, as a URL: in one form, or refused with what would be right.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { formatEtcdPlace, nameEtcdPlace, parseEtcdPlace } from '../../../src/net-real/etcd/place.ts';

test.each([
  ['//127.0.0.1:2379/millrace', 'etcd://127.0.0.1:2379/millrace'],
  ['//a:2379,b:2379,[::1]:2379/eu/prod/', 'etcd://a:2379,b:2379,[::1]:2379/eu/prod'],
])('%s', (rest, whole) => {
  const place = parseEtcdPlace(rest);
  expect(place.ok ? formatEtcdPlace(place.value) : place.reason).toBe(whole);
});

test.each([
  ['//a:1/b?login=/l', false, 'etcd://a:1/b?login=/l', { tls: null, login: '/l' }],
  ['//a:1/b?compact=5000&login=/l', false, 'etcd://a:1/b?login=/l&compact=5000', { keepRevisions: 5_000 }],
  ['//a:1/b', true, 'etcds://a:1/b', { tls: { ca: null, cert: null, key: null }, login: null }],
  [
    '//a:1/b?key=/k&login=l&cert=/c%20d&ca=x/ca.pem',
    true,
    'etcds://a:1/b?ca=/home/x/ca.pem&cert=/c%20d&key=/k&login=/home/l',
    { tls: { ca: '/home/x/ca.pem', cert: '/c d', key: '/k' }, login: '/home/l' },
  ],
])('%s with files', (rest, isSecure, whole, files) => {
  const place = parseEtcdPlace(rest, isSecure, (path) => resolve('/home', path));
  if (!place.ok) throw new Error(place.reason);
  expect(place.value).toMatchObject(files);
  expect(formatEtcdPlace(place.value)).toBe(whole);
  expect(parseEtcdPlace(whole.slice(whole.indexOf(':') + 1), isSecure)).toEqual(place);
  expect(nameEtcdPlace(place.value)).toBe(whole.split('?')[0]);
});

test.each([
  ['//a:1/b?user=x', true, '"user" is none of what may stand behind "?": ca, cert, key, login, compact'],
  ['//a:1/b?ca=/x', false, 'ca is for TLS: name it etcds://'],
  ['//a:1/b?key=/x&cert=', true, '"cert" names nothing'],
  ['//a:1/b?key=/x', true, 'cert and key stand there both, or none of them'],
  ['//a:1/b?compact=1h', false, '"1h" is no number of revisions to keep: expected compact=NUMBER, at least 1000'],
  ['//a:1/b?compact=999', false, '"999" is no number of revisions to keep: expected compact=NUMBER, at least 1000'],
  ['//a:1/b?ca=/x&ca=/y', true, '"ca" stands there twice'],
  [
    '//a:1?ca=/x',
    true,
    'it names no prefix for the keys of this cluster: expected etcds://HOST:PORT,HOST:PORT/PREFIX?ca=FILE, as in a:1/millrace',
  ],
])('%s with files is refused', (rest, isSecure, reason) => {
  const place = parseEtcdPlace(rest, isSecure);
  expect(place.ok ? '' : place.reason).toBe(reason);
});

const FORM = 'etcd://HOST:PORT,HOST:PORT/PREFIX';

test.each([
  ['a:2379/millrace', `expected ${FORM}`],
  ['///millrace', `expected ${FORM}`],
  ['//a/millrace', '"a" is not an address: expected HOST:PORT'],
  ['//a:1,/millrace', '"" is not an address: expected HOST:PORT'],
  ['//a:2379', `it names no prefix for the keys of this cluster: expected ${FORM}, as in a:2379/millrace`],
  ['//a:2379/', 'it names no prefix'],
  ['//a:2379//b', '"/b" is no prefix: letters, digits, dots, dashes and underscores, with single slashes between'],
  ['//a:2379/b c', '"b c" is no prefix'],
  ['//root:secret@a:2379/b', 'no user stands before HOST:PORT: name a file with NAME:PASSWORD, ?login=FILE'],
  ['//a:2379,a:2379/b', 'each endpoint may stand there once'],
  [`//${Array.from({ length: 17 }, (_, port) => `a:${port}`).join(',')}/b`, 'at most 16 endpoints, and these are 17'],
])('%s is refused', (rest, reason) => {
  const place = parseEtcdPlace(rest);
  expect(place.ok ? '' : place.reason).toContain(reason);
});
