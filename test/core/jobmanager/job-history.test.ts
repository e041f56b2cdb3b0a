// What clients are told of the checkpoints and failures of a job: newest first, bounded, and a refusal where nothing is kept.
import { expect, test } from 'vitest';
import { HISTORY_MAX } from '../../../src/core/jobmanager/checkpoints/statistics.ts';
import { EXCEPTIONS_MAX } from '../../../src/core/jobmanager/exception-history.ts';
import type { Bodies } from '../../../src/core/protocol/messages.ts';
import { type Cluster, runningCluster } from './fake-task-manager.ts';
import { NOT_APPLIED } from './lab.ts';
import { JOB } from './sample-job.ts';

function checkpoints({ lab }: Cluster, jobId = JOB): Bodies['job-checkpoints'] | undefined {
  lab.deliver('client', 'request-job-checkpoints', { jobId });
  return lab.take('job-checkpoints')[0]?.body;
}

function exceptions({ lab }: Cluster, max: number, jobId = JOB): Bodies['job-exceptions'] | undefined {
  lab.deliver('client', 'request-job-exceptions', { jobId, max });
  return lab.take('job-exceptions')[0]?.body;
}

/** Behind each failure a checkpoint completes, so that none is the last one. */
function failTimes(cluster: Cluster, times: number): void {
  for (let time = 1; time <= times; time++) {
    cluster.tm(1).fail('0/0', `failure ${time}`);
    cluster.settle();
    cluster.pass(cluster.lab.options.restartDelayMaxMs * 2);
  }
}

test('of checkpoints the counts, the latest ones and the last few are told, without their subtasks', () => {
  const cluster = runningCluster();
  for (let count = 0; count < HISTORY_MAX + 2; count++) cluster.pass(cluster.lab.options.checkpointIntervalMs);
  const told = checkpoints(cluster)!;
  const { statistics } = cluster.lab.job.coordinator;
  expect(told.counts).toEqual({ completed: statistics.completed, failed: 0, inProgress: 0, restored: 0 });
  expect(statistics.completed).toBeGreaterThan(HISTORY_MAX);
  expect(told.history.map(({ id }) => id)).toEqual(statistics.history.map(({ id }) => id).toReversed());
  expect(told.history).toHaveLength(HISTORY_MAX);
  const { subtasks, ...latest } = statistics.latestCompleted!;
  expect(subtasks.length).toBeGreaterThan(0);
  expect(told.latestCompleted).toEqual(latest);
  expect([told.latestFailed, told.latestRestored]).toEqual([null, null]);
});

test('one that is pending stands first, as IN_PROGRESS', () => {
  const cluster = runningCluster();
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
  const { counts, history } = checkpoints(cluster)!;
  expect(counts).toMatchObject({ completed: 1, inProgress: 1 });
  expect(history.map(({ id, status }) => `${id} ${status}`)).toEqual(['2 IN_PROGRESS', '1 COMPLETED']);
});

test('one whose id could not be stored is counted, and told by no id: the next one may get it', () => {
  const cluster = runningCluster();
  const { lab } = cluster;
  lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
  cluster.pass(lab.options.checkpointIntervalMs);
  expect(checkpoints(cluster)).toMatchObject({ counts: { inProgress: 0, failed: 0 }, history: [] });
  lab.answer(lab.writeOf('counter/'), NOT_APPLIED);
  expect(checkpoints(cluster)).toMatchObject({ counts: { failed: 1 }, history: [], latestFailed: null });
  lab.held = () => false;
  cluster.pass(lab.options.checkpointIntervalMs);
  const { counts, history } = checkpoints(cluster)!;
  expect(counts).toMatchObject({ completed: 1, failed: 1 });
  expect(history.map(({ id, status }) => `${id} ${status}`)).toEqual(['1 COMPLETED']);
});

test('of failures so many are told as were asked for, newest first', () => {
  const cluster = runningCluster();
  expect(exceptions(cluster, 5)).toMatchObject({ exceptions: [], truncated: false });
  failTimes(cluster, 3);
  const kept = cluster.lab.job.exceptions;
  expect(kept).toHaveLength(3);
  expect(exceptions(cluster, 2)).toEqual({
    epoch: 1,
    jobId: JOB,
    max: 2,
    exceptions: [kept[2], kept[1]],
    truncated: true,
  });
  expect(exceptions(cluster, EXCEPTIONS_MAX + 9)).toMatchObject({ truncated: false });
  expect(exceptions(cluster, 0)).toMatchObject({ exceptions: [], truncated: true });
});

test('what is not kept is refused, and so is what is no id', () => {
  const cluster = runningCluster();
  const { lab } = cluster;
  const reasons = (): readonly string[] => lab.take('request-refused').map(({ body }) => JSON.stringify(body.reason));
  expect([checkpoints(cluster, 'nothing'), exceptions(cluster, 5, 'nothing')]).toEqual([undefined, undefined]);
  const unknown = '{"kind":"history-not-kept","status":"UNKNOWN"}';
  expect(reasons()).toEqual([unknown, unknown]);
  expect(checkpoints(cluster, '../x')).toBeUndefined();
  expect(reasons()).toEqual(['{"kind":"job-id-malformed"}']);
});

test('of a job that is over failures and checkpoints are told as they were', () => {
  const cluster = runningCluster();
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
  failTimes(cluster, 1);
  const before = checkpoints(cluster)!;
  cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
  cluster.settle();
  cluster.pass(cluster.lab.options.heartbeatIntervalMs);
  expect(cluster.lab.leader.results.get(JOB)?.status).toBe('CANCELED');
  expect(exceptions(cluster, 5)?.exceptions).toHaveLength(1);
  expect(checkpoints(cluster)?.latestCompleted).toEqual(before.latestCompleted);
  cluster.lab.leader.results.get(JOB)!.archive = null; // as of one that ended under another leader
  expect(checkpoints(cluster)).toBeUndefined();
  expect(cluster.lab.take('request-refused')[0]?.body.reason).toEqual({ kind: 'history-not-kept', status: 'CANCELED' });
});

test('one checkpoint is told with its subtasks, one that is not kept as null', () => {
  const cluster = runningCluster();
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
  const details = (checkpointId: number): Bodies['checkpoint-details'] | undefined => {
    cluster.lab.deliver('client', 'request-checkpoint-details', { jobId: JOB, checkpointId });
    return cluster.lab.take('checkpoint-details')[0]?.body;
  };
  const { latestCompleted } = cluster.lab.job.coordinator.statistics;
  expect(details(1)).toEqual({ epoch: 1, jobId: JOB, checkpointId: 1, checkpoint: latestCompleted });
  expect(latestCompleted).toMatchObject({
    savepointId: null,
    externalPath: cluster.lab.job.store.completed[0]!.metadata.name,
  });
  expect(details(99)?.checkpoint).toBeNull();
});

test('a savepoint is told as one, while it is pending and when it is completed', () => {
  const cluster = runningCluster();
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  cluster.lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId: 's' });
  cluster.settle();
  expect(checkpoints(cluster)?.history).toMatchObject([{ id: 1, status: 'IN_PROGRESS', savepointId: 's' }]);
});
