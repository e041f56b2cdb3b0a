// What a TaskManager says through the HA service of a leader that it cannot reach: one record, written only when it changes.
import { describe, expect, test } from 'vitest';
import type { HaEntry, PortRequest } from '../../../src/core/protocol/ports.ts';
import { decodeUnreached, encodeUnreached } from '../../../src/core/protocol/records-codec.ts';
import { UNSURE } from '../../../src/core/taskmanager/state.ts';
import { Lab } from './fixture.ts';

const KEY = 'unreached/tm-1';

type Write = Extract<PortRequest, { kind: 'ha-write' }>;

function registered(): Lab {
  const lab = new Lab();
  lab.holding.add('ha-write');
  lab.register();
  lab.sent = [];
  return lab;
}

/** It was registered, and heard nothing until it said so. */
function cutOff(): Lab {
  const lab = registered();
  lab.pass(lab.options.heartbeatTimeoutMs + lab.options.requestRetryMs, true);
  return lab;
}

const writes = (lab: Lab): readonly Write[] => lab.waiting('ha-write') as readonly Write[];

/** What each write that waits says, and on which conditions. */
const told = (lab: Lab): readonly (readonly [number | null, number | null, number | null])[] =>
  writes(lab).map(({ value, ifRevision, ifEpoch }) => [value === null ? null : epochIn(value), ifRevision, ifEpoch]);

function epochIn(value: Uint8Array): number {
  const record = decodeUnreached(value);
  if (!record.ok) throw new Error(record.reason);
  return record.value.epoch;
}

const entry = (epoch: number, revision: number): HaEntry => ({ key: KEY, value: encodeUnreached({ epoch }), revision });

describe('a leader that is reached', () => {
  test('is not spoken of', () => {
    const lab = registered();
    lab.pass(60_000);
    expect(writes(lab)).toEqual([]);
  });

  test('and changes is not spoken of either', () => {
    const lab = registered();
    for (let epoch = 2; epoch < 6; epoch++) {
      lab.announceLeader(epoch, `jm-${epoch}`);
      lab.pass(lab.options.heartbeatTimeoutMs - 1, true);
      lab.lead('task-manager-registered', {});
    }
    lab.pass(10_000);
    expect(writes(lab)).toEqual([]);
  });

  test('but refuses the registration is not spoken of', () => {
    const lab = new Lab();
    lab.holding.add('ha-write');
    lab.announceLeader();
    for (let times = 0; times < 20; times++) {
      lab.lead('registration-refused', { reason: { kind: 'newer-incarnation', taskManager: 'tm-1', incarnation: 9 } });
      lab.pass(lab.options.heartbeatTimeoutMs - 1, true);
    }
    expect(writes(lab)).toEqual([]);
  });
});

describe('a leader that cannot be reached', () => {
  test('is told of when it was silent, and then did not answer a registration', () => {
    const lab = registered();
    lab.pass(lab.options.heartbeatTimeoutMs + lab.options.requestRetryMs - 1, true);
    expect(writes(lab)).toEqual([]);
    lab.pass(1, true);
    expect(writes(lab).map(({ key }) => key)).toEqual([KEY]);
    expect(told(lab)).toEqual([[1, 0, 1]]);
    expect(lab.traces).toContain('jm-1, the leader of epoch 1, cannot be reached');
  });

  test('is told of when it is new, and no registration was answered for as long as silence takes', () => {
    const lab = registered();
    lab.announceLeader(2, 'jm-2');
    lab.pass(lab.options.heartbeatTimeoutMs - 1, true);
    expect(writes(lab)).toEqual([]);
    lab.pass(1, true);
    expect(told(lab)).toEqual([[2, 0, 2]]);
  });

  test('is told of once, however long that lasts', () => {
    const lab = cutOff();
    lab.answer('ha-write', { kind: 'ha-written', revision: 5 });
    lab.pass(60_000, true);
    expect(writes(lab)).toEqual([]);
  });

  test('is not told of by a process that only stood still, and is answered at once', () => {
    const lab = registered();
    lab.pass(lab.options.heartbeatTimeoutMs, true);
    lab.lead('task-manager-registered', {});
    lab.pass(10_000);
    expect(writes(lab)).toEqual([]);
  });
});

