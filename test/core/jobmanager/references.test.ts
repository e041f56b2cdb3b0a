// Files are garbage by reference: what the metadata of a retained checkpoint names is needed, whatever folder it lies in. What a leader does not
// know it reads, and until then it deletes nothing that may be named.
import { describe, expect, test } from 'vitest';
import { metadataName } from '../../../src/core/checkpoint/blob-names.ts';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import { decodeMetadata, encodeMetadata } from '../../../src/core/checkpoint/metadata-codec.ts';
import { decodeCheckpoints, encodeCheckpoints } from '../../../src/core/protocol/records-codec.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import type { FakeStores } from './fake-stores.ts';
import { UNKNOWN, type Lab } from './lab.ts';
import { JOB } from './sample-job.ts';

const SHARED = `${JOB}/chk-1/0-0-e1-a1`;
const UNNAMED = `${JOB}/chk-1/0-1-e1-a1`;

/** Checkpoints 2 and 3 are retained. Each of `sharing` names SHARED as the snapshot of 0/0; of chk-1 there is one more file, which none names. */
function abandoned(sharing: readonly number[]): FakeStores {
  const cluster = runningCluster();
  cluster.pass(3_500);
  const { stores } = cluster.lab;
  stores.blobs.set(SHARED, new Uint8Array([1]));
  stores.blobs.set(UNNAMED, new Uint8Array([2]));
  for (const checkpointId of sharing) share(stores, checkpointId);
  return stores;
}

function share(stores: FakeStores, checkpointId: number): void {
  const name = metadataName(JOB, checkpointId, 1);
  const metadata = expectRead(decodeMetadata(stores.blobs.get(name)!));
  const handle = handleOf(SHARED, stores.blobs.get(SHARED)!);
  const subtasks = metadata.subtasks.map((one) => (one.vertex === 0 && one.subtask === 0 ? { ...one, handle } : one));
  const bytes = encodeMetadata({ ...metadata, subtasks });
  stores.blobs.set(name, bytes);
  const key = `checkpoints/${JOB}`;
  const { completed } = expectRead(decodeCheckpoints(stores.entry(key)!.value));
  const pointers = completed.map((one) =>
    one.checkpointId === checkpointId ? { ...one, metadata: handleOf(name, bytes) } : one,
  );
  stores.put(key, encodeCheckpoints({ completed: pointers }));
}

function expectRead<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error('what this test wrote cannot be read');
  return result.value;
}

const successor = (stores: FakeStores): Cluster => new Cluster({ address: 'jm-2', stores });

/** The job has no slots, so that no checkpoint of its own takes the place of one that was taken over. */
const waiting = (stores: FakeStores, held: Lab['held'] = () => false): Cluster =>
  new Cluster({ address: 'jm-2', stores, held, taskManagers: 0 });

const readsMetadata =
  (checkpointId: number): Lab['held'] =>
  (request) =>
    request.kind === 'storage-get' && request.name === metadataName(JOB, checkpointId, 1);

describe('a file in the folder of a checkpoint that is over', () => {
  test.each([[[2]], [[3]], [[2, 3]]])('is kept while metadata of %j names it, and deleted then', (sharing) => {
    const stores = abandoned(sharing);
    const cluster = waiting(stores);
    cluster.pass(500);
    expect(stores.blobs.has(SHARED)).toBe(true);
    expect(stores.blobs.has(UNNAMED)).toBe(false);
    for (const address of ['tm-1', 'tm-2']) cluster.addTaskManager(address, 1);
    cluster.pass(2 * cluster.lab.options.collectionIntervalMs); // by then later checkpoints took the place of both
    expect(stores.blobs.has(SHARED)).toBe(false);
  });

  test('is deleted at once where none names it', () => {
    const stores = abandoned([]);
    successor(stores).pass(100);
    expect(stores.blobs.has(SHARED)).toBe(false);
  });

  test('waits for metadata that is being read, as often as it takes', () => {
    const stores = abandoned([2]);
    const cluster = waiting(stores, readsMetadata(2));
    for (let tries = 0; tries < 3; tries++) {
      cluster.lab.answer(cluster.lab.requests('storage-get')[0]!, UNKNOWN);
      cluster.pass(cluster.lab.options.requestRetryMs);
    }
    expect(stores.blobs.has(UNNAMED)).toBe(true);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(stores.blobs.has(UNNAMED)).toBe(false);
    expect(stores.blobs.has(SHARED)).toBe(true);
  });

  test('is kept while metadata that may name it cannot be read', () => {
    const stores = abandoned([2]);
    const name = metadataName(JOB, 2, 1);
    const good = stores.blobs.get(name)!;
    stores.blobs.set(name, good.slice(0, -1));
    const cluster = successor(stores);
    cluster.pass(500);
    expect(cluster.lab.traces.filter((text) => text.startsWith('no file of'))).toHaveLength(1);
    expect(stores.blobs.has(UNNAMED)).toBe(true);
    expect(cluster.restored()).toEqual([3, 3, 3, 3]); // the job is not held up by it
    cluster.pass(2 * cluster.lab.options.collectionIntervalMs);
    expect(stores.blobs.has(UNNAMED)).toBe(false);
    expect(stores.blobs.has(SHARED)).toBe(false);
  });
});

test('no metadata is read where no file depends on it', () => {
  const stores = abandoned([]);
  for (const name of stores.blobs.keys()) if (name.startsWith(`${JOB}/chk-1/`)) stores.blobs.delete(name);
  const second = waiting(stores, readsMetadata(2));
  second.pass(500);
  expect(second.lab.requests('storage-get')).toEqual([]);
});

test('a leader knows what the checkpoints name that it completed, and nothing of others', () => {
  const cluster = runningCluster();
  cluster.pass(5_500);
  const { references, completed } = cluster.lab.job.store;
  expect([...references.keys()]).toEqual(completed.map(({ checkpointId }) => checkpointId));
  expect(references.get(5)).toEqual(['0-0', '0-1', '1-0', '1-1'].map((subtask) => `${JOB}/chk-5/${subtask}-e1-a1`));
});
