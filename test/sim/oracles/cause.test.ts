// O-cause: each restart, election and checkpoint that was given up has a cause among what befell the cluster.
import { describe, expect, test } from 'vitest';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import type { Note } from '../../../src/core/protocol/notes.ts';
import type { CheckpointReason, ExecutionReason, FailureReason } from '../../../src/core/protocol/reasons.ts';
import { causeOracle } from '../../../src/sim/oracles/cause.ts';
import { History } from './history.ts';
import { attemptOf, contextOf, counting, descriptorOf, JOB } from './small-job.ts';

const context = contextOf(counting);
const heartbeatMs = clusterOptionTable.heartbeatTimeoutMs.default + clusterOptionTable.heartbeatIntervalMs.default;
const tolerable = clusterOptionTable.tolerableFailedCheckpoints.default;

class Cluster extends History {
  constructor() {
    super(causeOracle([context]));
    this.lead('jm-1', 1);
    this.deploy('tm-1', 1);
  }

  note(node: string, note: Note): void {
    this.step(node, [{ effect: 'note', note }]);
  }

  deploy(to: string, attempt: number): void {
    this.send('jm-1', to, 'deploy-task', {
      epoch: 1,
      slotIndex: 0,
      allocationId: 'a-1',
      task: descriptorOf(context, 1, 0, attempt, null),
    } as never);
  }

  restart(reason: FailureReason): void {
    this.note('jm-1', { kind: 'job-restarting', jobId: JOB, epoch: 1, attempt: 1, reason });
  }

  fail(reason: ExecutionReason): void {
    this.restart({ kind: 'execution-failed', attempt: attemptOf(1, 0, 1), reason });
  }

  abort(reason: CheckpointReason, checkpointId = 1): void {
    this.note('jm-1', { kind: 'checkpoint-aborted', jobId: JOB, epoch: 1, attempt: 1, checkpointId, reason });
  }

  judged(): readonly string[] {
    return this.finish().map(({ rule }) => rule);
  }
}

const lost = (taskManager: string): ExecutionReason => ({
  kind: 'task-manager-lost',
  taskManager,
  reason: { kind: 'connections-broke' },
});
const left: ExecutionReason = {
  kind: 'task-manager-lost',
  taskManager: 'tm-1',
  reason: { kind: 'said-goodbye', why: 'SIGTERM' },
};
const replaced: ExecutionReason = {
  kind: 'task-manager-lost',
  taskManager: 'tm-1',
  reason: { kind: 'replaced', incarnation: 2 },
};
const gap: ExecutionReason = {
  kind: 'channel-gap',
  channel: { jobId: JOB, epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 0, consumerAttempt: 1 },
  first: 1,
  last: 2,
};
const fenced: ExecutionReason = { kind: 'sink-refused', sink: 'counts', refusal: 'fenced' };
const writer = { sink: 'counts', writer: 'job-1/counts/0' };
const open = (cluster: Cluster, node: string, attempt: number, epoch = 1): void =>
  cluster.applied(node, { kind: 'sink-open', ...writer, token: { epoch, attempt }, keep: [] }, { kind: 'sink-opened' });
/** A task writes, and is refused. */
const refuse = (cluster: Cluster, node: string, attempt: number): void =>
  cluster.applied(
    node,
    { kind: 'sink-prepare', ...writer, token: { epoch: 1, attempt }, transaction: 't', chunks: 1 },
    { kind: 'sink-refused', reason: 'fenced' },
  );
const expired: CheckpointReason = { kind: 'expired', missing: [{ vertex: 1, subtask: 0 }] };

const stop = (cluster: Cluster, node: string): void =>
  cluster.observe({ kind: 'stopped', node, incarnation: 1, why: 'crash' });
const start = (cluster: Cluster, node: string): void => cluster.observe({ kind: 'started', node, incarnation: 2 });
const pause = (cluster: Cluster, node: string, forMs: number): void =>
  cluster.observe({ kind: 'paused', node, incarnation: 1, until: (cluster.nowMs + forMs) * 1_000 });
const faultAt = (cluster: Cluster, fault: string, target: string): void =>
  cluster.observe({ kind: 'fault', fault, target, text: `${fault} at ${target}`, hit: true, decision: null });