describe('the record', () => {
  test('is deleted when the leader is reached again, and written when it is lost again', () => {
    const lab = cutOff();
    lab.answer('ha-write', { kind: 'ha-written', revision: 5 });
    lab.lead('task-manager-registered', {});
    expect(told(lab)).toEqual([[null, 5, null]]);
    expect(lab.traces).toContain('jm-1, the leader of epoch 1, can be reached again');
    lab.answer('ha-write', { kind: 'ha-written', revision: 6 });
    lab.pass(lab.options.heartbeatTimeoutMs + lab.options.requestRetryMs, true);
    expect(told(lab)).toEqual([[1, 0, 1]]);
  });

  test('stays as it is when the leader changes, until it is known whether the new one can be reached', () => {
    const lab = cutOff();
    lab.answer('ha-write', { kind: 'ha-written', revision: 5 });
    lab.announceLeader(2, 'jm-2');
    expect(writes(lab)).toEqual([]);
    lab.pass(lab.options.heartbeatTimeoutMs, true);
    expect(told(lab)).toEqual([[2, 5, 2]]);
  });

  test('is deleted when a later leader is reached', () => {
    const lab = cutOff();
    lab.answer('ha-write', { kind: 'ha-written', revision: 5 });
    lab.announceLeader(2, 'jm-2');
    lab.lead('task-manager-registered', {});
    expect(told(lab)).toEqual([[null, 5, null]]);
  });

  test('that a new leader deleted first is not deleted again', () => {
    const lab = cutOff();
    lab.answer('ha-write', { kind: 'ha-written', revision: 5 });
    lab.announceLeader(2, 'jm-2');
    lab.lead('task-manager-registered', {});
    lab.answer('ha-write', { kind: 'ha-conflict', entry: null, epoch: 2 });
    lab.pass(10_000);
    expect(writes(lab)).toEqual([]);
  });

  test('waits for the write before it', () => {
    const lab = cutOff();
    lab.lead('task-manager-registered', {});
    expect(writes(lab)).toHaveLength(1);
    lab.answer('ha-write', { kind: 'ha-written', revision: 5 });
    expect(told(lab)).toEqual([[null, 5, null]]);
  });

  test.each(['not-applied', 'unknown'] as const)('is written again after an outcome that is %s', (outcome) => {
    const lab = cutOff();
    lab.fail('ha-write', outcome);
    expect(writes(lab)).toEqual([]);
    lab.pass(lab.options.requestRetryMs, true);
    expect(told(lab)).toEqual([[1, 0, 1]]);
  });

  test('of a write of unknown outcome, which landed, is found by the next one', () => {
    const lab = cutOff();
    lab.fail('ha-write', 'unknown');
    lab.lead('task-manager-registered', {});
    lab.pass(lab.options.requestRetryMs);
    expect(told(lab)).toEqual([[null, 0, null]]);
    lab.answer('ha-write', { kind: 'ha-conflict', entry: entry(1, 5), epoch: 1 });
    lab.pass(lab.options.requestRetryMs);
    expect(told(lab)).toEqual([[null, 5, null]]);
  });

  test('of the process before it is taken over when it says the same', () => {
    const lab = cutOff();
    lab.answer('ha-write', { kind: 'ha-conflict', entry: entry(1, 5), epoch: 1 });
    lab.pass(10_000, true);
    expect(writes(lab)).toEqual([]);
    expect(lab.state.unreached).toMatchObject({ stored: 1, revision: 5 });
  });

  test('that cannot be read is written over', () => {
    const lab = cutOff();
    const unreadable = { key: KEY, value: new Uint8Array([1]), revision: 5 };
    lab.answer('ha-write', { kind: 'ha-conflict', entry: unreadable, epoch: 1 });
    expect(lab.state.unreached.stored).toBe(UNSURE);
    lab.pass(lab.options.requestRetryMs, true);
    expect(told(lab)).toEqual([[1, 5, 1]]);
  });
});
