// The search for an order: known histories, an exhaustive checker on small ones, and the verdicts of Porcupine on larger ones.
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mixSeed } from '../../../src/sim/seeded-decisions.ts';
import { checkLinearizable } from '../../../src/sim/judges/linear-search.ts';
import { callOf, drawHistory, perform, registers, registersByKey } from './register-histories.ts';
import type { Draw, Operation, RegisterCall, Registers } from './register-histories.ts';

const read: Operation = { do: 'read', key: 'k' };
const write = (value: number): Operation => ({ do: 'write', key: 'k', value });
const cas = (from: number, to: number): Operation => ({ do: 'cas', key: 'k', from, to });

const isLinear = (calls: readonly RegisterCall[]): boolean =>
  checkLinearizable(registers, calls).verdict === 'linearizable';

describe('a history has an order', () => {
  test.each<readonly [string, boolean, readonly RegisterCall[]]>([
    ['nothing', true, []],
    ['one after the other', true, [callOf('a', write(1), null, 0, 1), callOf('b', read, 1, 2, 3)]],
    ['a stale read', false, [callOf('a', write(1), null, 0, 1), callOf('b', read, 0, 2, 3)]],
    ['a read beside a write sees the old', true, [callOf('a', write(1), null, 0, 3), callOf('b', read, 0, 1, 2)]],
    ['a read beside a write sees the new', true, [callOf('a', write(1), null, 0, 3), callOf('b', read, 1, 1, 2)]],
    [
      'new, then old',
      false,
      [callOf('a', write(1), null, 0, 9), callOf('b', read, 1, 1, 2), callOf('c', read, 0, 3, 4)],
    ],
    ['a value from nowhere', false, [callOf('b', read, 7, 1, 2)]],
    ['a write without an answer was done', true, [callOf('a', write(1), '?', 0), callOf('b', read, 1, 5, 6)]],
    ['a write without an answer was not done', true, [callOf('a', write(1), '?', 0), callOf('b', read, 0, 5, 6)]],
    [
      'a write without an answer was done late',
      true,
      [callOf('a', write(1), '?', 0), callOf('b', read, 0, 5, 6), callOf('b', read, 1, 7, 8)],
    ],
    [
      'a write without an answer was done twice',
      false,
      [
        callOf('a', write(1), '?', 0),
        callOf('b', read, 1, 1, 2),
        callOf('b', write(2), null, 3, 4),
        callOf('b', read, 1, 5, 6),
      ],
    ],
    [
      'a write without an answer was done before it began',
      false,
      [callOf('b', read, 1, 0, 1), callOf('a', write(1), '?', 2)],
    ],
    [
      'two swaps of one value both succeed',
      false,
      [callOf('a', cas(0, 1), true, 0, 3), callOf('b', cas(0, 2), true, 1, 2)],
    ],
    ['one of two swaps fails', true, [callOf('a', cas(0, 1), true, 0, 3), callOf('b', cas(0, 2), false, 1, 2)]],
    [
      'a swap without an answer explains one that failed',
      true,
      [callOf('a', cas(0, 1), '?', 0), callOf('b', cas(0, 2), false, 1, 2)],
    ],
    ['a swap fails without a reason', false, [callOf('b', cas(0, 2), false, 1, 2), callOf('a', cas(0, 1), '?', 3)]],
  ])('%s: %s', (_, expected, calls) => {
    expect(isLinear(calls)).toBe(expected);
    expect(isLinear(calls.toReversed())).toBe(expected); // places count, not the order in which they are listed
  });
});

/** Tries every order of every subset of the calls without an answer. */
function bruteForce(left: readonly RegisterCall[], state: Registers): boolean {
  if (left.every(({ returned }) => returned === null)) return true;
  const firstAnswer = Math.min(...left.map(({ returned }) => returned?.at ?? Number.POSITIVE_INFINITY));
  return left.some((call) => {
    if (call.calledAt > firstAnswer) return false;
    const { result, after } = perform(state, call.operation);
    const fits = call.returned === null || call.returned.result === result;
    return (
      fits &&
      bruteForce(
        left.filter((other) => other !== call),
        after,
      )
    );
  });
}