describe('has a cause', () => {
  test.each<[string, (cluster: Cluster) => void]>([
    [
      'a restart while a TaskManager is down, however long',
      (cluster) => {
        stop(cluster, 'tm-1');
        cluster.nowMs = 600_000;
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'a restart as a TaskManager said goodbye, which is not gone yet',
      (cluster) => {
        cluster.send('tm-1', 'jm-1', 'task-manager-stopped', { epoch: 1, incarnation: 1, why: 'SIGTERM' });
        cluster.fail(left);
      },
    ],
    [
      'a restart within the heartbeat timeout behind a pause',
      (cluster) => {
        pause(cluster, 'tm-1', 10_000);
        cluster.nowMs = 10_000 + heartbeatMs;
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'a restart as another process came in the place of one that stopped',
      (cluster) => {
        stop(cluster, 'tm-1');
        start(cluster, 'tm-1');
        cluster.fail(replaced);
      },
    ],
    [
      'a restart within the heartbeat timeout behind a death for good',
      (cluster) => {
        lose(cluster, 'tm-1');
        cluster.nowMs = heartbeatMs;
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'a TaskManager is lost, as the clock of its leader jumps',
      (cluster) => {
        faultAt(cluster, 'clock-jump', 'jm-1');
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'a gap, as a connection had broken and its producer had never heard of it',
      (cluster) => {
        const channel = { from: 'tm-2', to: 'tm-1', streamClass: 'data', kind: 'channel-elements', body: {} } as const;
        cluster.observe({ kind: 'lost', message: { effect: 'send', ...channel }, why: 'connection-broken' });
        cluster.fail(gap);
      },
    ],
    [
      'a restart as a client wants another parallelism',
      (cluster) => {
        cluster.send('client', 'jm-1', 'rescale-job', { jobId: JOB, parallelism: [] });
        cluster.restart({ kind: 'job-rescaled' });
      },
    ],
    [
      'a restart as a client drains a TaskManager',
      (cluster) => {
        cluster.send('client', 'jm-1', 'drain-task-manager', { taskManager: 'tm-1' });
        cluster.restart({ kind: 'task-manager-drained', taskManager: 'tm-1' });
      },
    ],
    [
      "a restart as the job's own code throws",
      (cluster) =>
        cluster.fail({ kind: 'user-code', operator: 'count', function: null, given: null, text: 'no', stack: null }),
    ],
    [
      'a restart behind more failed checkpoints than are tolerable, each with its cause',
      (cluster) => {
        pause(cluster, 'tm-1', 60_000);
        for (let id = 1; id <= tolerable + 1; id++) {
          cluster.nowMs += 5_000;
          cluster.abort(expired, id);
        }
        cluster.restart({ kind: 'checkpoints-failed', times: tolerable + 1, last: expired });
      },
    ],
    [
      'a checkpoint whose barrier was lost',
      (cluster) => {
        faultAt(cluster, 'barrier-loss', 'tm-2>tm-1');
        cluster.nowMs = 5_000;
        cluster.abort(expired);
      },
    ],
    [
      'checkpoints whose ids were not stored while the leader could not reach the HA service',
      (cluster) => {
        cluster.observe({ kind: 'service-cut', node: 'jm-1', service: 'ha', until: 3_000_000 });
        for (let id = 1; id <= 10; id++) {
          cluster.nowMs += 100;
          cluster.abort(
            { kind: 'id-not-stored', reason: { kind: 'request-failed', reason: { kind: 'disconnected' } } } as never,
            id,
          );
        }
      },
    ],
    [
      'a checkpoint whose id was not answered in time, as the leader stood still longer than that',
      (cluster) => {
        cluster.observe({ kind: 'service-cut', node: 'jm-1', service: 'ha', until: 180_000 });
        cluster.observe({ kind: 'paused', node: 'jm-1', incarnation: 1, until: 5_000_000 });
        cluster.nowMs = 5_000;
        cluster.abort({
          kind: 'id-not-stored',
          reason: { kind: 'request-failed', reason: { kind: 'unanswered' } },
        } as never);
      },
    ],
    [
      'a restart of a task that a later attempt locked out of its sink, though the leader opened the writer before',
      (cluster) => {
        stop(cluster, 'tm-2');
        open(cluster, 'jm-1', 2);
        open(cluster, 'tm-2', 2);
        refuse(cluster, 'tm-1', 1);
        cluster.fail(fenced);
      },
    ],
    [
      'a restart of a task of one TaskManager, as the leader locked out a task of another one',
      (cluster) => {
        stop(cluster, 'tm-2');
        open(cluster, 'jm-1', 2);
        refuse(cluster, 'tm-2', 1);
        cluster.fail(fenced);
      },
    ],
    [
      'a checkpoint that is given up as the job restarts',
      (cluster) => {
        stop(cluster, 'tm-1');
        cluster.fail(lost('tm-1'));
        cluster.abort({ kind: 'job-restarts' });
        cluster.deploy('tm-1', 2);
      },
    ],
    [
      'a checkpoint that is given up as the job ends, or that a later one subsumes',
      (cluster) => {
        cluster.abort({ kind: 'job-ends' });
        cluster.abort({ kind: 'subsumed', by: 2 });
      },
    ],
    [
      'an election when the leader could not reach the HA service',
      (cluster) => {
        cluster.observe({ kind: 'service-cut', node: 'jm-1', service: 'ha', until: 3_000_000 });
        cluster.nowMs = 3_000;
        cluster.lead('jm-2', 2);
      },
    ],
    [
      'an election behind a leader whose process is ended in good order, before it is gone',
      (cluster) => {
        const reason = { kind: 'process-stops', why: 'SIGTERM' } as const;
        cluster.note('jm-1', { kind: 'leadership-lost', epoch: 1, reason, suspended: [] });
        cluster.nowMs = 100;
        cluster.lead('jm-2', 2);
      },
    ],
    [
      'what a deposed leader does that does not know it',
      (cluster) => {
        pause(cluster, 'jm-1', 4_000);
        cluster.lead('jm-2', 2);
        cluster.nowMs = 60_000;
        cluster.fail(lost('tm-1'));
      },
    ],
  ])('%s', (_, happen) => {
    const cluster = new Cluster();
    happen(cluster);
    expect(cluster.judged()).toEqual([]);
  });
});

/** It is gone for good. */
const lose = (cluster: Cluster, address: string): void => {
  cluster.nodes.push({ address, role: 'task-manager', status: 'down', isGone: true, incarnation: 1, state: null });
  stop(cluster, address);
};

describe('has none', () => {
  test.each<[string, string, (cluster: Cluster) => void]>([
    ...['wall-clock', 'clock-drift', 'client-crash'].map((fault): [string, string, (cluster: Cluster) => void] => [
      'needless-restart',
      `a TaskManager is lost behind the fault ${fault}`,
      (cluster) => {
        faultAt(cluster, fault, 'tm-1');
        cluster.fail(lost('tm-1'));
      },
    ]),
    [
      'needless-abort',
      'a checkpoint expires behind the death of a client',
      (cluster) => {
        const client = { address: 'client-1', role: 'client', isGone: false, incarnation: 1, state: null } as const;
        cluster.nodes.push({ ...client, status: 'down' });
        stop(cluster, 'client-1');
        cluster.abort(expired);
      },
    ],
    [
      'needless-restart',
      'a TaskManager is lost, long after it died for good',
      (cluster) => {
        lose(cluster, 'tm-1');
        cluster.nowMs = 2 * heartbeatMs;
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'needless-restart',
      'a TaskManager is lost, and nothing befell it or the leader',
      (cluster) => {
        stop(cluster, 'tm-2');
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'needless-restart',
      'a TaskManager is lost long behind its pause',
      (cluster) => {
        pause(cluster, 'tm-1', 1_000);
        cluster.nowMs = 1_000 + 2 * heartbeatMs;
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'needless-restart',
      'a TaskManager is lost behind a lost barrier',
      (cluster) => {
        faultAt(cluster, 'barrier-loss', 'tm-2>tm-1');
        cluster.fail(lost('tm-1'));
      },
    ],
    [
      'needless-restart',
      'a TaskManager is replaced, and no process ended',
      (cluster) => {
        pause(cluster, 'tm-1', 1_000);
        cluster.fail(replaced);
      },
    ],
    [
      'needless-restart',
      'a restart for another parallelism that nobody wants',
      (cluster) => cluster.restart({ kind: 'job-rescaled' }),
    ],
    [
      'needless-restart',
      'a restart away from a TaskManager that nobody drains',
      (cluster) => {
        cluster.send('client', 'jm-1', 'drain-task-manager', { taskManager: 'tm-1' });
        cluster.restart({ kind: 'task-manager-drained', taskManager: 'tm-2' });
      },
    ],
    [
      'needless-restart',
      'a restart behind fewer failed checkpoints than are tolerable',
      (cluster) => {
        pause(cluster, 'tm-1', 10_000);
        cluster.abort(expired);
        cluster.restart({ kind: 'checkpoints-failed', times: 1, last: expired });
      },
    ],
    [
      'needless-restart',
      'a restart behind more failed checkpoints than there were',
      (cluster) => cluster.restart({ kind: 'checkpoints-failed', times: tolerable + 1, last: expired }),
    ],
    [
      'needless-restart',
      'what no fault leads to',
      (cluster) => {
        stop(cluster, 'tm-1');
        cluster.fail({ kind: 'restore-failed', reason: { kind: 'job-record-missing' } });
      },
    ],
    [
      'needless-restart',
      'one fault costs more than it may',
      (cluster) => {
        pause(cluster, 'tm-1', 600_000);
        for (let times = 0; times < 10; times++) {
          cluster.nowMs += 500;
          cluster.fail(lost('tm-1'));
        }
      },
    ],
    [
      'needless-restart',
      'the leader opens the writer of a task that is at work',
      (cluster) => {
        stop(cluster, 'tm-2');
        open(cluster, 'tm-1', 1);
        open(cluster, 'jm-1', 2);
        refuse(cluster, 'tm-1', 1);
        cluster.fail(fenced);
      },
    ],
    ['needless-restart', 'a TaskManager is lost as it said goodbye, and it did not', (cluster) => cluster.fail(left)],
    ['restart-untold', 'an attempt follows another, and nobody says why', (cluster) => cluster.deploy('tm-1', 2)],
    ['needless-abort', 'a checkpoint expires, and nothing befell anybody', (cluster) => cluster.abort(expired)],
    [
      'needless-abort',
      'a checkpoint expires long behind a fault',
      (cluster) => {
        pause(cluster, 'tm-1', 1_000);
        cluster.nowMs = 20_000;
        cluster.abort(expired);
      },
    ],
    [
      'needless-abort',
      'a checkpoint is given up as the job restarts, which it does not',
      (cluster) => cluster.abort({ kind: 'job-restarts' }),
    ],
    [
      'needless-abort',
      'an id was not stored, and every request was answered',
      (cluster) => {
        stop(cluster, 'tm-1');
        cluster.abort({
          kind: 'id-not-stored',
          reason: { kind: 'request-failed', reason: { kind: 'disconnected' } },
        } as never);
      },
    ],
    [
      'needless-abort',
      'the write of an id was refused to a leader that had stood still, and every request was answered',
      (cluster) => {
        cluster.observe({ kind: 'paused', node: 'jm-1', incarnation: 1, until: 5_000_000 });
        cluster.nowMs = 5_000;
        cluster.abort({
          kind: 'id-not-stored',
          reason: { kind: 'request-failed', reason: { kind: 'disconnected' } },
        } as never);
      },
    ],
    [
      'needless-election',
      'somebody takes the lead while a TaskManager is down',
      (cluster) => {
        stop(cluster, 'tm-1');
        cluster.lead('jm-2', 2);
      },
    ],
  ])('%s: %s', (rule, _, happen) => {
    const cluster = new Cluster();
    happen(cluster);
    expect(cluster.judged()).toEqual([rule]);
  });

  test('the sentence says what happened, the evidence what befell whom', () => {
    const cluster = new Cluster();
    stop(cluster, 'tm-2');
    cluster.nowMs = 700;
    cluster.fail(lost('tm-1'));
    cluster.finish();
    expect(cluster.sentences).toEqual([
      'job-1 restarts: 1/0#1: tm-1 is lost: its connection broke, and each new one to it did, without a cause | after 700 ms | ' +
        'nothing befell tm-1 or jm-1 within 3557 ms before that | tm-2 stopped (crash), at 0 ms and lasts',
    ]);
  });
});
