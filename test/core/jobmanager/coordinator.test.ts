// The CheckpointCoordinator: its trigger, every way in which a checkpoint can end, and writes of unknown outcome.
import { describe, expect, test } from 'vitest';
import type { ClusterOptions } from '../../../src/core/protocol/cluster-options.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { type Cluster, runningCluster } from './fake-task-manager.ts';
import { NOT_APPLIED, UNKNOWN } from './lab.ts';
import { JOB } from './sample-job.ts';

const completed = (cluster: Cluster): number[] =>
  cluster.lab.job.store.completed.map((checkpoint) => checkpoint.checkpointId);
const attempt = (vertex: number, subtask: number, number = 1) => ({ jobId: JOB, vertex, subtask, attempt: number });

/** Checkpoint 1 is triggered, and waits for its acknowledgements. */
function triggered(options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = runningCluster({ options });
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
  return cluster;
}

function acknowledgeAll(cluster: Cluster, checkpointId = 1): void {
  for (const subtask of [0, 1])
    for (const vertex of [0, 1]) cluster.tm(subtask + 1).acknowledge(attempt(vertex, subtask), checkpointId);
}

describe('the trigger', () => {
  test('goes to the sources only, after the id is durable', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write';
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(cluster.tm(1).seen.filter((message) => message.kind === 'trigger-checkpoint')).toEqual([]);
    cluster.lab.apply(cluster.lab.writeOf('counter/'));
    const triggers = cluster.lab
      .take('trigger-checkpoint')
      .map((message) => [message.to, message.body.attempt, message.body.checkpointId]);
    expect(triggers).toEqual([
      ['tm-1', attempt(0, 0), 1],
      ['tm-2', attempt(0, 1), 1],
    ]);
  });

  test('waits for all tasks to run', () => {
    const cluster = runningCluster();
    cluster.tm(1).fail('0/0');
    cluster.lab.take('cancel-task');
    cluster.pass(900);
    expect(cluster.lab.job.coordinator.pending.size).toBe(0);
  });

  test.each([
    [0, [1_000, 2_000, 3_000]],
    [2_500, [1_000, 3_500, 6_000]],
  ])('keeps the interval and a minimum pause of %i ms', (checkpointMinPauseMs, expected) => {
    const cluster = runningCluster({ options: { checkpointMinPauseMs } });
    const startedAt = cluster.lab.now;
    const at: number[] = [];
    for (let ms = 0; ms < 6_500; ms++) {
      const before = cluster.lab.job.coordinator.lastCheckpointId;
      cluster.pass(1);
      if (cluster.lab.job.coordinator.lastCheckpointId > before) at.push(cluster.lab.now - startedAt);
    }
    expect(at.slice(0, 3)).toEqual(expected);
  });

  test('is given up when the job restarts while the id is stored; the id is burned', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    const write = cluster.lab.writeOf('counter/');
    cluster.tm(1).fail('0/0');
    cluster.lab.held = () => false;
    cluster.lab.apply(write);
    cluster.settle();
    expect(cluster.lab.job.coordinator.pending.size).toBe(0);
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(completed(cluster)).toEqual([2]);
  });
});

describe('the counter', () => {
  test.each([
    ['failed', NOT_APPLIED, false, 1],
    ['has an unknown outcome and was not applied', UNKNOWN, false, 1],
    ['has an unknown outcome and was applied', UNKNOWN, true, 2],
  ])('whose write %s never gives an id twice', (_, failure, applied, next) => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    const write = cluster.lab.writeOf('counter/');
    cluster.lab.held = () => false;
    if (applied) cluster.lab.apply(write, failure);
    else cluster.lab.answer(write, failure);
    cluster.pass(500);
    expect(completed(cluster)).toEqual([next]);
  });

  test('whose first write is applied after its second takes no id back', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    const first = cluster.lab.writeOf('counter/');
    cluster.lab.answer(first, UNKNOWN);
    cluster.lab.held = () => false;
    cluster.pass(500);
    expect(cluster.lab.stores.apply(first.request).kind).toBe('ha-conflict');
    cluster.pass(1_000);
    expect(completed(cluster)).toEqual([1, 2]);
  });
});

