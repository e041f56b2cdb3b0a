// Where an HA service is: by scheme, in one form, and what is no place is refused with those that are.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { haBelow, haServiceAt, isHaFolder, readHa } from '../../src/net-real/ha-service.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const read = (text: string) => readHa(text, (path) => resolve('/home', path));

test.each([
  ['a', '/home/a'],
  ['/a/b:c', '/a/b:c'],
  ['file:a', '/home/a'],
  ['file:/a', '/a'],
  ['./etcd:x', '/home/etcd:x'],
])('%s is the folder %s', (text, place) => {
  expect(read(text)).toEqual({ ok: true, value: place });
  expect(isHaFolder(place)).toBe(true);
});

test.each([
  ['', 'expected a folder'],
  ['file:', 'expected a folder'],
  ['zookeeper:a:2181', '"zookeeper" is no scheme of an HA service: expected FOLDER, file:FOLDER'],
])('%s is refused', (text, reason) => {
  const refused = read(text);
  expect(refused.ok ? '' : refused.reason).toContain(reason);
});

test('a folder by its path and by its scheme is one service', async () => {
  const places = [folder.path('ha'), `file:${folder.path('ha')}`].map((text) => read(text));
  const [path, url] = await Promise.all(places.map((place) => haServiceAt(place.ok ? place.value : '')));
  if (path === undefined || url === undefined) throw new Error('there are two of them');
  const id = await path.clusterId(folder.path('work'));
  expect(await url.clusterId(folder.path('work'))).toBe(id);
  const port = url.open();
  expect(await port.request({ kind: 'ha-lease' })).toEqual({ kind: 'ha-lease', leader: null, renewals: 0 });
  await port.close();
});

test('etcd, its files by absolute paths, and a place of its own below it', () => {
  const place = read('etcds://a:1/p?ca=ca.pem');
  expect(place).toEqual({ ok: true, value: 'etcds://a:1/p?ca=/home/ca.pem' });
  expect(haBelow('etcds://a:1/p?ca=/home/ca.pem', 'q')).toBe('etcds://a:1/p/q?ca=/home/ca.pem');
  expect(haBelow('etcd://a:1/p', 'q')).toBe('etcd://a:1/p/q');
  expect(isHaFolder('etcds://a:1/p')).toBe(false);
});
