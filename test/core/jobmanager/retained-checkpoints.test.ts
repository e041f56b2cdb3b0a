// The checkpoint that is kept of a job which was cancelled or failed: of which ends, what of it stays, who starts from it, and how it goes.
import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../../src/core/base/state.ts';
import { metadataName } from '../../../src/core/checkpoint/blob-names.ts';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import { decodeMetadata, encodeMetadata } from '../../../src/core/checkpoint/metadata-codec.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { resultKey, savepointKey } from '../../../src/core/protocol/ha-keys.ts';
import type { ResultRecord } from '../../../src/core/protocol/ha-records.ts';
import { decodeResult, encodeSavepoint } from '../../../src/core/protocol/records-codec.ts';
import type { FakeStores } from './fake-stores.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { leading, type Lab } from './lab.ts';
import { ARTIFACT, JOB, sampleGraph } from './sample-job.ts';

const KEPT = 'chk-2-e1';
const KEY = savepointKey(JOB, KEPT);
const FILES = ['0-0-e1-a1', '0-1-e1-a1', '1-0-e1-a1', '1-1-e1-a1', 'metadata-e1'].map((name) => `${JOB}/chk-2/${name}`);

/** The job has two completed checkpoints. */
function checkpointed(externalizedCheckpointRetention: number): Cluster {
  const cluster = runningCluster({ options: { externalizedCheckpointRetention } });
  cluster.pass(2_100);
  expect(cluster.lab.job.store.completed.map(({ checkpointId }) => checkpointId)).toEqual([1, 2]);
  return cluster;
}

function cancel(cluster: Cluster): void {
  cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
  cluster.settle();
}

function cancelled(): Cluster {
  const cluster = checkpointed(2);
  cancel(cluster);
  cluster.pass(3_000); // its files are listed again
  return cluster;
}

function fail(cluster: Cluster): void {
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  cluster.lab.leader.jobs.get(JOB)!.fatal = deepFreeze({ kind: 'job-record-missing' });
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
}

