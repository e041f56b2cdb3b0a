// Searches that are stopped, go on, and tell how far they are; and what states cost.
import { describe, expect, test } from 'vitest';
import { createSearch, explore } from '../../../../src/sim/search/explore/explore.ts';
import type { Explored, Progress, Search, SearchOptions } from '../../../../src/sim/search/explore/explore-types.ts';
import type { Successors, TransitionSystem } from '../../../../src/sim/search/explore/transition-system.ts';
import { lostAddition, racingCounters } from './models/racing-counters.ts';
import { tokenRing } from './models/token-ring.ts';
import { areDone, twoLocks } from './models/two-locks.ts';
import { isOver, twoPhase } from '../../../../bench/explorer/two-phase.ts';

const KINDS: readonly SearchOptions[] = [
  { order: 'breadth', memory: 'exact' },
  { order: 'depth', memory: 'exact' },
  { order: 'breadth', memory: 'compact' },
  { order: 'depth', memory: 'compact' },
];

describe('bounds', () => {
  test.each(KINDS)('stop it, with what is known by then: %o', (options) => {
    const few = explore(twoPhase(5), { ...options, statesMax: 1_000 });
    expect(few).toMatchObject({ outcome: 'stopped', reason: 'states', violation: null });
    expect(few.expanded).toBeLessThan(few.unique);
    const none = { outcome: 'stopped', expanded: 0, unique: 1 };
    expect(explore(twoPhase(5), { ...options, hasTime: () => false })).toMatchObject({ ...none, reason: 'time' });
    expect(explore(twoPhase(5), { ...options, bytesMax: 1 })).toMatchObject({ ...none, reason: 'bytes' });
  });

  test('of bytes are kept, but for what a look misses', () => {
    const bytesMax = 4_000_000;
    const { bytes, reason } = explore(twoPhase(7), { bytesMax });
    expect(reason).toBe('bytes');
    expect(bytes).toBeGreaterThan(bytesMax);
    expect(bytes).toBeLessThan(1.5 * bytesMax);
  });
});

/** Runs a search with more and more states, and with time for a single look each. */
function goOn(search: Search): { readonly explored: Explored; readonly runs: number } {
  for (let runs = 1; ; runs++) {
    let looks = 0;
    const explored = search.run({ statesMax: 700 * runs, hasTime: () => looks++ < 1 });
    if (explored.outcome !== 'stopped') return { explored, runs };
  }
}

describe('a search that was stopped goes on', () => {
  test.each(KINDS)('as if it had not been: %o', (options) => {
    const { explored, runs } = goOn(createSearch(twoPhase(5), options));
    expect(runs).toBeGreaterThan(5);
    expect(explored).toEqual(explore(twoPhase(5), options));
  });

  test('in the middle of a pass over all states too', () => {
    const isGoal = isOver(5);
    const { explored, runs } = goOn(createSearch(twoPhase(5), { isGoal }));
    expect(runs).toBeGreaterThan(15);
    expect(explored).toMatchObject({ outcome: 'complete', isGoalInReach: true, unique: 8_832 });
  });

  test('and says the same again once it is over', () => {
    const wrong = createSearch(racingCounters(2, false), { judge: lostAddition(2) });
    expect(wrong.run()).toEqual(wrong.run({ statesMax: 1 }));
    const trapped = createSearch(tokenRing(3, true), { isGoal: ([holder]) => holder === 2 });
    expect(trapped.run().violation?.kind).toBe('trap');
    expect(trapped.run()).toEqual(trapped.run({ hasTime: () => false }));
  });
});

test('it tells how far it is', () => {
  const told: Progress[] = [];
  const { unique, total } = explore(twoPhase(6), { onProgress: (progress) => told.push(progress) });
  expect(told.length).toBeGreaterThan(20);
  expect(told[0]).toMatchObject({ unique: 1, total: 1, expanded: 0, frontier: 1, depth: 0 });
  for (const progress of told) expect(progress.frontier).toBe(progress.unique - progress.expanded);
  const last = told.at(-1);
  expect(last?.unique).toBeLessThanOrEqual(unique);
  expect(last?.total).toBeLessThan(total);
  expect(last?.depth).toBeGreaterThan(10);
});

const LARGE = 1_000_003;

/** The same system, each part of which is so many times as large. */
function withLargeParts(system: TransitionSystem): TransitionSystem {
  const small = new Int32Array(system.width);
  const enlarged = (next: Successors): Successors => ({
    emit: (wrong) => next.emit(wrong),
    set: (place, part) => next.set(place, part * LARGE),
  });
  return {
    width: system.width,
    begin: (next) => system.begin(enlarged(next)),
    expand(state, next) {
      state.forEach((part, place) => (small[place] = part / LARGE));
      system.expand(small, enlarged(next));
    },
  };
}

describe('compact memory', () => {
  test('takes less than half where rows need many bits, and says how many states it may have missed', () => {
    const exact = explore(withLargeParts(twoPhase(7)));
    const compact = explore(withLargeParts(twoPhase(7)), { memory: 'compact' });
    expect(compact).toMatchObject({ outcome: 'complete', unique: 296_448, total: 2_744_706, depth: 23 });
    expect(exact.bytes / exact.unique).toBeLessThan(100);
    expect(compact.bytes).toBeLessThan(exact.bytes / 2);
    expect(explore(twoPhase(7)).bytes).toBeLessThan(compact.bytes); // its rows need 32 bits
    expect(exact.missedExpected).toBe(0);
    expect(compact.missedExpected).toBeCloseTo(296_448 ** 2 / 2 ** 65, 20);
  });

  test.each(['breadth', 'depth'] as const)('finds what is wrong by the same way, %s first', (order) => {
    const judge = lostAddition(4);
    const compact = explore(racingCounters(4, false), { order, judge, memory: 'compact' });
    expect(compact.violation).toEqual(explore(racingCounters(4, false), { order, judge }).violation);
    expect(compact.violation).not.toBeNull();
  });

  test('finds deadlocks, but cannot look for traps', () => {
    const options = { memory: 'compact', isGoal: areDone } as const;
    expect(explore(twoLocks(false), options).violation?.kind).toBe('deadlock');
    expect(explore(tokenRing(3, true), { memory: 'compact', isGoal: ([holder]) => holder === 2 })).toMatchObject({
      outcome: 'complete',
      isGoalInReach: false,
    });
  });
});
