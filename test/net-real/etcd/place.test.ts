// Where keys are in etcd, as a URL: in one form, or refused with what would be right.
import { expect, test } from 'vitest';
import { formatEtcdPlace, parseEtcdPlace } from '../../../src/net-real/etcd/place.ts';

test.each([
  ['//127.0.0.1:2379/millrace', 'etcd://127.0.0.1:2379/millrace'],
  ['//a:2379,b:2379,[::1]:2379/eu/prod/', 'etcd://a:2379,b:2379,[::1]:2379/eu/prod'],
])('%s', (rest, whole) => {
  const place = parseEtcdPlace(rest);
  expect(place.ok ? formatEtcdPlace(place.value) : place.reason).toBe(whole);
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
  ['//root:secret@a:2379/b', 'etcd is asked without a user: name HOST:PORT alone'],
  ['//a:2379,a:2379/b', 'each endpoint may stand there once'],
  [`//${Array.from({ length: 17 }, (_, port) => `a:${port}`).join(',')}/b`, 'at most 16 endpoints, and these are 17'],
])('%s is refused', (rest, reason) => {
  const place = parseEtcdPlace(rest);
  expect(place.ok ? '' : place.reason).toContain(reason);
});
