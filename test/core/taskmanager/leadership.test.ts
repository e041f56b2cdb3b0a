// Whom a TaskManager follows, whom it ignores, and what it lets go of when its leader changes or falls silent.
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { describe, expect, test } from 'vitest';
import { attemptId, JOB, Lab } from './fixture.ts';
import { copy, rows } from './jobs.ts';

function running(): Lab {
  const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
  lab.register();
  lab.deployAll();
  lab.reports();
  lab.sent = [];
  return lab;
}

describe('registration', () => {
  test('begins when there is a leader, and is repeated until it is answered', () => {
    const lab = new Lab();
    lab.pass(5_000, true);
    expect(lab.sent).toEqual([]);
    lab.announceLeader();
    lab.pass(lab.options.registrationRetryMs, true);
    expect(lab.take('register-task-manager')).toEqual([
      { epoch: 1, incarnation: lab.incarnation, slots: 2, death: null },
      { epoch: 1, incarnation: lab.incarnation, slots: 2, death: null },
    ]);
    lab.lead('task-manager-registered', {});
    lab.pass(1_000);
    expect(lab.take('register-task-manager')).toEqual([]);
  });

  test('goes on after a refusal', () => {
    const lab = new Lab();
    lab.announceLeader();
    lab.lead('registration-refused', { reason: { kind: 'newer-incarnation', taskManager: 'tm-1', incarnation: 9 } });
    lab.take('register-task-manager');
    lab.pass(lab.options.registrationRetryMs, true);
    expect(lab.take('register-task-manager').length).toBe(1);
  });

  test('a watch that fails is begun again', () => {
    const lab = new Lab();
    lab.fail('ha-watch', 'unknown');
    expect(lab.waiting('ha-watch')).toEqual([]);
    lab.pass(lab.options.requestRetryMs, true);
    expect(lab.waiting('ha-watch')).toEqual([{ kind: 'ha-watch', key: 'leader', afterRevision: 0 }]);
    lab.announceLeader(4);
    expect(lab.waiting('ha-watch')).toEqual([{ kind: 'ha-watch', key: 'leader', afterRevision: 4 }]);
  });

  test('a leader key that cannot be read changes nothing', () => {
    const lab = new Lab();
    const entry = { key: 'leader', value: new Uint8Array([1, 2, 3]), revision: 3 };
    lab.answer('ha-watch', { kind: 'ha-changed', entry, revision: 3 });
    expect(lab.state.watch.leader).toBe(null);
    lab.answer('ha-watch', { kind: 'ha-changed', entry: null, revision: 4 });
    expect(lab.waiting('ha-watch').length).toBe(1);
  });
});

describe('fencing', () => {
  test.each([
    ['an older epoch', { epoch: 0 }, 'stale epoch 0, the leader has 1'],
    ['a newer epoch', { epoch: 2 }, 'epoch 2 is not known yet, the leader has 1'],
    ['another incarnation', { incarnation: 6 }, 'meant for incarnation 6, this is 7'],
  ])('ignores a message of %s', (_, other, reason) => {
    const lab = running();
    const body = { epoch: 1, incarnation: lab.incarnation, allocations: [], finalCheckpoints: [], ...other };
    lab.deliver('jm-1', 'heartbeat', body);
    lab.deliver('jm-1', 'cancel-task', { ...body, attempt: attemptId(0), finish: false });
    expect(lab.sent).toEqual([]);
    expect(lab.traces.slice(-2)).toEqual([
      `ignored heartbeat from jm-1: ${reason}`,
      `ignored cancel-task from jm-1: ${reason}`,
    ]);
  });

  test('ignores a leader that it is not registered with', () => {
    const lab = new Lab();
    lab.announceLeader();
    lab.lead('request-slot', { slotIndex: 0, allocationId: 'a', jobId: JOB });
    expect(lab.traces.at(-1)).toBe('ignored request-slot from jm-1: not registered');
  });

  test('ignores what is not for a TaskManager', () => {
    const lab = running();
    lab.deliver('x', 'request-job-status', { jobId: JOB });
    lab.lead('slot-freed', { slotIndex: 0, allocationId: 'a' });
    expect(lab.traces.slice(-2)).toEqual([
      'ignored request-job-status from x: not for a TaskManager',
      'ignored slot-freed from jm-1: not for a TaskManager',
    ]);
  });
});

