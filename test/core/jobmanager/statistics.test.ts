// Statistics of checkpoints: what a leader shows of those that ended and of those that are pending, and how much it keeps.
import { expect, test } from 'vitest';
import { checkpointStatistics, HISTORY_MAX } from '../../../src/core/jobmanager/checkpoints/statistics.ts';
import type { JobCheckpointStatistics } from '../../../src/core/jobmanager/checkpoints/statistics.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { JOB } from './sample-job.ts';

const attempt = (vertex: number, subtask: number) => ({ jobId: JOB, vertex, subtask, attempt: 1 });
const statisticsOf = ({ lab }: Cluster): JobCheckpointStatistics => lab.job.coordinator.statistics;

/** Checkpoint 1 was triggered at 1,000 ms of the run. 0/0 acknowledged it 20 ms later. */
function acknowledgedOnce(): { cluster: Cluster; triggeredAt: number } {
  const cluster = runningCluster();
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
  const triggeredAt = cluster.lab.now;
  cluster.pass(20);
  cluster.tm(1).acknowledge(attempt(0, 0), 1);
  return { cluster, triggeredAt };
}

test('a pending checkpoint is IN_PROGRESS, with those that acknowledged', () => {
  const { cluster, triggeredAt } = acknowledgedOnce();
  const pending = cluster.lab.job.coordinator.pending.get(1)!;
  expect(checkpointStatistics(pending, null, null)).toEqual({
    id: 1,
    status: 'IN_PROGRESS',
    triggerTimestamp: triggeredAt,
    latestAckTimestamp: triggeredAt + 20,
    endTimestamp: null,
    endToEndDurationMs: 20,
    stateSizeBytes: 3,
    numSubtasks: 4,
    numAcknowledgedSubtasks: 1,
    savepointId: null,
    externalPath: null,
    failure: null,
    subtasks: [
      {
        vertex: 0,
        subtask: 0,
        attempt: 1,
        ackTimestamp: triggeredAt + 20,
        endToEndDurationMs: 20,
        stateSizeBytes: 3,
        alignmentDurationMs: 0,
        asyncDurationMs: 0,
      },
    ],
  });
  expect(statisticsOf(cluster)).toMatchObject({ completed: 0, failed: 0, history: [] });
});

test('a completed one has all subtasks, in their order, and the longest way of them', () => {
  const { cluster, triggeredAt } = acknowledgedOnce();
  cluster.tm(2).acknowledge(attempt(1, 1), 1);
  cluster.tm(2).acknowledge(attempt(0, 1), 1);
  cluster.pass(30);
  cluster.tm(1).acknowledge(attempt(1, 0), 1);
  cluster.settle();
  const { completed, failed, latestCompleted, history } = statisticsOf(cluster);
  expect([completed, failed]).toEqual([1, 0]);
  expect(history).toEqual([latestCompleted]);
  expect(latestCompleted).toMatchObject({
    id: 1,
    status: 'COMPLETED',
    latestAckTimestamp: triggeredAt + 50,
    endTimestamp: triggeredAt + 50,
    endToEndDurationMs: 50,
    stateSizeBytes: 12,
    numAcknowledgedSubtasks: 4,
    failure: null,
  });
  expect(
    latestCompleted!.subtasks.map(({ vertex, subtask, endToEndDurationMs }) => [vertex, subtask, endToEndDurationMs]),
  ).toEqual([
    [0, 0, 20],
    [0, 1, 20],
    [1, 0, 50],
    [1, 1, 20],
  ]);
});

test('a failed one says why, by the name of Flink and in full', () => {
  const { cluster, triggeredAt } = acknowledgedOnce();
  cluster.pass(cluster.lab.options.checkpointTimeoutMs);
  const { completed, failed, latestFailed } = statisticsOf(cluster);
  expect([completed, failed]).toEqual([0, 1]);
  expect(latestFailed).toMatchObject({
    id: 1,
    status: 'FAILED',
    endTimestamp: triggeredAt + cluster.lab.options.checkpointTimeoutMs,
    numSubtasks: 4,
    numAcknowledgedSubtasks: 1,
    failure: { name: 'CHECKPOINT_EXPIRED', reason: { kind: 'expired' } },
  });
});

test('only the last few are kept, and all are counted', () => {
  const cluster = runningCluster();
  cluster.pass(15_500);
  const { completed, history, latestFailed } = statisticsOf(cluster);
  expect(completed).toBe(15);
  expect(history.map(({ id }) => id)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  expect(history).toHaveLength(HISTORY_MAX);
  expect(latestFailed).toBeNull();
});

test('a restore is counted, and a new leader begins anew', () => {
  const first = runningCluster();
  first.pass(1_500);
  first.tm(1).fail('0/0');
  first.pass(first.lab.options.restartDelayMs);
  expect(statisticsOf(first)).toMatchObject({
    completed: 2,
    restored: 1,
    latestRestored: { id: 1, restoreTimestamp: first.lab.now, externalPath: `${JOB}/chk-1/metadata-e1` },
  });
  const second = new Cluster({ address: 'jm-2', stores: first.lab.stores });
  expect(statisticsOf(second)).toMatchObject({ completed: 0, restored: 1, latestRestored: { id: 2 } });
});
