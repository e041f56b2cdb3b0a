// Sleep sets: fewer successors, and all else the same.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explore } from '../../../../src/sim/search/explore/explore.ts';
import type { SearchOptions } from '../../../../src/sim/search/explore/explore-types.ts';
import type { TransitionSystem } from '../../../../src/sim/search/explore/transition-system.ts';
import { type Edge, edgesArbitrary, processes } from './models/processes.ts';
import { lostAddition, racingCounters } from './models/racing-counters.ts';
import { isServed, tokenRing } from './models/token-ring.ts';
import { areDone, twoLocks } from './models/two-locks.ts';
import { disagreement, isOver, twoPhase } from '../../../../bench/explorer/two-phase.ts';

const KINDS: readonly SearchOptions[] = [
  { order: 'breadth', memory: 'exact' },
  { order: 'depth', memory: 'exact' },
  { order: 'breadth', memory: 'compact' },
  { order: 'depth', memory: 'compact' },
];

/** Found by chance: depth first, states are missed if one that is reached again is not expanded again. */
const awakened = [
  edge(2, [2, 2], 1),
  edge(1, [1, 2]),
  edge(0, [0, 2]),
  edge(0, [2, 1]),
  edge(1, [0, 1]),
  edge(0, [2, 1]),
  edge(1, [1, 0], 0),
  edge(2, [0, 1]),
  edge(2, [2, 0], 0),
  edge(0, [1, 1]),
  edge(0, [0, 0], 1),
];

function edge(process: number, [from, to]: readonly [number, number], writes: number | null = null): Edge {
  return { process, from, to, asks: null, writes };
}

/** How many successors are made with sleep sets, and without. */
function expectSame(system: TransitionSystem, options: SearchOptions): readonly [number, number] {
  const off = explore(system, options);
  const on = explore(system, { ...options, sleepSets: true });
  expect(on.outcome).toBe(off.outcome);
  expect(on.violation?.kind).toBe(off.violation?.kind);
  if (options.order === 'breadth') {
    expect(on.depth).toBe(off.depth);
    expect(on.violation?.at).toBe(off.violation?.at);
  }
  if (off.outcome === 'complete') {
    const { unique, expanded, isGoalInReach } = off;
    expect(on).toMatchObject({ unique, expanded, isGoalInReach });
  }
  return [on.total, off.total];
}

describe.each(KINDS)('with sleep sets the same is found: %o', (options) => {
  test.each([
    ['two-phase commit', twoPhase(5), { judge: disagreement(5), isGoal: isOver(5) }],
    ['racing counters with a lock', racingCounters(4, true), { judge: lostAddition(4) }],
    ['racing counters', racingCounters(4, false), {}],
    ['racing counters that lose one', racingCounters(4, false), { judge: lostAddition(4) }],
    ['a token ring', tokenRing(5, false), { isGoal: isServed(5) }],
    ['a token ring with a trap', tokenRing(5, true), { isGoal: isServed(5) }],
  ])('in %s', (_, system, asked) => {
    expectSame(system, { ...options, ...asked });
  });

  test('in processes of all kinds, whichever state is wrong', () => {
    const wrong = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(1));
    fc.assert(
      fc.property(edgesArbitrary(4), wrong, fc.boolean(), (edges, row, isJudged) => {
        const judge = isJudged ? (state: Int32Array) => (state.join() === row.join() ? 'wrong' : null) : () => null;
        expectSame(processes(4, edges), { ...options, judge });
      }),
      { numRuns: 500 },
    );
  });

  test('where a state is reached again with less asleep', () => {
    expectSame(processes(3, awakened), options);
  });

  test('with fewer successors', () => {
    const [on, off] = expectSame(twoPhase(5), options);
    expect(on).toBeLessThan(0.8 * off);
  });
});

test('they have to know what is independent, and no way may end before its end', () => {
  expect(() => explore(twoLocks(true), { sleepSets: true })).toThrow('does not say what is independent');
  const ends = { sleepSets: true, isGoal: areDone, endsAtGoal: true };
  expect(() => explore(twoPhase(2), ends)).toThrow('a way that ends at a goal may be the one that is gone');
});
