// A savepoint from its files: what is wrong with them is told with the place; what is whole becomes a savepoint of another cluster, once.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkSavepoint } from '../../src/cli/doctor/savepoint.ts';
import { handleOf } from '../../src/core/checkpoint/handles.ts';
import { encodeMetadata } from '../../src/core/checkpoint/metadata-codec.ts';
import { encodeTaskSnapshot } from '../../src/core/checkpoint/snapshot-codec.ts';
import { savepointKey } from '../../src/core/protocol/ha-keys.ts';
import { decodeSavepoint } from '../../src/core/protocol/records-codec.ts';
import { directoryService } from '../../src/net-real/ha-directory-service.ts';
import { addJob } from '../../src/net-real/job-in-artifact.ts';
import { adoptSavepoint, readSavepointFolder, type SavepointFolder } from '../../src/net-real/savepoint-folder.ts';
import { sampleGraph } from '../core/jobmanager/sample-job.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const SAVEPOINT = 'kept/counts/chk-3';

function snapshot(watermark: number): Uint8Array {
  return encodeTaskSnapshot({
    format: 'millrace-snapshot',
    version: 3,
    checkpointId: 3,
    watermark,
    atEnd: false,
    splits: [],
    operators: [],
    transactions: [],
  });
}

/** Of two subtasks; the second snapshot may lie in the folder of another checkpoint. */
function writeSavepoint(epoch: number, second = 'counts/chk-3/0-1-e1-a1'): void {
  const blobs = [
    { name: 'counts/chk-3/0-0-e1-a1', bytes: snapshot(11) },
    { name: second, bytes: snapshot(12) },
  ];
  for (const { name, bytes } of blobs) folder.write(join('kept', name), bytes);
  const metadata = encodeMetadata({
    format: 'millrace-checkpoint',
    version: 3,
    jobId: 'counts',
    checkpointId: 3,
    epoch,
    maxParallelism: 128,
    final: false,
    vertices: [{ parallelism: 2, operators: [{ id: 'numbers', kind: 'source', sink: null, splits: 2 }] }],
    subtasks: blobs.map(({ name, bytes }, subtask) => ({
      vertex: 0,
      subtask,
      attempt: 1,
      handle: handleOf(name, bytes),
      atEnd: false,
      splits: [],
      transactions: [],
    })),
    coordinators: [],
  });
  folder.write(`${SAVEPOINT}/metadata-e${epoch}`, metadata);
}

beforeEach(() => writeSavepoint(2));

const path = (name: string): string => folder.path(SAVEPOINT, name);

function reasonOf(at = folder.path(SAVEPOINT)): string | null {
  const found = readSavepointFolder(at);
  return found.ok ? null : found.reason;
}

function whole(): SavepointFolder {
  const found = readSavepointFolder(folder.path(SAVEPOINT));
  if (!found.ok) throw new Error(found.reason);
  return found.value;
}

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(file, bytes);
}

describe('a savepoint in its folder', () => {
  test('is whole', () => {
    const { metadata, blobs, code } = whole();
    expect(metadata).toMatchObject({ jobId: 'counts', checkpointId: 3, epoch: 2 });
    expect(blobs.map(({ handle }) => handle.name)).toEqual([
      'counts/chk-3/metadata-e2',
      'counts/chk-3/0-0-e1-a1',
      'counts/chk-3/0-1-e1-a1',
    ]);
    expect(code).toEqual([]);
  });

  test('of several metadata that of the latest leader counts', () => {
    writeSavepoint(10);
    expect(whole().metadata.epoch).toBe(10);
  });

  test('a retained checkpoint has files elsewhere in the storage', () => {
    writeSavepoint(2, 'counts/chk-1/0-1-e1-a1');
    expect(whole().blobs.at(-1)?.path).toBe(folder.path('kept', 'counts', 'chk-1', '0-1-e1-a1'));
    rmSync(folder.path('kept', 'counts', 'chk-1', '0-1-e1-a1'));
    expect(reasonOf()).toMatch(/chk-1\/0-1-e1-a1 is missing/);
  });

  test.each<[string, () => void, RegExp]>([
    ['a snapshot is missing', () => rmSync(path('0-1-e1-a1')), /0-1-e1-a1 is missing: the savepoint needs it/],
    [
      'a snapshot is cut off',
      () => writeFileSync(path('0-1-e1-a1'), readFileSync(path('0-1-e1-a1')).subarray(1)),
      /0-1-e1-a1 has \d+ bytes in place of \d+: it was not copied whole/,
    ],
    ['a bit of a snapshot flipped', () => flipBit(path('0-0-e1-a1')), /0-0-e1-a1: millrace-snapshot is damaged/],
    [
      'a snapshot is another one',
      () => copyFileSync(path('0-0-e1-a1'), path('0-1-e1-a1')),
      /0-1-e1-a1 is whole, and not the file that the metadata names/,
    ],
    [
      'a bit of the metadata flipped',
      () => flipBit(path('metadata-e2')),
      /metadata-e2: millrace-checkpoint is damaged/,
    ],
    [
      'the metadata is missing',
      () => rmSync(path('metadata-e2')),
      /chk-3 holds no metadata of a savepoint: a savepoint is the folder JOB\/chk-NUMBER/,
    ],
    [
      'the metadata was renamed',
      () => renameSync(path('metadata-e2'), path('metadata-e5')),
      /metadata-e5 is the metadata of epoch 2: the file was renamed/,
    ],
  ])('%s', (_, damage, reason) => {
    damage();
    expect(reasonOf()).toMatch(reason);
  });

  test('that is not there', () => {
    expect(reasonOf(folder.path('nowhere'))).toMatch(/nowhere cannot be read \(ENOENT\): a savepoint is the folder/);
  });
});

