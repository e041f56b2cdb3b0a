// The folder of a cluster: its token, and where REST listens.
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  clusterFolder,
  forgetRestPlace,
  isProcessName,
  nameAt,
  readRestPlaces,
  readRestToken,
  takeRestToken,
  readProcessPlace,
  tellPlace,
  tellRestPlace,
} from '../../src/net-real/cluster-folder.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

test('whoever comes first draws the token, which only its user may read, and nobody draws another', () => {
  const cluster = clusterFolder(folder.path('c'));
  expect(readRestToken(cluster)).toBeNull();
  const token = takeRestToken(cluster);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(cluster.restToken).mode & 0o777).toBe(0o600);
  expect(takeRestToken(cluster)).toBe(token);
  expect(readRestToken(cluster)).toBe(token);
  expect(takeRestToken(clusterFolder(folder.path('other')))).not.toBe(token);
});

const placeAt = (address: string) => ({ address, role: 'taskmanager', version: '1' }) as const;

test('an address is that of the process that was the last to be up there', () => {
  const cluster = clusterFolder(folder.path('c'));
  expect(nameAt(cluster, '127.0.0.1:7001')).toBeNull();
  tellPlace(cluster, 'tm-1', placeAt('127.0.0.1:7001'));
  tellPlace(cluster, 'tm-2', placeAt('127.0.0.1:7002'));
  expect([nameAt(cluster, '127.0.0.1:7001'), nameAt(cluster, '127.0.0.1:7002')]).toEqual(['tm-1', 'tm-2']);
  utimesSync(join(cluster.work, 'tm-1', 'address.json'), 1, 1);
  tellPlace(cluster, 'tm-2', placeAt('127.0.0.1:7001')); // its port was free, and tm-1 is gone
  expect([nameAt(cluster, '127.0.0.1:7001'), nameAt(cluster, '127.0.0.1:7002')]).toEqual(['tm-2', 'tm-2']);
  writeFileSync(join(cluster.work, 'tm-1', 'address.json'), '{');
  expect(nameAt(cluster, '127.0.0.1:7001')).toBe('tm-2');
});

test('an address at which nobody is any more is still that of the process that was there', () => {
  const cluster = clusterFolder(folder.path('c'));
  for (let port = 7_001; port <= 7_020; port++) tellPlace(cluster, 'tm-1', placeAt(`127.0.0.1:${port}`));
  expect(nameAt(cluster, '127.0.0.1:7019')).toBe('tm-1');
  expect(nameAt(cluster, '127.0.0.1:7004')).toBe('tm-1');
  expect(nameAt(cluster, '127.0.0.1:7003')).toBeNull(); // so many are kept
  tellPlace(cluster, 'tm-2', placeAt('127.0.0.1:7019'));
  expect(nameAt(cluster, '127.0.0.1:7019')).toBe('tm-2');
  expect(readProcessPlace(cluster, 'tm-1')).toEqual(placeAt('127.0.0.1:7020'));
});

test('JobManagers say where REST listens, and take back what is theirs alone', () => {
  const cluster = clusterFolder(folder.path('c'));
  expect(readRestPlaces(cluster).size).toBe(0);
  tellRestPlace(cluster, 'jm-2', { url: 'http://127.0.0.1:2', pid: 2 });
  tellRestPlace(cluster, 'jm-1', { url: 'http://127.0.0.1:1', pid: 1 });
  expect([...readRestPlaces(cluster)]).toEqual([
    ['jm-1', { url: 'http://127.0.0.1:1', pid: 1 }],
    ['jm-2', { url: 'http://127.0.0.1:2', pid: 2 }],
  ]);
  tellRestPlace(cluster, 'jm-1', { url: 'http://127.0.0.1:3', pid: 3 }); // it was started again before it had ended
  forgetRestPlace(cluster, 'jm-1', 1);
  forgetRestPlace(cluster, 'jm-2', 2);
  expect([...readRestPlaces(cluster).keys()]).toEqual(['jm-1']);
});

test('what is no place of REST is passed over', () => {
  const cluster = clusterFolder(folder.path('c'));
  mkdirSync(cluster.rest, { recursive: true });
  writeFileSync(`${cluster.rest}/jm-1.json`, '{"url":');
  writeFileSync(`${cluster.rest}/jm-2.json`, '{"url":1}');
  expect(readRestPlaces(cluster).size).toBe(0);
});

test.each([
  ['jm-1', true],
  ['A.b_c-9', true],
  ['', false],
  ['..', false],
  ['a/b', false],
  ['-a', false],
  ['a'.repeat(64), true],
  ['a'.repeat(65), false],
])('a process may be called "%s": %s', (name, may) => {
  expect(isProcessName(name)).toBe(may);
});