describe('an acknowledgement', () => {
  test('of every participant completes the checkpoint; one less does not', () => {
    const cluster = triggered();
    cluster.tm(1).acknowledge(attempt(0, 0), 1);
    cluster.tm(1).acknowledge(attempt(1, 0), 1);
    cluster.tm(2).acknowledge(attempt(0, 1), 1);
    cluster.settle();
    expect(completed(cluster)).toEqual([]);
    cluster.tm(2).acknowledge(attempt(1, 1), 1);
    cluster.settle();
    expect(completed(cluster)).toEqual([1]);
  });

  test.each([
    [
      'a duplicate',
      (cluster: Cluster) => cluster.tm(1).acknowledge(attempt(0, 0), 1),
      'duplicate, 0/0 acknowledged checkpoint 1 before',
    ],
    [
      'of a stale attempt',
      (cluster: Cluster) => cluster.tm(2).acknowledge(attempt(0, 1, 7), 1),
      'stale attempt 0/1#7, checkpoint 1 waits for #1',
    ],
    [
      'of no participant',
      (cluster: Cluster) => cluster.tm(1).acknowledge(attempt(3, 0), 1),
      '3/0 is no participant of checkpoint 1',
    ],
    [
      'of an unknown checkpoint',
      (cluster: Cluster) => cluster.tm(1).acknowledge(attempt(0, 0), 9),
      'checkpoint 9 is not known',
    ],
    [
      'from where the attempt does not run',
      (cluster: Cluster) => cluster.tm(1).acknowledge(attempt(0, 1), 1),
      'the attempt runs on tm-2',
    ],
    [
      'of an unknown job',
      (cluster: Cluster) => cluster.tm(1).acknowledge({ ...attempt(0, 0), jobId: 'other' }, 1),
      'job other does not run',
    ],
  ])('%s is ignored with its reason', (_, send, reason) => {
    const cluster = triggered();
    cluster.tm(1).acknowledge(attempt(0, 0), 1);
    send(cluster);
    expect(cluster.lab.ignored().at(-1)).toContain(reason);
    expect(cluster.lab.job.coordinator.pending.get(1)!.acknowledged.size).toBe(1);
  });

  test('that names a file of another checkpoint is ignored', () => {
    const cluster = triggered();
    const handle = { name: `${JOB}/chk-7/0-0-e1-a1`, sizeBytes: 1, checksum: 1 };
    cluster.tm(1).say('acknowledge-checkpoint', {
      attempt: attempt(0, 0),
      checkpointId: 1,
      handle,
      atEnd: false,
      splits: [],
      transactions: [],
      metrics: {},
    });
    expect(cluster.lab.ignored().at(-1)).toContain('is no file of checkpoint 1');
  });

  test('of the previous attempt does not count for the next one', () => {
    const cluster = triggered();
    cluster.tm(2).acknowledge(attempt(1, 1), 1);
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.pass(cluster.lab.options.restartDelayMs + cluster.lab.options.checkpointIntervalMs);
    cluster.tm(2).acknowledge(attempt(1, 1), 1);
    expect(cluster.lab.ignored().at(-1)).toContain('checkpoint 1 is over: the job restarts');
    cluster.tm(2).acknowledge(attempt(1, 1, 1), 2);
    expect(cluster.lab.ignored().at(-1)).toContain('stale attempt 1/1#1, checkpoint 2 waits for #2');
  });
});