describe('a leader', () => {
  test('that falls silent loses tasks and slots, and is asked again', () => {
    const lab = running();
    lab.pass(lab.options.heartbeatTimeoutMs - 1, true);
    expect(lab.reports()).toEqual([]);
    lab.pass(1, true);
    const reason = `no sign of the leader for ${lab.options.heartbeatTimeoutMs} ms`;
    expect(lab.reports()).toEqual([`0/0#1 FAILED: ${reason}`, `1/0#1 FAILED: ${reason}`]);
    expect(lab.state.tasks).toEqual([]);
    expect(lab.state.slots.map((slot) => slot.state)).toEqual(['FREE', 'FREE']);
    expect(lab.take('register-task-manager').length).toBe(1);
    lab.lead('task-manager-registered', {});
    lab.heartbeat();
    expect(
      lab
        .take('heartbeat-answer')
        .at(-1)!
        .tasks.map((task) => task.state),
    ).toEqual(['FAILED', 'FAILED']);
  });

  test('gives a sign of life with any message', () => {
    const lab = running();
    for (let times = 0; times < 5; times++) {
      lab.pass(lab.options.heartbeatTimeoutMs - 1, true);
      lab.lead('notify-checkpoint-complete', { attempt: attemptId(0), checkpointId: 1, final: false });
    }
    expect(lab.state.tasks.length).toBe(2);
  });

  test('gives none with a message of an older epoch', () => {
    const lab = running();
    lab.pass(lab.options.heartbeatTimeoutMs - 1, true);
    lab.deliver('jm-1', 'heartbeat', { epoch: 0, incarnation: lab.incarnation, allocations: [], finalCheckpoints: [] });
    lab.pass(1, true);
    expect(lab.state.tasks).toEqual([]);
  });

  test.each([
    ['of a higher epoch', 2, 'jm-2'],
    ['of a higher epoch at the same address', 2, 'jm-1'],
    ['at another address', 1, 'jm-2'],
  ])('%s takes the place of the old one', (_, epoch, address) => {
    const lab = running();
    lab.announceLeader(epoch, address);
    expect(lab.state.tasks).toEqual([]);
    expect(lab.state.records).toEqual([]);
    expect(lab.state.slots.map((slot) => slot.state)).toEqual(['FREE', 'FREE']);
    expect(lab.sent.filter((sent) => sent.kind === 'register-task-manager').map((sent) => sent.to)).toEqual([address]);
  });

  test('of an older epoch, or the same again, changes nothing', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.announceLeader(5);
    lab.lead('task-manager-registered', {});
    lab.deployAll();
    lab.announceLeader(5);
    lab.announceLeader(4, 'jm-0');
    expect(lab.state.tasks.length).toBe(2);
    expect(lab.state.watch.leader).toEqual({ epoch: 5, address: 'jm-1' });
  });
});

describe('checkpoint messages', () => {
  test('a trigger for a task that is not there, not RUNNING, or no source, is declined', () => {
    const lab = running();
    const declined = (vertex: number, attempt: number): readonly string[] => {
      lab.lead('trigger-checkpoint', {
        attempt: attemptId(vertex, 0, attempt),
        checkpointId: 1,
        timestamp: 0,
        drain: false,
      });
      return lab.take('decline-checkpoint').map((decline) => describeReason(decline.reason));
    };
    expect(declined(0, 9)).toEqual(['no such attempt here']);
    expect(declined(1, 1)).toEqual(['the task has inputs: barriers come with them']);
    lab.lead('cancel-task', { attempt: attemptId(0), finish: false });
    expect(declined(0, 1)).toEqual(['the task is CANCELING']);
    lab.run();
    expect(declined(0, 1)).toEqual(['the task is CANCELED']);
  });

  test('a trigger that is not newer, or that its abort overtook, is ignored', () => {
    const lab = running();
    const trigger = (checkpointId: number): void =>
      lab.lead('trigger-checkpoint', { attempt: attemptId(0), checkpointId, timestamp: 0, drain: false });
    lab.lead('abort-checkpoint', { attempt: attemptId(0), checkpointId: 3, latestCompletedId: 0 });
    trigger(2);
    trigger(2);
    trigger(1);
    trigger(3);
    trigger(4);
    lab.run();
    expect(lab.traces.filter((trace) => trace.startsWith('ignored trigger')).length).toBe(3);
    const acks = lab.take('acknowledge-checkpoint').filter((ack) => ack.attempt.vertex === 0);
    expect(acks.map((ack) => ack.checkpointId)).toEqual([2, 4]);
    expect(lab.take('decline-checkpoint')).toEqual([]);
  });

  test('a trigger waits while a snapshot is encoded, and subsumes one that waits', () => {
    const lab = running();
    for (const checkpointId of [2, 4, 5])
      lab.lead('trigger-checkpoint', { attempt: attemptId(0), checkpointId, timestamp: 0, drain: false });
    const declined = lab.take('decline-checkpoint');
    expect(declined.map((decline) => `${decline.checkpointId}: ${describeReason(decline.reason)}`)).toEqual([
      '4: subsumed by checkpoint 5',
    ]);
    lab.run();
    const acks = lab.take('acknowledge-checkpoint').filter((ack) => ack.attempt.vertex === 0);
    expect(acks.map((ack) => ack.checkpointId)).toEqual([2, 5]);
  });

  test('a confirmation or an abort for nobody is ignored', () => {
    const lab = running();
    lab.lead('notify-checkpoint-complete', { attempt: attemptId(0, 0, 9), checkpointId: 1, final: true });
    lab.lead('abort-checkpoint', { attempt: attemptId(7), checkpointId: 1, latestCompletedId: 0 });
    expect(lab.traces.slice(-2)).toEqual([
      'ignored notify-checkpoint-complete from jm-1: no such attempt here',
      'ignored abort-checkpoint from jm-1: no such attempt here',
    ]);
    expect(lab.state.tasks.length).toBe(2);
  });
});
