// What only checkpoint storage in a directory has: names that are paths, folders that come and go, files under construction.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { nodeDisk } from '../../src/net-real/disk.ts';
import type { Port } from '../../src/net-real/port.ts';
import { storageDirectory } from '../../src/net-real/storage-directory.ts';
import { hostPrefix } from '../../src/net-real/temporary-files.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { saying } from './reasons.ts';

const folder = temporaryFolder();
const open = (): Port => storageDirectory({ folder: folder.path('files') });
const put = (name: string, ...bytes: number[]): PortRequest => ({
  kind: 'storage-put',
  name,
  bytes: Uint8Array.from(bytes),
});

test.each([
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../../b',
  'a/..',
  './a',
  '.temporary/a',
  'a/.b',
  'a\\b',
  'a\0b',
  '\ud800',
])('the name %j is refused, and nothing is touched', async (name) => {
  const port = open();
  folder.write('b', 'outside');
  const refused = { kind: 'failed', outcome: 'not-applied', reason: saying('the name ') };
  expect(await port.request(put(name, 1))).toEqual(refused);
  expect(await port.request({ kind: 'storage-get', name })).toEqual(refused);
  expect(await port.request({ kind: 'storage-delete', name })).toEqual(refused);
  expect(readdirSync(folder.path()).sort()).toEqual(['b', 'files']);
  expect(readdirSync(folder.path('files'))).toEqual(['.temporary']);
});

test('a prefix finds nothing outside', async () => {
  folder.write('secret', 'x');
  for (const prefix of ['../', '..', '.temporary', '/'])
    expect(await open().request({ kind: 'storage-list', prefix })).toEqual({ kind: 'listed', names: [] });
});

test('names lie in folders, which go with their last file', async () => {
  const port = open();
  await port.request(put('job/chk-1/a', 1));
  await port.request(put('job/chk-1/b', 2));
  expect(existsSync(folder.path('files', 'job', 'chk-1', 'a'))).toBe(true);
  await port.request({ kind: 'storage-delete', name: 'job/chk-1/a' });
  expect(existsSync(folder.path('files', 'job', 'chk-1'))).toBe(true);
  await port.request({ kind: 'storage-delete', name: 'job/chk-1/b' });
  expect(readdirSync(folder.path('files'))).toEqual(['.temporary']);
});

test('the folder itself stays, however it is written', async () => {
  const port = storageDirectory({ folder: `${folder.path('files')}/./` });
  await port.request(put('a', 1));
  await port.request({ kind: 'storage-delete', name: 'a' });
  await port.request({ kind: 'storage-delete', name: 'b/c' });
  expect(existsSync(folder.path('files'))).toBe(true);
});

test('torn files are never seen, and take no room', async () => {
  const port = storageDirectory({
    folder: folder.path('files'),
    disk: {
      ...nodeDisk,
      async create(path, bytes) {
        writeFileSync(path, bytes.subarray(0, 1));
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
    },
  });
  expect(await port.request(put('a', 1, 2))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
  expect(readdirSync(folder.path('files', '.temporary'))).toEqual([]);
  expect(await open().request({ kind: 'storage-list', prefix: '' })).toEqual({ kind: 'listed', names: [] });
  expect(await open().request({ kind: 'storage-get', name: 'a' })).toEqual({ kind: 'not-found' });
  expect(await open().request(put('a', 1, 2))).toEqual({ kind: 'stored' });
});

test('what a killed process had under construction goes with the next listing: it may not come back to remove it', async () => {
  const port = open();
  await port.request({ kind: 'storage-list', prefix: '' });
  const { pid } = spawnSync('true');
  const [ofDead, ofOther] = [`${hostPrefix()}${pid}-x-1`, `${hostPrefix()}${process.pid}-y-1`];
  for (const name of [ofDead, ofOther]) folder.write(`files/.temporary/${name}`, 'half a snapshot');
  await port.request({ kind: 'storage-list', prefix: 'job-1/' });
  expect(readdirSync(folder.path('files', '.temporary'))).toEqual([ofOther]);
});

test.each<[string, 'makeFolder' | 'syncFolder' | 'link', string]>([
  ['while it is made', 'makeFolder', 'ENOTDIR'],
  ['before it is synced', 'syncFolder', 'ENOENT'],
  ['before the link', 'link', 'ENOENT'],
])('a folder that is tidied away %s is made again', async (_, operation, code) => {
  await open().request(put('x', 1)); // the folder of the store is there
  let tidied = false;
  const run: (...paths: string[]) => Promise<void> = nodeDisk[operation];
  const disk = {
    ...nodeDisk,
    async [operation](...paths: string[]) {
      if (tidied || !paths.at(-1)?.includes('job')) return run(...paths);
      tidied = true;
      throw Object.assign(new Error(code), { code });
    },
  };
  const port = storageDirectory({ folder: folder.path('files'), disk });
  expect(await port.request(put('job/chk-1/a', 1))).toEqual({ kind: 'stored' });
  expect(tidied).toBe(true);
});

test('a name that is a folder, or lies below a file, cannot be used', async () => {
  const port = open();
  await port.request(put('a/b', 1));
  expect(await port.request(put('a', 1))).toMatchObject({ kind: 'failed' });
  expect(await port.request(put('a/b/c', 1))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
  expect(await port.request({ kind: 'storage-list', prefix: '' })).toEqual({ kind: 'listed', names: ['a/b'] });
});

test('a name longer than the system allows is refused', async () => {
  expect(await open().request(put('x'.repeat(300), 1))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
});

test('garbage of the system is not listed', async () => {
  mkdirSync(folder.path('files', 'empty'), { recursive: true });
  folder.write('files/.DS_Store', 'x');
  expect(await open().request({ kind: 'storage-list', prefix: '' })).toEqual({ kind: 'listed', names: [] });
});