describe('a checkpoint that is not acknowledged in time', () => {
  test('expires, is announced as aborted, and is not revived by a late ack; its files are collected', () => {
    const cluster = triggered();
    cluster.tm(1).acknowledge(attempt(0, 0), 1);
    cluster.pass(cluster.lab.options.checkpointTimeoutMs);
    const aborts = cluster.tm(1).seen.filter((message) => message.kind === 'abort-checkpoint');
    expect(aborts.map((message) => [message.body.checkpointId, message.body.latestCompletedId])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    cluster.tm(2).acknowledge(attempt(1, 1), 1);
    expect(cluster.lab.ignored().at(-1)).toContain('checkpoint 1 is over: expired without 0/1, 1/0, 1/1');
    expect(completed(cluster)).toEqual([]);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = true;
    cluster.pass(cluster.lab.options.checkpointTimeoutMs + cluster.lab.options.collectionIntervalMs);
    expect(completed(cluster).length).toBe(2);
    expect([...cluster.lab.stores.blobs.keys()].filter((name) => name.includes('/chk-1/'))).toEqual([]);
  });

  test('restarts the job after too many in a row, and not before', () => {
    const cluster = triggered({ tolerableFailedCheckpoints: 1, checkpointTimeoutMs: 500 });
    cluster.pass(1_499);
    expect(cluster.lab.job.status).toBe('RUNNING');
    cluster.pass(1);
    expect(cluster.lab.traces.join('\n')).toContain('job words restarts: 2 checkpoints failed in a row');
  });

  test('begins to count anew with each restart', () => {
    const cluster = triggered({ tolerableFailedCheckpoints: 1, checkpointTimeoutMs: 500 });
    cluster.pass(1_500);
    expect(cluster.lab.job.status).toBe('RESTARTING');
    const { restartDelayMs, checkpointTimeoutMs } = cluster.lab.options;
    cluster.pass(restartDelayMs + checkpointTimeoutMs + 1);
    expect(cluster.lab.job).toMatchObject({ status: 'RUNNING', attempt: 2 });
    expect(cluster.lab.job.coordinator.failuresInARow).toBe(1);
  });

  test('counts no more once another one succeeded', () => {
    const cluster = triggered({ tolerableFailedCheckpoints: 1, checkpointTimeoutMs: 500 });
    for (let round = 0; round < 5; round++) {
      cluster.pass(1_000);
      acknowledgeAll(cluster, cluster.lab.job.coordinator.lastCheckpointId);
      cluster.settle();
      cluster.pass(1_000);
    }
    expect(cluster.lab.job.attempt).toBe(1);
  });
});

describe('a decline', () => {
  test('aborts the checkpoint for everybody, and the next one follows at its time', () => {
    const cluster = triggered();
    cluster.tm(1).say('decline-checkpoint', {
      attempt: attempt(0, 0),
      checkpointId: 1,
      reason: { kind: 'too-many-snapshots', max: 4 },
    });
    expect(cluster.lab.take('abort-checkpoint').map((message) => message.to)).toEqual(['tm-1', 'tm-2', 'tm-1', 'tm-2']);
    expect(cluster.lab.job.coordinator.failuresInARow).toBe(1);
    cluster.pass(1_000);
    expect([...cluster.lab.job.coordinator.pending.keys()]).toEqual([2]);
  });

  test.each([
    ['a stale attempt', attempt(0, 0, 3), 1, 'stale attempt 0/0#3, current #1'],
    ['another checkpoint', attempt(0, 0), 4, 'checkpoint 4 is not known'],
  ])('of %s is ignored', (_, of, checkpointId, reason) => {
    const cluster = triggered();
    cluster.tm(1).say('decline-checkpoint', { attempt: of, checkpointId, reason: { kind: 'no-such-attempt' } });
    expect(cluster.lab.ignored().at(-1)).toContain(reason);
    expect(cluster.lab.job.coordinator.pending.size).toBe(1);
  });
});

describe('completion', () => {
  const finalizing = (kind: 'storage-put' | 'ha-write'): Cluster => {
    const cluster = triggered();
    cluster.lab.held = (request) => request.kind === kind;
    acknowledgeAll(cluster);
    cluster.lab.serve();
    return cluster;
  };
  const notified = (cluster: Cluster) => cluster.lab.take('notify-checkpoint-complete').map((message) => message.to);

  test('is announced only after metadata and pointer are durable', () => {
    const cluster = finalizing('storage-put');
    expect(cluster.lab.requests('ha-write')).toEqual([]);
    cluster.lab.held = (request) => request.kind === 'ha-write';
    cluster.lab.serve();
    expect(cluster.lab.stores.blobs.has(`${JOB}/chk-1/metadata-e1`)).toBe(true);
    expect(notified(cluster)).toEqual([]);
    cluster.lab.apply(cluster.lab.writeOf('checkpoints/'));
    expect(notified(cluster)).toEqual(['tm-1', 'tm-2', 'tm-1', 'tm-2']);
  });

  test.each([NOT_APPLIED, UNKNOWN])(
    'puts its metadata again, the same bytes under the same name, when that is $outcome',
    (failure) => {
      const cluster = finalizing('storage-put');
      const [first] = cluster.lab.requests('storage-put');
      cluster.lab.answer(first!, failure);
      cluster.lab.pass(cluster.lab.options.requestRetryMs);
      expect(cluster.lab.requests('storage-put')[0]!.request).toEqual(first!.request);
      cluster.lab.held = () => false;
      cluster.settle();
      expect(completed(cluster)).toEqual([1]);
    },
  );

  test('expires while its metadata cannot be put', () => {
    const cluster = finalizing('storage-put');
    cluster.pass(cluster.lab.options.checkpointTimeoutMs);
    expect(cluster.lab.job.coordinator.ended.at(-1)!.how).toEqual({ kind: 'expired', missing: [] });
    cluster.lab.held = () => false;
    cluster.settle();
    expect(completed(cluster)).toEqual([]);
  });

  test.each([
    ['lost its answer', UNKNOWN, true],
    ['was lost', UNKNOWN, false],
    ['failed', NOT_APPLIED, false],
  ])('is found out by writing the pointer again when that %s', (_, failure, applied) => {
    const cluster = finalizing('ha-write');
    const write = cluster.lab.writeOf('checkpoints/');
    if (applied) cluster.lab.apply(write, failure);
    else cluster.lab.answer(write, failure);
    expect(notified(cluster)).toEqual([]);
    cluster.lab.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.lab.writeOf('checkpoints/').request).toEqual(write.request);
    cluster.lab.held = () => false;
    cluster.lab.serve();
    expect(notified(cluster)).toHaveLength(4);
    expect(completed(cluster)).toEqual([1]);
  });

  test('is not given up, and its files are kept, while its pointer may be written', () => {
    const cluster = finalizing('ha-write');
    const write = cluster.lab.writeOf('checkpoints/');
    cluster.pass(20_000);
    expect([...cluster.lab.job.coordinator.pending.keys()]).toEqual([1]);
    expect([...cluster.lab.stores.blobs.keys()].filter((name) => name.includes('/chk-1/'))).toHaveLength(5);
    expect(cluster.lab.stores.apply(write.request).kind).toBe('ha-written');
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    expect(completed(cluster)[0]).toBe(1);
  });

  test('under an epoch that is over is refused: nobody is notified, nothing is deleted', () => {
    const cluster = finalizing('ha-write');
    cluster.lab.stores.put('leader', encodeLeader({ epoch: 2, address: 'jm-2', resigned: false }));
    const before = [...cluster.lab.stores.blobs.keys()];
    cluster.lab.apply(cluster.lab.writeOf('checkpoints/'));
    expect(cluster.lab.state.leader).toBeNull();
    cluster.lab.held = () => false;
    cluster.lab.pass(1_000);
    expect(notified(cluster)).toEqual([]);
    expect([...cluster.lab.stores.blobs.keys()]).toEqual(before);
  });
});

