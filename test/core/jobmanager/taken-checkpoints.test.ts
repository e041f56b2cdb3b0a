// A checkpoint that a client asks for: it is taken at once, is as any other, and is the same one for as long as its request is repeated under one leader.
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { TAKEN_REMEMBERED } from '../../../src/core/jobmanager/checkpoints/savepoint-requests.ts';
import { runningCluster, Cluster } from './fake-task-manager.ts';
import { JOB } from './sample-job.ts';

const ask = ({ lab }: Cluster, triggerId = 't-1', from = 'asker', jobId = JOB): void =>
  lab.deliver(from, 'take-checkpoint', { jobId, triggerId });

const told = ({ lab }: Cluster): readonly string[] => [
  ...lab
    .take('checkpoint-status')
    .map(({ to, body }) => `${to} ${body.triggerId} ${body.status} ${String(body.checkpointId)}`),
  ...lab.take('request-refused').map(({ to, body }) => `${to}: ${describeReason(body.reason)}`),
];

/** What clients are told from here on. */
function hearing(cluster: Cluster): string[] {
  const heard: string[] = [];
  const step = cluster.lab.step.bind(cluster.lab);
  cluster.lab.step = (input) => {
    step(input);
    heard.push(...told(cluster));
  };
  return heard;
}

const status = (cluster: Cluster, triggerId = 't-1'): void =>
  cluster.lab.deliver('asker', 'request-checkpoint-status', { jobId: JOB, triggerId });

const completed = ({ lab }: Cluster): readonly number[] =>
  lab.job.store.completed.map(({ checkpointId }) => checkpointId);

describe('a checkpoint on demand', () => {
  test('is taken at once, is told when its pointer is durable, and is no savepoint', () => {
    const cluster = runningCluster();
    const heard = hearing(cluster);
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('checkpoints/');
    ask(cluster);
    cluster.settle();
    status(cluster);
    expect(heard.splice(0)).toEqual(['asker t-1 IN_PROGRESS null']);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(heard.splice(0)).toEqual(['asker t-1 COMPLETED 1']);
    expect(completed(cluster)).toEqual([1]);
    expect(cluster.lab.leader.savepoints.size).toBe(0);
    expect(cluster.lab.job.coordinator.statistics).toMatchObject({
      completed: 1,
      latestCompleted: { id: 1, savepointId: null },
      latestSavepoint: null,
    });
  });

  test('is the same one, however often its request is repeated, and by whomever', () => {
    const cluster = runningCluster();
    const heard = hearing(cluster);
    for (const from of ['one', 'one', 'two']) ask(cluster, 't-1', from);
    cluster.settle();
    ask(cluster, 't-1', 'three');
    status(cluster);
    cluster.settle();
    expect(heard).toEqual([
      'one t-1 COMPLETED 1',
      'two t-1 COMPLETED 1',
      'three t-1 COMPLETED 1',
      'asker t-1 COMPLETED 1',
    ]);
    expect(cluster.lab.job.coordinator.lastCheckpointId).toBe(1);
  });

  test('has its turn behind a savepoint of the same id, which it is not', () => {
    const cluster = runningCluster();
    const heard = hearing(cluster);
    cluster.lab.deliver('saver', 'trigger-savepoint', { jobId: JOB, savepointId: 't-1' });
    ask(cluster);
    cluster.settle();
    expect(heard).toEqual(['asker t-1 COMPLETED 2']);
    expect(cluster.lab.leader.savepoints.get(`${JOB}/t-1`)?.record.checkpointId).toBe(1);
  });

  test('that fails is told with the reason, and taken anew when it is asked for again', () => {
    const cluster = runningCluster();
    const heard = hearing(cluster);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    ask(cluster);
    cluster.settle();
    cluster.tm(1).fail('0/0');
    expect(heard.splice(0)).toEqual(['asker: the checkpoint failed: the job restarts']);
    cluster.settle();
    status(cluster);
    ask(cluster);
    expect(heard.splice(0)).toEqual([
      'asker t-1 UNKNOWN null',
      'asker: the job is RESTARTING, and a checkpoint needs all its tasks to run',
    ]);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = true;
    cluster.pass(cluster.lab.options.restartDelayMs * 2);
    ask(cluster);
    cluster.settle();
    expect(heard).toEqual([expect.stringMatching(/^asker t-1 COMPLETED [2-9]$/)]);
  });

  test('of a leader that is gone is not known to the next one, which takes another', () => {
    const cluster = runningCluster();
    ask(cluster);
    cluster.settle();
    const next = new Cluster({ address: 'jm-2', stores: cluster.lab.stores });
    const heard = hearing(next);
    next.pass(50);
    status(next);
    expect(heard.splice(0)).toEqual(['asker t-1 UNKNOWN null']);
    ask(next);
    next.settle();
    expect(heard).toEqual([expect.stringMatching(/^asker t-1 COMPLETED [2-9]$/)]);
  });

  test.each([
    [
      'of a job that nobody knows',
      { jobId: 'nothing', triggerId: 't-1' },
      'the job is UNKNOWN, and a checkpoint needs',
    ],
    ['of what is no job', { jobId: '../x', triggerId: 't-1' }, 'a job id'],
    ['with a trigger that is no id', { jobId: JOB, triggerId: '../x' }, 'id'],
  ])('%s is refused', (_, body, sentence) => {
    const cluster = runningCluster();
    cluster.lab.deliver('asker', 'take-checkpoint', body);
    expect(told(cluster)).toEqual([expect.stringContaining(sentence)]);
    expect(cluster.lab.job.coordinator.savepoints).toEqual([]);
  });

  test('is remembered for a while', () => {
    const cluster = runningCluster();
    for (let count = 0; count <= TAKEN_REMEMBERED; count++) {
      ask(cluster, `t-${count}`);
      cluster.settle();
    }
    const heard = hearing(cluster);
    status(cluster, 't-0');
    status(cluster, `t-${TAKEN_REMEMBERED}`);
    expect(heard).toEqual(['asker t-0 UNKNOWN null', `asker t-${TAKEN_REMEMBERED} COMPLETED ${TAKEN_REMEMBERED + 1}`]);
  });
});
