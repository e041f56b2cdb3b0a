// Several checkpoints of a job that are pending at once, when the next one is triggered, and which failures count against the job.
import { describe, expect, test } from 'vitest';
import type { ClusterOptions } from '../../../src/core/protocol/cluster-options.ts';
import type { DeclineReason } from '../../../src/core/protocol/reasons.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { JOB } from './sample-job.ts';

const attempt = (vertex: number, subtask: number, number = 1) => ({ jobId: JOB, vertex, subtask, attempt: number });

/** Checkpoints are triggered every 100 ms, and wait for their acknowledgements. */
function concurrent(options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = runningCluster({ options: { maxConcurrentCheckpoints: 3, checkpointIntervalMs: 100, ...options } });
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  return cluster;
}

const pending = ({ lab }: Cluster): number[] => [...lab.job.coordinator.pending.keys()];
const completed = ({ lab }: Cluster): number[] => lab.job.store.completed.map(({ checkpointId }) => checkpointId);

function acknowledgeAll(cluster: Cluster, checkpointId: number, number = 1): void {
  for (const subtask of [0, 1])
    for (const vertex of [0, 1]) cluster.tm(subtask + 1).acknowledge(attempt(vertex, subtask, number), checkpointId);
  cluster.settle();
}

describe('checkpoints at once', () => {
  test('are as many as the option says, and the next one follows when one ends', () => {
    const cluster = concurrent();
    cluster.pass(1_000);
    expect(pending(cluster)).toEqual([1, 2, 3]);
    acknowledgeAll(cluster, 1);
    expect(completed(cluster)).toEqual([1]);
    cluster.pass(1);
    expect(pending(cluster)).toEqual([2, 3, 4]);
  });

  test('that are older than one that completes are subsumed, which counts for nothing', () => {
    const cluster = concurrent({ tolerableFailedCheckpoints: 0 });
    cluster.pass(350);
    cluster.tm(1).seen.length = 0;
    acknowledgeAll(cluster, 2);
    expect(completed(cluster)).toEqual([2]);
    expect(pending(cluster)).toEqual([3]);
    expect(cluster.lab.traces).toContain(`checkpoint 1 of ${JOB} aborted: subsumed by checkpoint 2`);
    const told = cluster.tm(1).seen.filter(({ kind }) => kind.includes('checkpoint'));
    expect(told.map(({ kind }) => kind)).toEqual([
      'abort-checkpoint',
      'abort-checkpoint',
      'notify-checkpoint-complete',
      'notify-checkpoint-complete',
    ]);
    acknowledgeAll(cluster, 1);
    expect(cluster.lab.ignored().at(-1)).toContain('checkpoint 1 is over: subsumed by checkpoint 2');
    acknowledgeAll(cluster, 3);
    expect(completed(cluster)).toEqual([2, 3]);
    expect(cluster.lab.job).toMatchObject({ status: 'RUNNING', attempt: 1 });
  });

  test.each(['storage-put', 'ha-write'] as const)('are finalized one at a time: a %s is open', (kind) => {
    const cluster = concurrent();
    cluster.pass(250);
    cluster.lab.held = (request) =>
      request.kind === kind && (request.kind !== 'ha-write' || request.key.startsWith('checkpoints/'));
    acknowledgeAll(cluster, 2);
    acknowledgeAll(cluster, 1);
    expect(cluster.lab.open.filter(({ request }) => cluster.lab.held(request))).toHaveLength(1);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(completed(cluster)).toEqual([2]);
    expect(pending(cluster)).toEqual([]);
  });

  test('in the order of their ids both complete, each with a pointer of its own', () => {
    const cluster = concurrent();
    cluster.pass(250);
    cluster.lab.held = (request) => request.kind === 'storage-put';
    acknowledgeAll(cluster, 1);
    acknowledgeAll(cluster, 2);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(completed(cluster)).toEqual([1, 2]);
  });

  test('expire each in its own time', () => {
    const cluster = concurrent({ checkpointTimeoutMs: 1_000 });
    cluster.pass(1_150); // triggered after 100, 200 and 300 ms
    expect(pending(cluster)).toEqual([2, 3, 4]);
    cluster.pass(100);
    expect(pending(cluster)).toEqual([3, 4, 5]);
  });

  test('are all aborted by a restart', () => {
    const cluster = concurrent();
    cluster.pass(350);
    cluster.tm(1).fail('0/0');
    cluster.settle();
    expect(pending(cluster)).toEqual([]);
  });

  test('end the job with the last that was triggered, after which none follows', () => {
    const cluster = concurrent();
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.pass(250);
    expect(pending(cluster)).toEqual([1, 2]);
    acknowledgeAll(cluster, 1);
    expect(cluster.lab.job.coordinator.finalCheckpointId).toBe(0);
    cluster.pass(500);
    expect(pending(cluster)).toEqual([2]);
    acknowledgeAll(cluster, 2);
    expect(cluster.lab.leader.results.get(JOB)).toMatchObject({ status: 'FINISHED', reason: null });
  });

  test('whose last one expires at the end are followed by another, which ends the job', () => {
    const cluster = concurrent({ checkpointTimeoutMs: 1_000 });
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.pass(250);
    acknowledgeAll(cluster, 1);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = true;
    cluster.pass(1_000);
    expect(cluster.lab.traces).toContain(`checkpoint 3 of ${JOB} completed, final`);
    expect(cluster.lab.leader.results.has(JOB)).toBe(true);
  });

  test('a final one aborts one whose id is being written', () => {
    const cluster = concurrent();
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.pass(150);
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
    cluster.pass(100);
    expect(pending(cluster)).toEqual([1, 2]);
    acknowledgeAll(cluster, 1);
    expect(cluster.lab.traces).toContain(`checkpoint 2 of ${JOB} aborted: the job ends`);
    expect(cluster.lab.leader.results.has(JOB)).toBe(true);
  });
});