describe('code beside it', () => {
  const module = new TextEncoder().encode('export const seven = 7;\n');
  const artifact = addJob(module, {
    ...sampleGraph,
    operators: sampleGraph.operators.map((one) => (one.kind === 'source' ? { ...one, id: 'numbers' } : one)),
    edges: sampleGraph.edges.map((edge) =>
      edge.from === sampleGraph.operators[0]?.id ? { ...edge, from: 'numbers' } : edge,
    ),
  });
  const name = `kept/artifacts/${createHash('sha256').update(artifact).digest('hex')}.mjs`;

  test('is found', () => {
    folder.write(name, artifact);
    expect(whole()).toMatchObject({ code: [{ path: folder.path(name), name: 'words' }], damagedCode: [] });
  });

  test('that is cut off behind its job is damaged, and no code of the savepoint', () => {
    folder.write(name, artifact.subarray(0, -8));
    expect(whole()).toMatchObject({ code: [], damagedCode: [folder.path(name)] });
    const found = checkSavepoint(folder.path(SAVEPOINT)).find(({ about }) => about === 'code');
    expect(found).toMatchObject({ status: 'warn' });
    expect(found?.says).toContain(`${folder.path(name)} is damaged, as its bytes are not those of its name`);
  });
});

describe('adopted', () => {
  const ha = () => directoryService(folder.path('ha'));
  const adopt = (savepointId = 'up') =>
    adoptSavepoint(whole(), { savepointId, storage: folder.path('storage'), ha: ha(), work: folder.path('work') });

  test('its files and its record are those of the new cluster; once more changes nothing', async () => {
    await adopt();
    await adopt();
    for (const { handle, path: from } of whole().blobs)
      expect(readFileSync(folder.path('storage', handle.name))).toEqual(readFileSync(from));
    const port = ha().open();
    const key = savepointKey('counts', 'up');
    const answer = await port.request({ kind: 'ha-read', prefix: key });
    await port.close();
    const [entry, ...more] = answer.kind === 'ha-entries' ? answer.entries : [];
    expect(more).toEqual([]);
    expect(decodeSavepoint(entry!.value)).toMatchObject({
      ok: true,
      value: { kind: 'savepoint', jobId: 'counts', savepointId: 'up', checkpointId: 3, disposed: false },
    });
  });

  test('once more changes nothing either when its files were copied again meanwhile, which makes them younger', async () => {
    await adopt();
    const [metadata] = whole().blobs;
    const before = whole().completedAt;
    utimesSync(metadata!.path, 2_000_000_000, 2_000_000_000);
    expect(whole().completedAt).not.toBe(before);
    await adopt();
  });

  test('one that needs files of other checkpoints is a retained checkpoint', async () => {
    writeSavepoint(2, 'counts/chk-1/0-1-e1-a1');
    await adopt();
    expect(readFileSync(folder.path('storage', 'counts', 'chk-1', '0-1-e1-a1'))).toEqual(Buffer.from(snapshot(12)));
  });

  test('a name or a file that is taken by something else is told, and stays', async () => {
    await adopt();
    writeSavepoint(10);
    await expect(adopt()).rejects.toThrow(
      'this cluster has another savepoint up of job counts: give this one another name',
    );
    writeFileSync(folder.path('storage', 'counts', 'chk-3', '0-0-e1-a1'), 'of somebody else');
    await expect(adopt('other')).rejects.toThrow(
      /0-0-e1-a1 cannot be copied to .*storage: .*a checkpoint 3 of another job counts: adopt it in a cluster with a storage of its own$/,
    );
    expect(readFileSync(folder.path('storage', 'counts', 'chk-3', '0-0-e1-a1'), 'utf8')).toBe('of somebody else');
  });
});
