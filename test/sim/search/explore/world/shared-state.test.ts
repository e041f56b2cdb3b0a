// States of which most is equal hold it once.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloneState, hashState } from '../../../../../src/core/base/state.ts';
import { shareWith } from '../../../../../src/sim/search/explore/world/shared-state.ts';

const { state } = fc.letrec<{ readonly state: unknown }>((tie) => ({
  state: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(0, 1, -0, Number.NaN, '', 'a', null, undefined, true),
    fc.uint8Array({ maxLength: 2, max: 1 }),
    fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }).map((items) => new Set(items)),
    fc.array(tie('state'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('state'), { maxKeys: 3, noNullPrototype: true }),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), tie('state')), { maxLength: 3 })
      .map((entries) => new Map(entries)),
  ),
}));

test('a state that shares is what it was, and so is the one that it shares with', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const [left, right] = [hashState(before), hashState(after)];
      expect(hashState(shareWith(before, cloneState(after)))).toBe(right);
      expect(hashState(before)).toBe(left);
    }),
    { numRuns: 3_000 },
  );
});

test('all is shared with an equal state, and nothing with one in another order', () => {
  fc.assert(
    fc.property(state, (before) => {
      expect(shareWith(before, cloneState(before))).toBe(before);
    }),
  );
  const before = new Map([
    ['a', [1]],
    ['b', [2]],
  ]);
  const after = new Map([...before].toReversed());
  expect([...(shareWith(before, after) as typeof after).keys()]).toEqual(['b', 'a']);
});

test('what did not change is held once', () => {
  const before = { tasks: new Map([['a', { at: [1, 2] }]]), count: 1 };
  const after = { ...cloneState(before), count: 2 };
  expect(shareWith(before, after)).toBe(after);
  expect(after.tasks).toBe(before.tasks);
});
