// The text form is read as it is written by core: a change of one without the other shows here.
import { expect, test } from 'vitest';
import { describeEffect, describeInput } from '../../../src/core/protocol/describe.ts';
import { notesOf, readEffect, readInput } from '../../../reports/trace/step-texts.ts';

const clocks = { now: 1, wallTime: 2 };
const envelope = { from: 'jm-1', to: 'tm-1', streamClass: 'control' as const };
const attempt = { jobId: 'job-1', vertex: 1, subtask: 0, attempt: 2 };
const body = { epoch: 1, incarnation: 1, attempt, state: 'FAILED' as const, reason: 'sent 3 to nowhere from here' };

test('inputs', () => {
  const message = { ...envelope, kind: 'task-state-changed', body };
  const read = (input: unknown) => readInput(describeInput(input as never));
  expect(read({ kind: 'message', ...clocks, message })).toEqual({
    kind: 'message',
    from: 'jm-1',
    text: 'task-state-changed 1/0#2 FAILED: sent 3 to nowhere from here',
  });
  expect(read({ kind: 'completed', ...clocks, request: 5, answer: { kind: 'stored' } })).toEqual({
    kind: 'answer',
    id: 5,
    text: 'stored',
  });
  for (const input of [
    { kind: 'wake' },
    { kind: 'work' },
    { kind: 'start', incarnation: 3 },
    { kind: 'connection-lost', streamClass: 'data', peer: 'tm-2' },
  ])
    expect(read({ ...input, ...clocks }).kind).toBe('other');
});

test('effects', () => {
  const read = (effect: unknown) => readEffect(describeEffect(effect as never));
  expect(read({ effect: 'send', ...envelope, kind: 'task-state-changed', body })).toEqual({
    kind: 'send',
    to: 'tm-1',
    text: 'task-state-changed 1/0#2 FAILED: sent 3 to nowhere from here',
  });
  expect(read({ effect: 'request', id: 9, request: { kind: 'ha-renew', epoch: 4 } })).toEqual({
    kind: 'request',
    id: 9,
    text: 'ha-renew epoch=4',
  });
  expect(read({ effect: 'note', note: { kind: 'leader-elected', epoch: 2 } })).toEqual({
    kind: 'note',
    text: 'leads with epoch 2',
  });
  expect(notesOf({ effects: ['a note', 'send heartbeat nothing to tm-1', 'request 1: ha-lease'] })).toEqual(['a note']);
});