describe('a final checkpoint', () => {
  /** All tasks are at their end and hear nothing of completions. */
  const ending = (): Cluster => {
    const cluster = runningCluster();
    for (const taskManager of cluster.taskManagers.values()) {
      taskManager.atEnd = true;
      taskManager.deafTo.add('notify-checkpoint-complete').add('heartbeat');
    }
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    return cluster;
  };

  test('is followed by no other, and repeated with each heartbeat until its tasks are FINISHED', () => {
    const cluster = ending();
    expect(cluster.lab.job.coordinator.finalCheckpointId).toBe(1);
    cluster.pass(1_200);
    expect(cluster.lab.job.coordinator.lastCheckpointId).toBe(1);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    for (const taskManager of cluster.taskManagers.values()) taskManager.deafTo.clear();
    cluster.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(cluster.lab.leader.results.get(JOB)).toMatchObject({ status: 'FINISHED', reason: null });
  });

  test('that some task did not reach at its end is not final', () => {
    const cluster = runningCluster();
    cluster.tm(1).atEnd = true;
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(cluster.lab.job.store.completed.map((checkpoint) => checkpoint.final)).toEqual([false]);
    expect(cluster.lab.job.coordinator.finalCheckpointId).toBe(0);
  });

  test('that expires is tried again', () => {
    const cluster = triggered();
    cluster.pass(cluster.lab.options.checkpointTimeoutMs);
    for (const taskManager of cluster.taskManagers.values()) {
      taskManager.atEnd = true;
      taskManager.acknowledges = true;
    }
    cluster.pass(cluster.lab.options.checkpointTimeoutMs + 1_000);
    expect(cluster.lab.leader.results.get(JOB)).toMatchObject({ status: 'FINISHED', reason: null });
  });

  test('whose tasks fail before the result is durable restarts all of them from it, and another one ends the job', () => {
    const cluster = ending();
    cluster.tm(1).report(attempt(0, 0), 'FINISHED');
    cluster.tm(2).fail('1/1', 'commit failed');
    cluster.settle();
    for (const taskManager of cluster.taskManagers.values()) taskManager.deafTo.clear();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(cluster.lab.job.attempt).toBe(2);
    expect(cluster.restored()).toEqual([1, 1, 1, 1]);
    expect(cluster.lab.job.coordinator.finalCheckpointId).toBe(0);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(cluster.lab.leader.results.has(JOB)).toBe(true);
  });

  test.each([
    ['failed', NOT_APPLIED, false],
    ['has an unknown outcome', UNKNOWN, true],
  ])('ends the job only when the result is durable, if its write %s', (_, failure, applied) => {
    const cluster = ending();
    cluster.lab.held = (request) => request.kind === 'ha-write';
    for (const subtask of [0, 1])
      for (const vertex of [0, 1]) cluster.tm(subtask + 1).report(attempt(vertex, subtask), 'FINISHED');
    cluster.lab.deliver('client', 'request-job-status', { jobId: JOB });
    expect(cluster.lab.take('job-status').map((message) => message.body.status)).toEqual(['RUNNING']);
    const write = cluster.lab.writeOf('result/');
    if (applied) cluster.lab.apply(write, failure);
    else cluster.lab.answer(write, failure);
    expect(cluster.lab.leader.results.size).toBe(0);
    cluster.lab.held = () => false;
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.lab.leader.results.get(JOB)).toMatchObject({ status: 'FINISHED', reason: null });
  });
});
