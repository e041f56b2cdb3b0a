// Calls that wait for long: told with operator, record and time, again after twice as long, and anew for another call.
import { expect, test } from 'vitest';
import { LongCalls } from '../../../src/cli/process/long-calls.ts';
import { addCall, createCalls, nextCall, onAnswered, takeReady } from '../../../src/core/operators/calls.ts';
import type { TaskState } from '../../../src/core/task/state.ts';

const operator = { id: 'price', kind: 'map-async', parallelism: 1, order: 'ordered', capacity: 5, timeoutMs: 0 };
const calls = createCalls(operator as never, { subtask: 0, parallelism: 1, maxParallelism: 128 });
const task = {
  number: 3,
  status: 'RUNNING',
  descriptor: { attempt: { jobId: 'job-1', vertex: 1, subtask: 2, attempt: 1 } },
  chain: { calls },
} as unknown as TaskState;
const other = { ...task, number: 4, chain: {} } as unknown as TaskState;

test('a call that waits for long', () => {
  const long = new LongCalls();
  const at = (seconds: number): readonly string[] => long.look([task, other], 1_000 * seconds);
  const sentence = (seconds: number, record: string): string =>
    `job job-1: mapAsync "price", subtask 2, waits for 2 of 5 calls, the oldest for ${seconds} s, for the record ${record}`;
  for (const item of ['mill', 'weir', 'race']) addCall(calls, { item }, 0);
  const [first] = [nextCall(calls, 1_000), nextCall(calls, 9_000)];
  expect(at(30)).toEqual([]);
  expect(at(31)).toEqual([sentence(30, '{"item":"mill"}')]);
  expect(at(60)).toEqual([]);
  expect(at(61)).toEqual([sentence(60, '{"item":"mill"}')]);
  onAnswered(calls, first, 'found');
  takeReady(calls, 1);
  nextCall(calls, 60_000);
  expect(at(62)).toEqual([sentence(53, '{"item":"weir"}')]);
});
