// Tumbling windows: when they fire, in which order, and what comes too late.

import { describe, expect, test } from 'vitest';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import { UserCodeError } from '../../../src/core/operators/user-code-error.ts';
import { windowStart } from '../../../src/core/operators/kinds/window.ts';
import { harness, jobOf, type Harness } from './chain-fixture.ts';

/** Sums by key and window, of 10 ms if nothing else is said: `[key, start, end, sum, timestamp in the context]`. */
function sums(sizeMs = 10): Harness {
  return harness(
    jobOf(
      (rows) =>
        rows
          .keyBy((row) => row.key)
          .window('sums', tumblingEventTime(sizeMs))
          .aggregate({
            create: () => 0,
            add: (sum, row) => sum + row.amount,
            result: (sum, { key, window, timestamp }) => [key, window.start, window.end, sum, timestamp],
          }) as never,
    ),
  );
}

test.each([
  [0, 10, 0],
  [9, 10, 0],
  [10, 10, 10],
  [-1, 10, -10],
  [-10, 10, -10],
  [-0, 10, 0],
  [86_400_000 + 5, 86_400_000, 86_400_000],
])('time %d in windows of %d begins at %d', (timestamp, size, start) => {
  expect(windowStart(timestamp, size)).toBe(start);
});

test.each([
  ['never ends', Number.MAX_SAFE_INTEGER],
  ['begins before all time', Number.MIN_SAFE_INTEGER + 1],
])('a record whose window %s is refused, not kept for ever', (_, timestamp) => {
  const run = sums(1_000);
  expect(() => run.send({ key: 'a', amount: 1 }, timestamp)).toThrow(UserCodeError);
});

describe('firing', () => {
  test('a window fires when the watermark reaches its end - 1, with that timestamp', () => {
    const run = sums();
    run.send({ key: 'a', amount: 1 }, 3);
    run.send({ key: 'a', amount: 2 }, 9);
    run.advance(8);
    expect(run.take()).toEqual([]);
    run.advance(9);
    expect(run.take()).toEqual([{ value: ['a', 0, 10, 3, 9], timestamp: 9 }]);
    run.advance(1_000);
    expect(run.take()).toEqual([]);
  });

  test('windows fire by time and then by key, whatever the order of the records', () => {
    const run = sums();
    for (const [key, time] of [
      ['b', 25],
      ['a', 25],
      [true, 5],
      ['B', 5],
      [10, 5],
      [9, 5],
      ['b', 5],
      [false, 5],
      ['', 15],
    ] as const) {
      run.send({ key, amount: 1 }, time);
    }
    run.advance(29);
    const order = run.values().map((value) => (value as unknown[]).slice(0, 2));
    expect(order).toEqual([
      [false, 0],
      [true, 0],
      [9, 0],
      [10, 0],
      ['B', 0],
      ['b', 0],
      ['', 10],
      ['a', 20],
      ['b', 20],
    ]);
  });

  test('several windows of one key are open at once', () => {
    const run = sums();
    for (const time of [25, 5, 15, 6, 26]) run.send({ key: 'k', amount: time }, time);
    run.advance(19);
    run.advance(29);
    expect(run.values()).toEqual([
      ['k', 0, 10, 11, 9],
      ['k', 10, 20, 15, 19],
      ['k', 20, 30, 51, 29],
    ]);
  });

  test('at most as many fire in one step as asked for, and the watermark rises with the last one', () => {
    const run = sums();
    for (let key = 0; key < 7; key++) run.send({ key, amount: 1 }, 0);
    expect(run.advance(9, 3)).toBe(3);
    expect(run.take()).toHaveLength(7);
    expect(run.chain.watermark).toBe(9);
  });
});

describe('an asynchronous function is refused', () => {
  const right = { create: () => 0, add: (sum: number) => sum, result: (sum: number) => sum };
  test.each([
    ['create', 'create "sums" gave a promise, expected an accumulator'],
    ['add', 'add "sums" gave a promise, expected an accumulator'],
    ['result', 'result "sums" gave a promise, expected a record'],
  ] as const)('%s', (name, sentence) => {
    const aggregate = { ...right, [name]: async () => 0 } as never;
    const run = harness(
      jobOf(
        (rows) =>
          rows
            .keyBy((row) => row.key)
            .window('sums', tumblingEventTime(10))
            .aggregate(aggregate) as never,
      ),
    );
    expect(() => {
      run.send({ key: 'a', amount: 1 }, 5);
      run.advance(100);
    }).toThrow(sentence);
  });
});

describe('late records', () => {
  test.each([
    [8, 0],
    [9, 1],
    [500, 1],
  ])('with the watermark at %d, a record at 5 is dropped %d times', (watermark, dropped) => {
    const run = sums();
    run.advance(watermark);
    run.send({ key: 'a', amount: 1 }, 5);
    expect(run.chain.lateRecordsDropped).toBe(dropped);
    run.advance(1_000);
    expect(run.take()).toHaveLength(1 - dropped);
  });

  test('a record behind the watermark whose window is still open is taken', () => {
    const run = sums();
    run.advance(7);
    run.send({ key: 'a', amount: 4 }, 2);
    run.advance(9);
    expect(run.values()).toEqual([['a', 0, 10, 4, 9]]);
  });
});

test('keys that look alike are different keys', () => {
  const run = sums();
  for (const key of [1, '1', true, 'true', 0, -0]) run.send({ key, amount: 1 }, 0);
  run.advance(9);
  expect(run.values().map((value) => (value as unknown[])[0])).toEqual([true, 0, 1, '1', 'true']);
});

test('a record without a timestamp fails with the name of the operator', () => {
  const run = sums();
  expect(() => run.send({ key: 'a', amount: 1 }, Number.MIN_SAFE_INTEGER)).toThrow(UserCodeError);
  expect(() => run.send({ key: 'a', amount: 1 }, Number.MIN_SAFE_INTEGER)).toThrow(
    /^operator "sums" got a record without a timestamp/,
  );
});

test('nothing is left of a window that fired', () => {
  const run = sums();
  for (let key = 0; key < 50; key++) run.send({ key, amount: 1 }, key);
  run.advance(100);
  expect(run.chain.keyed!.state.groups.every((group) => group === null)).toBe(true);
  expect(run.chain.keyed!.state.timers).toEqual({ times: [], keys: [], stale: 0 });
});
