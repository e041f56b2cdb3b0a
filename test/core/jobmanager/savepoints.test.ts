// Savepoints: durable before a client is told, apart from the checkpoints of the job, and kept until they are disposed, whatever becomes of the job.
import { describe, expect, test } from 'vitest';
import { savepointKey } from '../../../src/core/protocol/ha-keys.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { decodeSavepoint } from '../../../src/core/protocol/records-codec.ts';
import { type Cluster, runningCluster } from './fake-task-manager.ts';
import { type Lab, leading, UNKNOWN } from './lab.ts';
import { JOB } from './sample-job.ts';

const KEY = savepointKey(JOB, 's-1');
const trigger = ({ lab }: Cluster, savepointId = 's-1', from = 'asker'): void =>
  lab.deliver(from, 'trigger-savepoint', { jobId: JOB, savepointId });
const dispose = (lab: Lab, savepointId = 's-1', jobId = JOB): void =>
  lab.deliver('asker', 'dispose-savepoint', { jobId, savepointId });

/** What clients are told from here on, in words. */
function tellingOf({ lab }: Cluster): string[] {
  const heard: string[] = [];
  const step = lab.step.bind(lab);
  lab.step = (input) => {
    step(input);
    heard.push(...take(lab));
  };
  return heard;
}

const take = (lab: Lab): string[] => [
  ...lab.take('savepoint-status').map(({ to, body }) => `${to} ${body.savepointId} ${body.status}`),
  ...lab.take('request-refused').map(({ to, body }) => `${to}: ${describeReason(body.reason)}`),
];

function recordIn({ stores }: Lab): { checkpointId: number; disposed: boolean } | null {
  const entry = stores.keys.get(KEY);
  if (entry === undefined) return null;
  const read = decodeSavepoint(entry.value);
  if (!read.ok) throw new Error(read.reason);
  return { checkpointId: read.value.checkpointId, disposed: read.value.disposed };
}

const filesOf = ({ stores }: Lab, checkpointId: number): number =>
  [...stores.blobs.keys()].filter((name) => name.startsWith(`${JOB}/chk-${checkpointId}/`)).length;

/** A job with one savepoint, which is checkpoint 1. */
function withSavepoint(): { cluster: Cluster; heard: string[] } {
  const cluster = runningCluster({ options: { retainedCheckpoints: 1, collectionIntervalMs: 2_000 } });
  const heard = tellingOf(cluster);
  trigger(cluster);
  cluster.settle();
  return { cluster, heard };
}

function finish(cluster: Cluster): void {
  for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
  cluster.pass(cluster.lab.options.checkpointIntervalMs * 3);
}

describe('a savepoint', () => {
  test('is taken at once, is the latest checkpoint, and is told when its record is durable', () => {
    const cluster = runningCluster();
    const heard = tellingOf(cluster);
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === KEY;
    trigger(cluster, 's-1', 'one');
    trigger(cluster, 's-1', 'two');
    cluster.settle();
    expect(cluster.lab.job.store.completed.map(({ checkpointId }) => checkpointId)).toEqual([1]);
    expect(heard).toEqual([]);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(heard).toEqual(['one s-1 COMPLETED', 'two s-1 COMPLETED']);
    expect(recordIn(cluster.lab)).toEqual({ checkpointId: 1, disposed: false });
    trigger(cluster, 's-1', 'three');
    expect(heard.at(-1)).toBe('three s-1 COMPLETED');
    expect(cluster.lab.job.coordinator.lastCheckpointId).toBe(1);
  });

  test.each([true, false])(
    'whose write has an unknown outcome is told when that is certain (applied: %s)',
    (applied) => {
      const cluster = runningCluster();
      const heard = tellingOf(cluster);
      cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === KEY;
      trigger(cluster);
      cluster.settle();
      const write = cluster.lab.writeOf(KEY);
      if (applied) cluster.lab.apply(write, UNKNOWN);
      else cluster.lab.answer(write, UNKNOWN);
      expect(heard).toEqual([]);
      cluster.lab.held = () => false;
      cluster.pass(cluster.lab.options.requestRetryMs);
      expect(heard).toEqual(['asker s-1 COMPLETED']);
    },
  );

  test('waits for its turn, and nothing is triggered while it is pending', () => {
    const cluster = runningCluster();
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    trigger(cluster, 's-1');
    trigger(cluster, 's-2');
    cluster.settle();
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    const { pending, savepoints } = cluster.lab.job.coordinator;
    expect([...pending.keys()]).toEqual([1]);
    expect(savepoints.map(({ checkpointId }) => checkpointId)).toEqual([1, 0]);
  });

  test('that expires, or whose job restarts, is told to have failed', () => {
    const cluster = runningCluster({ options: { checkpointTimeoutMs: 500, tolerableFailedCheckpoints: 5 } });
    const heard = tellingOf(cluster);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    trigger(cluster, 's-1');
    trigger(cluster, 's-2');
    cluster.settle();
    cluster.pass(500);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toContain('asker: the savepoint failed: ');
    cluster.tm(1).fail('0/0');
    expect(heard.slice(1)).toEqual(['asker: the savepoint failed: the job restarts']);
    trigger(cluster, 's-1');
    expect(heard.at(-1)).toBe('asker: the job is RESTARTING, and a checkpoint needs all its tasks to run');
    expect([...cluster.lab.leader.savepoints.keys()]).toEqual([]);
    expect(cluster.lab.stores.keys.has(KEY)).toBe(false);
  });

  test('outlives the checkpoints behind it, its job, and the result of the job', () => {
    const { cluster } = withSavepoint();
    const files = filesOf(cluster.lab, 1);
    cluster.pass(cluster.lab.options.checkpointIntervalMs * 3 + 4_000);
    expect(cluster.lab.job.store.completed.map(({ checkpointId }) => checkpointId)).not.toContain(1);
    expect(filesOf(cluster.lab, 1)).toBe(files);
    finish(cluster);
    cluster.lab.deliver('client', 'remove-job', { jobId: JOB });
    cluster.pass(5_000);
    expect([...cluster.lab.stores.keys.keys()].toSorted()).toEqual(['leader', KEY]);
    expect([...cluster.lab.stores.blobs.keys()].every((name) => name.startsWith(`${JOB}/chk-1/`))).toBe(true);
    expect(filesOf(cluster.lab, 1)).toBe(files);
  });

  test('is taken over by the next leader, with what it needs', () => {
    const { cluster } = withSavepoint();
    const { stores } = cluster.lab;
    const files = filesOf(cluster.lab, 1);
    const next = leading({ address: 'jm-2', stores });
    next.pass(20_000);
    expect(next.leader.savepoints.get(`${JOB}/s-1`)).toMatchObject({ stage: 'DURABLE', epoch: 1 });
    next.deliver('asker', 'request-savepoint-status', { jobId: JOB, savepointId: 's-1' });
    expect(take(next)).toEqual(['asker s-1 COMPLETED']);
    expect(filesOf(next, 1)).toBe(files);
  });
});