function resultIn({ keys }: FakeStores): ResultRecord {
  const result = decodeResult(keys.get(resultKey(JOB))!.value);
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

const filesIn = ({ blobs }: FakeStores): string[] => [...blobs.keys()].toSorted();

/** What a client is told of the job, or of its request. */
function asked(
  lab: Lab,
  kind: 'request-job-status' | 'remove-job' | 'dispose-savepoint' | 'trigger-savepoint',
): string[] {
  lab.deliver('asker', kind, { jobId: JOB, savepointId: KEPT });
  lab.serve();
  return [
    ...lab.take('job-status').map(({ body }) => `${body.status} ${body.retainedCheckpoint}`),
    ...lab.take('savepoint-status').map(({ body }) => body.status),
    ...lab.take('request-refused').map(({ body }) => describeReason(body.reason)),
  ];
}

describe('the latest checkpoint', () => {
  test.each([
    ['NO_EXTERNALIZED_CHECKPOINTS', 0, 'CANCELED', false],
    ['NO_EXTERNALIZED_CHECKPOINTS', 0, 'FAILED', false],
    ['DELETE_ON_CANCELLATION', 1, 'CANCELED', false],
    ['DELETE_ON_CANCELLATION', 1, 'FAILED', true],
    ['RETAIN_ON_CANCELLATION', 2, 'CANCELED', true],
    ['RETAIN_ON_CANCELLATION', 2, 'FAILED', true],
    ['RETAIN_ON_CANCELLATION', 2, 'FINISHED', false],
  ])('by %s (%i) of a job that is %s: kept %j', (_, retention, status, isKept) => {
    const cluster = checkpointed(retention);
    if (status === 'CANCELED') cancel(cluster);
    if (status === 'FAILED') fail(cluster);
    if (status === 'FINISHED') for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.pass(3_000);
    const { stores } = cluster.lab;
    expect(resultIn(stores)).toMatchObject({ status, clean: true, retained: isKept ? { checkpointId: 2 } : null });
    expect(filesIn(stores)).toEqual(isKept ? FILES : []);
    expect(stores.keys.has(KEY)).toBe(isKept);
    expect(asked(cluster.lab, 'request-job-status')).toEqual([`${status} ${isKept ? KEPT : null}`]);
  });

  test('of a job that had none is none', () => {
    const cluster = runningCluster({ options: { externalizedCheckpointRetention: 2 } });
    cancel(cluster);
    expect(resultIn(cluster.lab.stores)).toMatchObject({ status: 'CANCELED', retained: null });
    expect(filesIn(cluster.lab.stores)).toEqual([]);
  });

  test('is kept by whoever goes on with the clean-up, where its record was not written yet', () => {
    const cluster = checkpointed(2);
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === KEY;
    cancel(cluster);
    expect(resultIn(cluster.lab.stores)).toMatchObject({ clean: false, retained: { checkpointId: 2 } });
    const next = new Cluster({ address: 'jm-2', stores: cluster.lab.stores });
    next.pass(20_000);
    expect(resultIn(next.lab.stores).clean).toBe(true);
    expect(filesIn(next.lab.stores)).toEqual(FILES);
    expect(next.lab.leader.savepoints.get(`${JOB}/${KEPT}`)).toMatchObject({ stage: 'DURABLE', epoch: 1 });
  });

  test('stays when the result of its job is removed, and under the next leader', () => {
    const cluster = cancelled();
    expect(asked(cluster.lab, 'remove-job')).toEqual(['UNKNOWN null']);
    cluster.pass(20_000);
    const next = new Cluster({ address: 'jm-2', stores: cluster.lab.stores });
    next.pass(20_000);
    expect(filesIn(next.lab.stores)).toEqual(FILES);
  });

  test('has an id that no client makes', () => {
    const cluster = checkpointed(2);
    expect(asked(cluster.lab, 'trigger-savepoint')).toEqual(['another savepoint of the job has this id']);
  });
});

describe('a job that starts from it', () => {
  test.each(['NO_CLAIM', 'CLAIM'] as const)(
    'goes on where the other one was, and with %s it is its own',
    (claimMode) => {
      const cluster = cancelled();
      const restore = { jobId: JOB, savepointId: KEPT, allowNonRestoredState: false, claimMode };
      cluster.lab.deliver('client', 'submit-job', { jobId: 'next', graph: sampleGraph, artifact: ARTIFACT, restore });
      cluster.settle();
      expect(new Set(cluster.restored())).toEqual(new Set([2]));
      cluster.pass(10_000);
      const left = filesIn(cluster.lab.stores).filter((name) => name.startsWith(`${JOB}/`));
      expect(left).toEqual(claimMode === 'CLAIM' ? [] : FILES);
    },
  );
});

describe('its disposal', () => {
  test.each([
    ['while the result of its job is there', false],
    ['when that was removed', true],
  ])('leaves nothing, %s', (_, isRemoved) => {
    const { lab } = cancelled();
    if (isRemoved) asked(lab, 'remove-job');
    expect(asked(lab, 'dispose-savepoint')).toEqual(['UNKNOWN']);
    lab.pass(20_000);
    expect(filesIn(lab.stores)).toEqual([]);
    expect(lab.stores.keys.has(KEY)).toBe(false);
  });

  test('waits for the clean-up of its job, which would give it its record once more', () => {
    const cluster = checkpointed(2);
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === `checkpoints/${JOB}`;
    cancel(cluster);
    expect(asked(cluster.lab, 'dispose-savepoint')).toEqual([]);
    expect(cluster.lab.ignored().at(-1)).toContain('cleaned up');
  });

  test('is gone on with by the next leader, and nothing comes back', () => {
    const { lab } = cancelled();
    lab.held = ({ kind }) => kind === 'storage-list' || kind === 'storage-delete';
    asked(lab, 'dispose-savepoint');
    const next = leading({ address: 'jm-2', stores: lab.stores });
    next.pass(20_000);
    expect(filesIn(next.stores)).toEqual([]);
    expect([...next.stores.keys.keys()].toSorted()).toEqual(['leader', resultKey(JOB)]);
  });
});

describe('its files', () => {
  const SHARED = `${JOB}/chk-1/0-0-e1-a1`;
  const UNNAMED = `${JOB}/chk-1/0-1-e1-a1`;

  /** Its metadata names SHARED, which was written for another checkpoint. */
  function sharing(): FakeStores {
    const { stores } = cancelled().lab;
    const name = metadataName(JOB, 2, 1);
    stores.blobs.set(SHARED, new Uint8Array([1]));
    stores.blobs.set(UNNAMED, new Uint8Array([2]));
    const metadata = decodeMetadata(stores.blobs.get(name)!);
    if (!metadata.ok) throw new Error(metadata.reason);
    const [first, ...others] = metadata.value.subtasks;
    const subtasks = [{ ...first!, handle: handleOf(SHARED, stores.blobs.get(SHARED)!) }, ...others];
    const bytes = encodeMetadata({ ...metadata.value, subtasks });
    stores.blobs.set(name, bytes);
    const record = { kind: 'checkpoint', jobId: JOB, savepointId: KEPT, checkpointId: 2, completedAt: 0 } as const;
    stores.put(KEY, encodeSavepoint({ ...record, metadata: handleOf(name, bytes), disposed: false }));
    return stores;
  }

  test('are those that its metadata names, wherever they lie', () => {
    const next = leading({ address: 'jm-2', stores: sharing() });
    next.pass(20_000);
    const named = [SHARED, ...FILES.filter((name) => !name.endsWith('/0-0-e1-a1'))];
    expect(filesIn(next.stores)).toEqual(named.toSorted());
    asked(next, 'dispose-savepoint');
    next.pass(20_000);
    expect(filesIn(next.stores)).toEqual([]);
  });

  test('are all of its job while its metadata cannot be read', () => {
    const stores = sharing();
    stores.blobs.set(metadataName(JOB, 2, 1), new Uint8Array([7]));
    const before = filesIn(stores);
    const next = leading({ address: 'jm-2', stores });
    next.pass(20_000);
    expect(filesIn(next.stores)).toEqual(before);
    expect(next.traces.join('\n')).toContain(KEPT);
  });
});