describe('the first checkpoint', () => {
  test.each([
    { firstCheckpointMs: 200, checkpointIntervalMs: 1_000, firstMs: 200 },
    { firstCheckpointMs: 200, checkpointIntervalMs: 50, firstMs: 50 },
    { firstCheckpointMs: 1, checkpointIntervalMs: 1_000, firstMs: 1 },
  ])(
    'of a new job comes $firstMs ms after all its tasks run, the next one an interval later',
    ({ firstMs, ...options }) => {
      const cluster = runningCluster({ options });
      if (firstMs > 0) {
        cluster.pass(firstMs - 1);
        expect(cluster.lab.job.coordinator.lastCheckpointId).toBe(0);
        cluster.pass(1);
      }
      expect(completed(cluster)).toEqual([1]);
      cluster.pass(options.checkpointIntervalMs - 1);
      expect(completed(cluster)).toEqual([1]);
      cluster.pass(1);
      expect(completed(cluster)).toEqual([1, 2]);
    },
  );

  test('of a restart comes as soon as all its tasks run', () => {
    const cluster = runningCluster();
    cluster.tm(1).fail('0/0');
    cluster.pass(cluster.lab.options.restartDelayMs - 1);
    expect(completed(cluster)).toEqual([]);
    cluster.pass(1);
    expect(completed(cluster)).toEqual([1]);
  });

  test('of a take-over comes as soon as all tasks run', () => {
    const first = runningCluster();
    first.pass(1_000);
    const second = new Cluster({ address: 'jm-2', stores: first.lab.stores });
    second.pass(1);
    expect(completed(second)).toEqual([1, 2]);
  });
});

describe('a failure', () => {
  test.each<[DeclineReason, number]>([
    [{ kind: 'too-many-snapshots', max: 4 }, 1],
    [{ kind: 'snapshot-not-stored', reason: { kind: 'timed-out' } }, 1],
    [{ kind: 'task-has-inputs' }, 1],
    [{ kind: 'subsumed', by: 2 }, 0],
    [{ kind: 'task-not-running', state: 'CANCELING' }, 0],
    [{ kind: 'no-such-attempt' }, 0],
  ])('of a decline for %j counts %i', (reason, expected) => {
    const cluster = concurrent();
    cluster.pass(150);
    cluster.tm(1).say('decline-checkpoint', { attempt: attempt(0, 0), checkpointId: 1, reason });
    expect(pending(cluster)).toEqual([]);
    expect(cluster.lab.job.coordinator.failuresInARow).toBe(expected);
  });
});