function drawFrom(seed: number): Draw {
  let count = 0;
  return (n) => {
    count += 1;
    return mixSeed(seed, String(count)) % n;
  };
}

test('its verdicts are those of an exhaustive search, and its orders are real ones', () => {
  let violated = 0;
  const shape = { clients: 4, calls: 7, keys: 1, values: 2 };
  for (let seed = 0; seed < 3_000; seed++) {
    const calls = drawHistory(drawFrom(seed), shape, true);
    const { verdict, order, state } = checkLinearizable(registers, calls);
    expect([seed, verdict]).toEqual([seed, bruteForce(calls, {}) ? 'linearizable' : 'violated']);
    if (verdict === 'violated') violated += 1;
    let replayed: Registers = {};
    for (const [index, call] of order.entries()) {
      const performed = perform(replayed, call.operation);
      replayed = performed.after;
      if (call.returned !== null) expect(performed.result).toBe(call.returned.result);
      for (const later of order.slice(index)) expect((later.returned?.at ?? Infinity) > call.calledAt).toBe(true);
    }
    expect(replayed).toEqual(state);
    if (verdict === 'linearizable')
      expect(order.filter(({ returned }) => returned !== null)).toHaveLength(
        calls.filter(({ returned }) => returned !== null).length,
      );
  }
  expect(violated).toBeGreaterThan(500);
  expect(violated).toBeLessThan(2_500);
});

test('a history of a right object always has an order, however it is split', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3 }), (seed, clients, keys) => {
      const calls = drawHistory(drawFrom(seed), { clients, calls: 60, keys, values: 3 }, false);
      expect(isLinear(calls)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('parts give the verdict of the whole: the whole has an order if each part has one', () => {
  for (let seed = 0; seed < 300; seed++) {
    const calls = drawHistory(drawFrom(seed), { clients: 4, calls: 12, keys: 3, values: 2 }, true);
    const parts = [...Map.groupBy(calls, ({ operation }) => registersByKey.partition?.(operation)).values()];
    expect(parts.every((part) => isLinear(part))).toBe(isLinear(calls));
  }
});

test('it says so when it gives up, and what it had found', () => {
  const calls = drawHistory(drawFrom(3), { clients: 6, calls: 40, keys: 1, values: 3 }, false);
  const { verdict, order } = checkLinearizable(registers, calls, 10);
  expect(verdict).toBe('undecided');
  expect(order.length).toBeGreaterThan(0);
});

test('the longest order, its state, and what does not fit behind it', () => {
  const calls = [
    callOf('a', write(1), null, 0, 1),
    callOf('b', read, 1, 2, 3),
    callOf('c', write(5), '?', 4),
    callOf('b', read, 7, 6, 8),
    callOf('a', read, 1, 9, 10),
  ];
  const { order, state, stuck } = checkLinearizable(registers, calls);
  expect(order).toEqual([calls[0], calls[1]]);
  expect(state).toEqual({ k: 1 });
  expect(stuck).toEqual([calls[2], calls[3]]);
});

interface Judged {
  /** As Porcupine (v1.3.1) says. */
  readonly linearizable: boolean;
  readonly calls: readonly Parameters<typeof callOf>[];
}

test('its verdicts are those of Porcupine', () => {
  const file = new URL('./porcupine-verdicts.json', import.meta.url);
  const histories = JSON.parse(readFileSync(file, 'utf8')) as readonly Judged[];
  expect(histories).toHaveLength(40);
  for (const [index, { calls, linearizable }] of histories.entries())
    expect([index, isLinear(calls.map((call) => callOf(...call)))]).toEqual([index, linearizable]);
  expect(new Set(histories.map(({ linearizable }) => linearizable)).size).toBe(2);
});
