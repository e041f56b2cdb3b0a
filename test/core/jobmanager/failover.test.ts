// Deployment, lost and stale reports, and restarts of the whole job in each phase that a failure can hit.
import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../src/core/jobmanager/dispatcher.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { NOT_APPLIED, UNKNOWN } from './lab.ts';
import { JOB } from './sample-job.ts';

const ALL_RUNNING = 'RUNNING RUNNING RUNNING RUNNING';

describe('a failed task', () => {
  test('restarts the whole job after the delay, with the next attempt', () => {
    const cluster = runningCluster();
    cluster.tm(1).fail('0/0', 'user code threw');
    expect(cluster.lab.job).toMatchObject({ status: 'RESTARTING' });
    expect(cluster.lab.failure()).toBe('0/0#1: user code threw');
    cluster.settle();
    expect(cluster.states()).toBe('FAILED CANCELED CANCELED CANCELED');
    cluster.pass(cluster.lab.options.restartDelayMs - 1);
    expect(cluster.lab.job.status).toBe('RESTARTING');
    cluster.pass(1);
    expect(cluster.lab.job).toMatchObject({ status: 'RUNNING', attempt: 2 });
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('keeps the slots of the job', () => {
    const cluster = runningCluster();
    const before = cluster.lab.job.allocations.map((allocation) => allocation!.allocationId);
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.pass(1_000);
    expect(cluster.lab.job.allocations.map((allocation) => allocation!.allocationId)).toEqual(before);
  });

  test('is followed by one restart, however many others fail meanwhile', () => {
    const cluster = runningCluster();
    cluster.tm(1).fail('0/0');
    cluster.tm(1).fail('1/0');
    cluster.tm(2).fail('0/1');
    cluster.settle();
    const at = cluster.lab.job.regions[0]!.restartAt;
    cluster.pass(300);
    cluster.tm(2).restart();
    expect(cluster.lab.job.regions[0]!.restartAt).toBe(at);
    cluster.settle();
    cluster.pass(1_000);
    expect(cluster.lab.job.attempt).toBe(2);
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('starts everybody from the latest completed checkpoint', () => {
    const cluster = runningCluster();
    cluster.pass(3_500);
    cluster.tm(2).fail('1/1');
    cluster.settle();
    cluster.pass(1_000);
    expect(cluster.states()).toBe(ALL_RUNNING);
    expect(cluster.restored()).toEqual([3, 3, 3, 3]);
    const deployed = cluster
      .tm(2)
      .seen.filter((message) => message.kind === 'deploy-task')
      .at(-1)!;
    expect(deployed.body.task.restore!.handles.map((handle) => handle.name)).toEqual([`${JOB}/chk-3/1-1-e1-a1`]);
  });
});

describe('a restart waits', () => {
  test('until every attempt has ended', () => {
    const cluster = runningCluster();
    cluster.tm(2).deafTo.add('cancel-task');
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.pass(1_500);
    expect(cluster.states()).toBe('FAILED CANCELING CANCELED CANCELING');
    cluster.tm(2).deafTo.clear();
    cluster.pass(cluster.lab.options.cancelTimeoutMs);
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('for the word of a TaskManager that never spoke of its attempt, and asks for it again with the next heartbeat', () => {
    const cluster = new Cluster();
    for (const kind of ['deploy-task', 'cancel-task']) cluster.tm(2).deafTo.add(kind);
    cluster.submit();
    cluster.tm(1).fail('0/0');
    cluster.settle();
    expect(cluster.states()).toBe('FAILED CANCELING CANCELED CANCELING');
    cluster.pass(cluster.lab.options.heartbeatIntervalMs - 1);
    expect(cluster.states()).toBe('FAILED CANCELING CANCELED CANCELING');
    cluster.tm(2).deafTo.clear();
    cluster.pass(1);
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('no longer for a TaskManager that is lost', () => {
    const cluster = runningCluster({ taskManagers: 3 });
    for (const kind of ['cancel-task', 'heartbeat']) cluster.tm(2).deafTo.add(kind);
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs);
    expect(cluster.states()).toBe(ALL_RUNNING);
    expect(cluster.tm(3).tasks.size).toBe(2);
  });

  test('no longer for a task that its TaskManager does not have', () => {
    const cluster = runningCluster();
    cluster.tm(2).dumbOf.add('task-state-changed');
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.tm(2).dumbOf.clear();
    expect(cluster.states()).toBe('FAILED CANCELING CANCELED CANCELING');
    cluster.pass(1_000);
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('for a pointer that is being written, and starts from what it turned out to be', () => {
    const cluster = runningCluster();
    cluster.pass(1_500);
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('checkpoints/');
    cluster.pass(1_000);
    const write = cluster.lab.writeOf('checkpoints/');
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.pass(2_000);
    expect(cluster.lab.job.status).toBe('RESTARTING');
    cluster.lab.held = () => false;
    cluster.lab.apply(write, UNKNOWN);
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.restored()).toEqual([2, 2, 2, 2]);
  });

  test('for the pointer of a final checkpoint, which is not the final one of the next attempt', () => {
    const cluster = runningCluster();
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('checkpoints/');
    cluster.pass(1_500);
    const write = cluster.lab.writeOf('checkpoints/');
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
    cluster.lab.apply(write);
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(cluster.states()).toBe(ALL_RUNNING);
    expect(cluster.restored()).toEqual([1, 1, 1, 1]);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(cluster.lab.traces.join('\n')).toContain(`checkpoint 2 of ${JOB} completed, final`);
  });
});

describe('deployment', () => {
  test('that its TaskManager spoke of is waited for, whatever it takes', () => {
    const cluster = new Cluster({ options: { deployTimeoutMs: 300 } });
    cluster.tm(2).deafTo.add('deploy-task');
    cluster.submit();
    for (const vertex of [0, 1]) cluster.tm(2).report({ jobId: JOB, vertex, subtask: 1, attempt: 1 }, 'DEPLOYING');
    cluster.pass(300); // before the next heartbeat, whose answer would not list them
    expect(cluster.states()).toBe('RUNNING DEPLOYING RUNNING DEPLOYING');
  });

  test('that nobody reports on is cancelled in time, and tried again when it is known to be over', () => {
    const cluster = new Cluster();
    cluster.tm(2).deafTo.add('deploy-task');
    cluster.submit();
    expect(cluster.states()).toBe('RUNNING DEPLOYING RUNNING DEPLOYING');
    cluster.tm(2).deafTo.clear();
    cluster.pass(cluster.lab.options.deployTimeoutMs);
    expect(cluster.lab.failure()).toContain('nobody reported on its deployment');
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  // Both are on their way for longer than deployTimeoutMs: the attempt begins after it was given up, and ends after that.
  test('that arrives after it was given up holds up the next attempt until it is over', () => {
    const cluster = new Cluster();
    for (const kind of ['deploy-task', 'cancel-task']) cluster.tm(2).deafTo.add(kind);
    cluster.submit();
    cluster.pass(cluster.lab.options.deployTimeoutMs + 2 * cluster.lab.options.restartDelayMs);
    expect(cluster.states()).toBe('CANCELED CANCELING CANCELED CANCELING');
    for (const vertex of [0, 1]) cluster.tm(2).report({ jobId: JOB, vertex, subtask: 1, attempt: 1 }, 'RUNNING');
    cluster.settle();
    expect(cluster.states()).toBe('CANCELED CANCELING CANCELED CANCELING');
    for (const vertex of [0, 1]) cluster.tm(2).report({ jobId: JOB, vertex, subtask: 1, attempt: 1 }, 'CANCELED');
    cluster.tm(2).deafTo.clear();
    cluster.settle();
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('whose reports are lost is repaired by the heartbeat', () => {
    const cluster = new Cluster();
    cluster.tm(2).dumbOf.add('task-state-changed');
    cluster.submit();
    expect(cluster.states()).toBe('RUNNING DEPLOYING RUNNING DEPLOYING');
    cluster.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('is not judged by a report before its TaskManager spoke of it', () => {
    const cluster = new Cluster();
    cluster.tm(2).deafTo.add('deploy-task');
    cluster.submit();
    cluster.pass(cluster.lab.options.heartbeatIntervalMs * 3);
    expect(cluster.states()).toBe('RUNNING DEPLOYING RUNNING DEPLOYING');
  });

  test('fails with a TaskManager that is lost meanwhile', () => {
    const cluster = new Cluster({ taskManagers: 3 });
    cluster.tm(2).deafTo.add('deploy-task').add('heartbeat');
    cluster.submit();
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs + cluster.lab.options.restartDelayMs);
    expect(cluster.states()).toBe(ALL_RUNNING);
    expect(cluster.lab.job.attempt).toBe(2);
  });

  test('waits for the restore point, however often it cannot be read', () => {
    const cluster = runningCluster();
    cluster.pass(2_500);
    cluster.lab.held = (request) => request.kind === 'storage-get';
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.pass(600);
    for (const failure of [
      NOT_APPLIED,
      UNKNOWN,
      { kind: 'not-found' } as const,
      { kind: 'loaded', bytes: new Uint8Array([1]) } as const,
    ]) {
      cluster.lab.answer(cluster.lab.requests('storage-get')[0]!, failure);
      expect(cluster.states()).toBe('CREATED CREATED CREATED CREATED');
      expect(statusOf(cluster.lab.leader, JOB).reason).toMatchObject({ kind: 'restore-stopped', checkpointId: 2 });
      cluster.pass(cluster.lab.options.requestRetryMs);
    }
    expect(cluster.lab.traces.filter((text) => text.startsWith('RESTORE OF JOB'))).toHaveLength(4);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(cluster.restored()).toEqual([2, 2, 2, 2]);
    expect(statusOf(cluster.lab.leader, JOB).reason).not.toMatchObject({ kind: 'restore-stopped' });
  });
});

describe('reports', () => {
  const stale = { jobId: JOB, vertex: 0, subtask: 0, attempt: 1 };

  const restarted = (): Cluster => {
    const cluster = runningCluster();
    cluster.tm(1).fail('0/0');
    cluster.settle();
    cluster.pass(1_000);
    return cluster;
  };

  test.each(['FAILED', 'FINISHED', 'CANCELED', 'RUNNING'] as const)('of a stale attempt are ignored (%s)', (state) => {
    const cluster = restarted();
    cluster.tm(1).say('task-state-changed', { attempt: stale, state, reason: null });
    expect(cluster.lab.ignored().at(-1)).toBe('ignored task-state-changed from tm-1: stale attempt 0/0#1, current #2');
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('of a task that should not be there have it cancelled', () => {
    const cluster = restarted();
    cluster.lab.take('cancel-task');
    const tasks = [...cluster.tm(1).tasks.values()].map(({ attempt, state }) => ({ attempt, state }));
    cluster
      .tm(1)
      .say('heartbeat-answer', { slots: cluster.tm(1).slots, tasks: [...tasks, { attempt: stale, state: 'RUNNING' }] });
    expect(cluster.lab.take('cancel-task').map((message) => message.body.attempt)).toEqual([stale]);
  });

  test('without a task that was deployed fail it', () => {
    const cluster = runningCluster();
    cluster.tm(1).tasks.delete('0/0');
    cluster.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(cluster.lab.failure()).toBe('0/0#1: tm-1 does not have it');
  });

  test('from a TaskManager where the attempt does not run are ignored', () => {
    const cluster = runningCluster();
    cluster.tm(2).say('task-state-changed', {
      attempt: stale,
      state: 'FAILED',
      reason: { kind: 'connection-lost', peer: 'tm-9' },
    });
    expect(cluster.lab.ignored().at(-1)).toContain('0/0#1 runs on tm-1');
    expect(cluster.lab.failure()).toBe('');
  });

  test('of a lost failure are repaired by the heartbeat', () => {
    const cluster = runningCluster();
    cluster.tm(1).dumbOf.add('task-state-changed');
    cluster.tm(1).report(stale, 'FAILED');
    expect(cluster.lab.failure()).toBe('');
    cluster.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(cluster.lab.failure()).toContain('0/0#1');
  });

  test('of FINISHED without a final checkpoint are a failure', () => {
    const cluster = runningCluster();
    cluster.tm(1).report(stale, 'FINISHED');
    expect(cluster.lab.job.status).toBe('RESTARTING');
    expect(cluster.lab.failure()).toBe('0/0#1: FINISHED without a final checkpoint');
  });
});
