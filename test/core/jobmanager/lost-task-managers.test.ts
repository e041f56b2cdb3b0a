// A TaskManager is lost: what was seen of it is told, and in the exceptions of its jobs the loss stands before the connections that broke with it.
import { describe, expect, test } from 'vitest';
import type { RootException } from '../../../src/core/protocol/job-history.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { runningCluster, type Cluster } from './fake-task-manager.ts';

const lost = (cluster: Cluster): readonly string[] =>
  cluster.lab.traces.filter((text) => text.startsWith('tm-1 lost')).map((text) => text.replace('tm-1 lost: ', ''));

/** It is dead: nothing reaches it, and nothing comes from it. */
function kill(cluster: Cluster): void {
  for (const kind of ['heartbeat', 'cancel-task', 'deploy-task', 'request-slot', 'free-slot'])
    cluster.tm(1).deafTo.add(kind);
}

const breakControl = (cluster: Cluster): void =>
  cluster.lab.step({ kind: 'connection-lost', peer: 'tm-1', streamClass: 'control' });

/** The task of tm-2 tells that its connection to tm-1 broke. */
function tellBroken(cluster: Cluster): void {
  const { attempt } = cluster.tm(2).tasks.get('1/1')!;
  cluster.tm(2).report(attempt, 'FAILED', { kind: 'connection-lost', peer: 'tm-1' });
  cluster.tm(2).tasks.delete('1/1');
}

const texts = ({ cause, concurrent }: RootException): readonly string[] =>
  [cause, ...concurrent.map((one) => one.cause)].map((reason) => describeReason(reason));

describe('what was seen', () => {
  test('a goodbye, which is waited for by nobody', () => {
    const cluster = runningCluster();
    kill(cluster);
    cluster.tm(1).say('task-manager-stopped', { why: 'SIGTERM' });
    expect(lost(cluster)).toEqual(['it said goodbye, and ends in good order: SIGTERM']);
    expect([...cluster.lab.leader.taskManagers.keys()]).toEqual(['tm-2']);
    expect(cluster.lab.failure()).toBe('0/0#1: tm-1 is lost: it said goodbye, and ends in good order: SIGTERM');
  });

  test('that its connection broke, and each new one to it', () => {
    const cluster = runningCluster();
    kill(cluster);
    breakControl(cluster);
    breakControl(cluster);
    cluster.lab.pass(cluster.lab.options.requestRetryMs);
    breakControl(cluster);
    expect(lost(cluster)).toEqual(['its connection broke, and each new one to it did']);
  });

  test('that its connection broke, and it was silent from then on', () => {
    const cluster = runningCluster();
    kill(cluster);
    breakControl(cluster);
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs);
    expect(lost(cluster)).toEqual(['its connection broke, and it answered no heartbeat since']);
  });

  test('that it was silent, and for how long', () => {
    const cluster = runningCluster();
    const { heartbeatTimeoutMs, heartbeatIntervalMs } = cluster.lab.options;
    kill(cluster);
    cluster.pass(heartbeatTimeoutMs + heartbeatIntervalMs);
    expect(lost(cluster)).toEqual([`it answered no heartbeat for ${heartbeatTimeoutMs} ms`]);
  });
});

describe('a goodbye', () => {
  test('of a process that is not there any more is ignored', () => {
    const cluster = runningCluster();
    cluster.tm(1).restart();
    cluster.lab.traces = [];
    cluster.lab.deliver('tm-1', 'task-manager-stopped', { epoch: 1, incarnation: 1, why: 'SIGTERM' });
    expect(lost(cluster)).toEqual([]);
    expect(cluster.lab.ignored()).toHaveLength(1);
  });

  test('that comes twice ends nothing twice', () => {
    const cluster = runningCluster();
    kill(cluster);
    for (let time = 0; time < 2; time++) cluster.tm(1).say('task-manager-stopped', { why: 'SIGTERM' });
    expect(lost(cluster)).toHaveLength(1);
    expect(cluster.lab.job.exceptions).toHaveLength(1);
  });
});

describe('the root cause of a restart', () => {
  test('is the loss, though a task elsewhere told first that its connection broke', () => {
    const cluster = runningCluster();
    const { lab } = cluster;
    kill(cluster);
    tellBroken(cluster);
    expect(lab.job.exceptions.map(texts)).toEqual([['1/1#1: the connection to tm-1 was lost']]);
    breakControl(cluster);
    breakControl(cluster);
    lab.pass(lab.options.requestRetryMs);
    breakControl(cluster);
    const loss = '0/0#1: tm-1 is lost: its connection broke, and each new one to it did';
    expect(lab.job.exceptions.map(texts)).toEqual([[loss, '1/1#1: the connection to tm-1 was lost']]);
    expect(lab.job.exceptions[0]).toMatchObject({ task: 'lines (1/2)', taskManager: 'tm-1' });
    expect(lab.job.exceptions[0]!.concurrent[0]).toMatchObject({ task: 'count -> out (2/2)', taskManager: 'tm-2' });
    expect(lab.failure()).toBe(loss);
  });

  test('is what it was where the loss does not explain it', () => {
    const cluster = runningCluster();
    cluster.tm(2).fail('1/1');
    kill(cluster);
    cluster.tm(1).say('task-manager-stopped', { why: 'SIGTERM' });
    expect(cluster.lab.job.exceptions.map(texts)).toEqual([['1/1#1: it broke']]);
  });

  test('is the connection where nobody is lost before the restart is over', () => {
    const cluster = runningCluster();
    tellBroken(cluster);
    cluster.settle();
    cluster.pass(cluster.lab.options.restartDelayMaxMs * 2);
    kill(cluster);
    cluster.tm(1).say('task-manager-stopped', { why: 'SIGTERM' });
    expect(cluster.lab.job.exceptions.map((one) => texts(one)[0])).toEqual([
      '1/1#1: the connection to tm-1 was lost',
      '0/0#2: tm-1 is lost: it said goodbye, and ends in good order: SIGTERM',
    ]);
  });
});
