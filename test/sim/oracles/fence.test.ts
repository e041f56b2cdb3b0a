// O-fence: effects of those who should have none.
import { describe, expect, test } from 'vitest';
import { NO_TIMESTAMP } from '../../../src/core/graph/batch.ts';
import { checkpointsKey, counterKey, LEADER_KEY, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import { encodeCheckpoints, encodeCounter, encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { fenceOracle } from '../../../src/sim/oracles/fence.ts';
import { History, message } from './history.ts';
import { attemptOf, contextOf, counting, deployment, JOB } from './small-job.ts';

const context = contextOf(counting);
const { leaseMs, heartbeatTimeoutMs } = context.options;
const counter = encodeCounter({ lastCheckpointId: 1 });

function historyOf(): History {
  return new History(fenceOracle(context));
}

describe('the HA service', () => {
  test('passes: a write of each leader in its epoch, and one of a dead incarnation before its successor is elected', () => {
    const history = historyOf();
    history.lead('jm-1', 1);
    history.writeHa('jm-1', counterKey(JOB), counter, 1);
    history.writeHa('jm-1', checkpointsKey(JOB), encodeCheckpoints({ completed: [] }), 1);
    history.lead('jm-1', 2, 2);
    history.writeHa('jm-1', counterKey(JOB), counter, 2, 2);
    expect(history.sentences).toEqual([]);
  });

  test('passes: who deletes, or writes what is written once, need not know the revision', () => {
    const history = historyOf();
    history.lead('jm-1', 1);
    history.writeHa('jm-1', counterKey(JOB), null, 1, 1, null);
    history.writeHa('jm-1', resultKey(JOB), new Uint8Array(1), 1, 1, null);
    expect(history.sentences).toEqual([]);
  });

  test.each([
    ['the counter', counterKey(JOB), null, 3, 'revision 3 and any epoch'],
    ['the result', resultKey(JOB), null, null, 'any revision and any epoch'],
    ['the counter', counterKey(JOB), 1, null, 'any revision and epoch 1'],
    ['the pointers', checkpointsKey(JOB), 1, null, 'any revision and epoch 1'],
  ])('%s are written without a condition that a later write ends', (_, key, ifEpoch, ifRevision, conditions) => {
    const history = historyOf();
    history.lead('jm-1', 1);
    history.writeHa('jm-1', key, counter, ifEpoch, 1, ifRevision);
    expect(history.sentences).toEqual([
      `${key} was written whatever had become of it | ${key} by jm-1#1, on condition of ${conditions}`,
    ]);
  });

  test('a write on condition of an old epoch takes effect', () => {
    const history = historyOf();
    history.lead('jm-1', 1);
    history.lead('jm-2', 2);
    history.writeHa('jm-1', counterKey(JOB), counter, 1);
    expect(history.sentences[0]).toContain('a write of epoch 1 took effect in epoch 2');
  });

  test('two JobManagers write in one epoch', () => {
    const history = historyOf();
    history.lead('jm-1', 1);
    history.writeHa('jm-1', counterKey(JOB), counter, 1);
    history.writeHa('jm-2', counterKey(JOB), counter, 1);
    expect(history.sentences[0]).toContain('two JobManagers write in epoch 1: jm-1#1 and jm-2#1');
  });

  test.each([[2], [1]])('epoch %i follows epoch 2', (epoch) => {
    const history = historyOf();
    history.lead('jm-1', 2);
    history.lead('jm-2', epoch);
    expect(history.sentences[0]).toContain(`epoch ${epoch} follows epoch 2`);
  });

  const resign = (history: ReturnType<typeof historyOf>, epoch: number): void =>
    history.writeHa('jm-1', LEADER_KEY, encodeLeader({ epoch, address: 'jm-1', resigned: true }), epoch);

  test('passes: a leader says in its own epoch that it resigned', () => {
    const history = historyOf();
    history.lead('jm-1', 1);
    resign(history, 1);
    history.lead('jm-2', 2);
    expect(history.sentences).toEqual([]);
  });

  test('a resignation takes effect when somebody else leads', () => {
    const history = historyOf();
    history.lead('jm-1', 1);
    history.lead('jm-2', 2);
    resign(history, 1);
    expect(history.sentences[0]).toContain('epoch 1 follows epoch 2');
  });

  test('the leader key is deleted', () => {
    const history = historyOf();
    history.lead('jm-1', 1);
    history.writeHa('jm-1', LEADER_KEY, null, null);
    expect(history.sentences[0]).toContain('does not name a leader any more');
  });
});

describe('sinks', () => {
  const writer = (epoch: number, attempt: number) => ({
    sink: 'counts',
    writer: `${JOB}/out/0`,
    token: { epoch, attempt },
  });

  test('passes: tokens that rise, epochs before attempts', () => {
    const history = historyOf();
    for (const [epoch, attempt] of [
      [1, 1],
      [1, 1],
      [1, 3],
      [2, 1],
    ] as const)
      history.prepare('tm-1', writer(epoch, attempt), 't', []);
    expect(history.sentences).toEqual([]);
  });

  test.each([
    ['an older attempt', 1, 2],
    ['an older epoch with a higher attempt', 0, 9],
  ])('%s has an effect', (_, epoch, attempt) => {
    const history = historyOf();
    history.openSink('tm-1', writer(1, 3), []);
    history.commit('tm-2', writer(epoch, attempt), 't');
    expect(history.sentences[0]).toBe(
      `a fenced attempt had an effect on sink counts as job-1/out/0 | sink-commit with epoch ${epoch}, attempt ${attempt} | after epoch 1, attempt 3`,
    );
  });
});

describe('who must have stopped', () => {
  const trigger = (epoch: number) => ({
    epoch,
    incarnation: 1,
    attempt: attemptOf(0, 0, 1),
    checkpointId: 1,
    timestamp: 0,
    drain: false,
  });
  const channel = { jobId: JOB, epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 0, consumerAttempt: 1 };
  const frame = { channel, sequence: 1, elements: [{ kind: 'watermark', timestamp: NO_TIMESTAMP }] } as const;
  const noTasks = { epoch: 1, incarnation: 1, allocations: [], finalCheckpoints: [] };

  function leading(): History {
    const history = historyOf();
    const request = {
      kind: 'ha-write',
      key: LEADER_KEY,
      value: encodeLeader({ epoch: 1, address: 'jm-1', resigned: false }),
      ifRevision: 0,
      ifEpoch: null,
    } as const;
    history.request('jm-1', 1, request);
    history.completed('jm-1', 1, { kind: 'ha-written', revision: 1 });
    return history;
  }

  /** A TaskManager that registered in epoch 1, and has heard of its leader. */
  function registered(): History {
    const history = historyOf();
    history.send('tm-1', 'jm-1', 'register-task-manager', { epoch: 1, incarnation: 1, slots: 1, death: null });
    history.deliver('jm-1', 'tm-1', 'heartbeat', noTasks);
    return history;
  }

  test('passes: a leader within its lease, renewed or not', () => {
    const history = leading();
    history.nowMs = leaseMs - 500;
    history.request('jm-1', 2, { kind: 'ha-renew', epoch: 1 });
    history.nowMs = leaseMs;
    history.send('jm-1', 'tm-1', 'trigger-checkpoint', trigger(1));
    history.completed('jm-1', 2, { kind: 'ha-renewed', epoch: 1 });
    history.nowMs = 2 * leaseMs - 500;
    history.send('jm-1', 'tm-1', 'trigger-checkpoint', trigger(1));
    expect(history.sentences).toEqual([]);
  });

  test('a leader acts after its lease: it counts from the sending, not from the answer', () => {
    const history = leading();
    history.request('jm-1', 2, { kind: 'ha-renew', epoch: 1 });
    history.nowMs = 500;
    history.completed('jm-1', 2, { kind: 'ha-renewed', epoch: 1 });
    history.nowMs = leaseMs + 100;
    history.send('jm-1', 'tm-1', 'trigger-checkpoint', trigger(1));
    expect(history.sentences).toEqual([
      'jm-1 acts as leader 100 ms after its lease ended | trigger-checkpoint to tm-1',
    ]);
  });

  test.each([
    ['counts: a campaign of unknown outcome made it leader', 'ha-write', []],
    [
      'does not count: a renewal failed, and it acts after its lease',
      'ha-renew',
      ['jm-1 acts as leader 100 ms after its lease ended | trigger-checkpoint to tm-1'],
    ],
  ] as const)('what failed %s', (_, kind, sentences) => {
    const history = leading();
    history.nowMs = 500;
    const renewal = { kind: 'ha-renew', epoch: 1 } as const;
    const campaign = { kind: 'ha-write', key: LEADER_KEY, value: null, ifRevision: 1, ifEpoch: null } as const;
    history.request('jm-1', 2, kind === 'ha-renew' ? renewal : campaign);
    history.completed('jm-1', 2, { kind: 'failed', outcome: 'unknown', reason: { kind: 'disconnected' } });
    history.nowMs = leaseMs + 100;
    history.send('jm-1', 'tm-1', 'trigger-checkpoint', trigger(1));
    expect(history.sentences).toEqual(sentences);
  });

  test('a process goes back to an older epoch', () => {
    const history = historyOf();
    history.send(
      'jm-1',
      'tm-1',
      'deploy-task',
      deployment(context, { epoch: 2, attempt: 1 }, 0, 0, () => null),
    );
    history.send('jm-1', 'tm-1', 'trigger-checkpoint', trigger(1));
    expect(history.sentences[0]).toBe('jm-1 acts in epoch 1 after it was in epoch 2 | trigger-checkpoint to tm-1');
  });

  test.each<[string, 'cancel-task' | 'register-task-manager', boolean]>([
    ['acts on a message of an older epoch', 'cancel-task', false],
    ['answers whoever introduces itself', 'register-task-manager', true],
  ])('a process %s', (_, kind, passes) => {
    const history = historyOf();
    history.send('tm-1', 'jm-2', 'heartbeat-answer', { epoch: 2, incarnation: 1, slots: [], tasks: [] });
    const body = { epoch: 1, incarnation: 1, attempt: attemptOf(0, 0, 1), finish: false, slots: 1 };
    const answer = message('tm-1', 'jm-2', 'task-state-changed', {
      ...body,
      epoch: 2,
      state: 'CANCELING',
      reason: null,
    });
    history.step('tm-1', [], message('jm-1', 'tm-1', kind, body));
    expect(history.sentences).toEqual([]);
    history.step('tm-1', [answer], message('jm-1', 'tm-1', kind, body));
    const sentence =
      'tm-1 acts on a message of epoch 1 when it is in epoch 2 | cancel-task from jm-1, answered with task-state-changed';
    expect(history.sentences).toEqual(passes ? [] : [sentence]);
  });

  test('a TaskManager acts on what its last incarnation was told', () => {
    const history = historyOf();
    const cancel = message('jm-1', 'tm-1', 'cancel-task', {
      epoch: 1,
      incarnation: 1,
      attempt: attemptOf(0, 0, 1),
      finish: false,
    });
    const answer = message('tm-1', 'jm-1', 'heartbeat-answer', { epoch: 1, incarnation: 2, slots: [], tasks: [] });
    history.step('tm-1', [], cancel, 2);
    history.step('tm-1', [answer], { ...cancel, body: { ...cancel.body, incarnation: 2 } }, 2);
    expect(history.sentences).toEqual([]);
    history.step('tm-1', [answer], cancel, 2);
    expect(history.sentences).toEqual([
      'tm-1 acts on a message for incarnation 1, it is 2 | cancel-task from jm-1, answered with heartbeat-answer',
    ]);
  });

  test('a leader acts on the word of a TaskManager that another incarnation has replaced', () => {
    const history = historyOf();
    const freed = (incarnation: number) =>
      message('tm-1', 'jm-1', 'slot-freed', { epoch: 1, incarnation, slotIndex: 0, allocationId: 'a' });
    const request = message('jm-1', 'tm-1', 'request-slot', {
      epoch: 1,
      incarnation: 2,
      slotIndex: 0,
      allocationId: 'b',
      jobId: JOB,
    });
    history.lead('jm-1', 1);
    history.send('jm-1', 'tm-1', 'task-manager-registered', { epoch: 1, incarnation: 2 });
    history.step('jm-1', [request], freed(2));
    history.step('jm-1', [], freed(1));
    expect(history.sentences).toEqual([]);
    history.step('jm-1', [request], freed(1));
    expect(history.sentences).toEqual([
      'jm-1 acts on a message of incarnation 1 of tm-1, after it registered 2 | slot-freed from tm-1, answered with request-slot',
    ]);
  });

  test('passes: tasks work while their TaskManager hears a leader', () => {
    const history = historyOf();
    for (const now of [0, heartbeatTimeoutMs]) {
      history.nowMs = now;
      history.send('tm-1', 'tm-2', 'channel-elements', frame);
      history.deliver('jm-1', 'tm-1', 'heartbeat', noTasks);
    }
    expect(history.sentences).toEqual([]);
  });

  test.each([
    ['a frame', (history: History) => history.send('tm-1', 'tm-2', 'channel-elements', frame)],
    [
      'a chunk for the sink',
      (history: History) =>
        history.request('tm-1', 9, {
          kind: 'sink-write',
          sink: 'counts',
          writer: 'w',
          token: { epoch: 1, attempt: 1 },
          transaction: 't',
          chunk: 0,
          records: [],
        }),
    ],
  ])('tasks send %s after the leader was silent for too long', (_, act) => {
    const history = registered();
    history.nowMs = heartbeatTimeoutMs + 1;
    act(history);
    expect(history.sentences[0]).toContain('tasks of tm-1 work on 1 ms after it had to fail them: it hears no leader');
  });

  test.each([
    ['counts: its leader speaks', noTasks, true],
    ['does not count: a deposed leader speaks', { ...noTasks, epoch: 0 }, false],
    ['does not count: it was meant for a dead incarnation', { ...noTasks, incarnation: 0 }, false],
  ])('what a TaskManager hears %s', (_, heartbeat, passes) => {
    const history = registered();
    history.nowMs = heartbeatTimeoutMs;
    history.deliver('jm-1', 'tm-1', 'heartbeat', heartbeat);
    history.nowMs = heartbeatTimeoutMs + 1;
    history.send('tm-1', 'tm-2', 'channel-elements', frame);
    expect(history.sentences).toHaveLength(passes ? 0 : 1);
  });

  test('passes: a new incarnation of the same process begins anew', () => {
    const history = historyOf();
    history.deliver('jm-1', 'tm-1', 'heartbeat', { ...noTasks, epoch: 2 });
    history.nowMs = heartbeatTimeoutMs + 1;
    history.step(
      'tm-1',
      [{ effect: 'send', streamClass: 'data', from: 'tm-1', to: 'tm-2', kind: 'channel-elements', body: frame }],
      null,
      2,
    );
    expect(history.sentences).toEqual([]);
  });
});