describe('a disposal', () => {
  test('is told when it is durable; the files that no checkpoint needs go, then the record', () => {
    const { cluster, heard } = withSavepoint();
    const { lab } = cluster;
    cluster.pass(lab.options.checkpointIntervalMs + 10);
    lab.held = (request) => request.kind === 'storage-list' || request.kind === 'storage-delete';
    dispose(lab);
    expect(heard).toEqual(['asker s-1 COMPLETED']);
    cluster.settle();
    expect(heard.slice(1)).toEqual(['asker s-1 UNKNOWN']);
    expect(recordIn(lab)).toEqual({ checkpointId: 1, disposed: true });
    lab.held = () => false;
    cluster.pass(5_000);
    expect(recordIn(lab)).toBe(null);
    expect(filesOf(lab, 1)).toBe(0);
    dispose(lab);
    expect(heard.at(-1)).toBe('asker s-1 UNKNOWN');
  });

  test('of a savepoint that is the latest checkpoint leaves the files to the job', () => {
    const { cluster } = withSavepoint();
    const files = filesOf(cluster.lab, 1);
    dispose(cluster.lab);
    cluster.settle();
    expect(recordIn(cluster.lab)).toBe(null);
    expect(filesOf(cluster.lab, 1)).toBe(files);
  });

  test('of a job that is gone is gone on with by the next leader', () => {
    const { cluster } = withSavepoint();
    finish(cluster);
    const { stores } = cluster.lab;
    cluster.lab.deliver('client', 'remove-job', { jobId: JOB });
    cluster.settle();
    cluster.lab.held = (request) => request.kind.startsWith('storage');
    dispose(cluster.lab);
    cluster.settle();
    expect(recordIn(cluster.lab)?.disposed).toBe(true);
    const next = leading({ address: 'jm-2', stores });
    next.pass(20_000);
    expect([...stores.keys.keys()]).toEqual(['leader']);
    expect([...stores.blobs.keys()]).toEqual([]);
  });

  test('of a savepoint in progress is refused', () => {
    const cluster = runningCluster();
    const heard = tellingOf(cluster);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    trigger(cluster);
    dispose(cluster.lab);
    expect(heard).toEqual(['asker: the savepoint is in progress, and can be disposed when it is completed']);
  });

  test('leaves the mark while a write of the record may still land', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === KEY;
    trigger(cluster);
    cluster.settle();
    cluster.lab.answer(cluster.lab.writeOf(KEY), UNKNOWN);
    cluster.lab.held = () => false;
    cluster.pass(cluster.lab.options.requestRetryMs);
    dispose(cluster.lab);
    cluster.pass(5_000);
    expect(recordIn(cluster.lab)?.disposed).toBe(true);
    const next = leading({ address: 'jm-2', stores: cluster.lab.stores });
    next.pass(20_000);
    expect(recordIn(next)).toBe(null);
  });
});

describe('what cannot be', () => {
  test.each([
    ['no job', 'a b', 's-1', 'a job id has'],
    ['an id that is none', JOB, '../s', 'a savepoint id has'],
    ['a job that is not known', 'nobody', 's-1', 'the job is UNKNOWN, and a checkpoint needs all its tasks to run'],
  ])('is refused with a sentence: %s', (_, jobId, savepointId, sentence) => {
    const { cluster, heard } = withSavepoint();
    const before = cluster.lab.stores.revision;
    cluster.lab.deliver('asker', 'trigger-savepoint', { jobId, savepointId });
    cluster.settle();
    expect(heard.at(-1)).toContain(sentence);
    expect(cluster.lab.stores.revision).toBe(before);
  });

  test('a record that cannot be read keeps all files of its job, and is not answered for', () => {
    const { cluster } = withSavepoint();
    const { stores } = cluster.lab;
    stores.put(KEY, new Uint8Array([1, 2, 3]));
    const files = filesOf(cluster.lab, 1);
    const next = leading({ address: 'jm-2', stores });
    next.pass(20_000);
    next.deliver('asker', 'request-savepoint-status', { jobId: JOB, savepointId: 's-1' });
    expect(take(next)).toEqual([]);
    expect(next.ignored().at(-1)).toContain('the record of savepoint s-1 cannot be read');
    expect(filesOf(next, 1)).toBe(files);
  });
});
