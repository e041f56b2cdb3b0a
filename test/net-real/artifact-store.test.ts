// Code of jobs in the storage folder: kept under its hash, whole, however often and by whomever.
import { createHash } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { collectFiles } from '../../src/core/jobmanager/checkpoints/garbage.ts';
import type { Leader } from '../../src/core/jobmanager/state.ts';
import {
  isArtifactName,
  isInArtifact,
  keepArtifact,
  listArtifacts,
  readArtifact,
  removeArtifact,
} from '../../src/net-real/artifact-store.ts';
import { storageDirectory } from '../../src/net-real/storage-directory.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const bytes = new TextEncoder().encode('export const where = () => new Error("here").stack;\n');
const hash = createHash('sha256').update(bytes).digest('hex');

test('an artifact is kept by its hash, once, and read as it was', async () => {
  const storage = folder.path();
  expect(await readArtifact({ storage, hash })).toMatchObject({ kind: 'missing' });
  expect(await Promise.all([1, 2, 3].map(() => keepArtifact({ storage, bytes })))).toEqual([hash, hash, hash]);
  expect(await readArtifact({ storage, hash })).toMatchObject({ kind: 'whole', bytes });
  expect(await listArtifacts({ storage })).toEqual([hash]);
  await removeArtifact({ storage, hash });
  await removeArtifact({ storage, hash });
  expect(await listArtifacts({ storage })).toEqual([]);
});

test('a damaged artifact is told, and replaced by whoever keeps it again', async () => {
  folder.write(`artifacts/${hash}.mjs`, 'half of it');
  const place = { storage: folder.path(), hash };
  expect(await readArtifact(place)).toMatchObject({ kind: 'damaged', path: folder.path('artifacts', `${hash}.mjs`) });
  await keepArtifact({ ...place, bytes });
  expect(await readArtifact(place)).toMatchObject({ kind: 'whole' });
});

test('what is no hash is no path', async () => {
  await expect(readArtifact({ storage: folder.path(), hash: '../evil' })).rejects.toThrow('is no SHA-256');
});

test('a folder that cannot be written is told with the reason of the disk', async () => {
  folder.write('file', '');
  await expect(keepArtifact({ storage: folder.path('file'), bytes })).rejects.toThrow(
    /cannot be kept in .*EEXIST|ENOTDIR/,
  );
});

test('the collection of checkpoints takes no artifact for garbage, not even one of a job of that name', async () => {
  await keepArtifact({ storage: folder.path(), bytes });
  const listed = await storageDirectory({ folder: folder.path() }).request({ kind: 'storage-list', prefix: '' });
  if (listed.kind !== 'listed') throw new Error(listed.kind);
  expect(listed.names).toEqual([`artifacts/${hash}.mjs`]);
  expect(listed.names.every(isArtifactName)).toBe(true);
  const waiting = new Set<string>();
  const leader = {
    collection: { waiting, deleting: new Set() },
    results: new Map([['artifacts', {}]]),
    cleanUps: new Map(),
    jobs: new Map(),
    savepoints: new Map(),
    recovery: { unreadable: new Set(), unreadableSavepoints: new Set() },
    submissions: new Map(),
  };
  collectFiles(leader as unknown as Leader, [...listed.names]);
  expect([...waiting]).toEqual([]);
});

test('a stack says that code is in an artifact, also through a link and with a blank in the path', async () => {
  const storage = folder.path('a b');
  await keepArtifact({ storage, bytes });
  symlinkSync(storage, folder.path('link'));
  const found = await readArtifact({ storage: folder.path('link'), hash });
  const { where } = (await import(/* @vite-ignore */ pathToFileURL(found.path).href)) as { where: () => string };
  expect(where().split('\n').filter(isInArtifact)).toHaveLength(1);
  expect(isInArtifact('at code (/opt/artifacts/lanes.ts:1:2)')).toBe(false);
});
