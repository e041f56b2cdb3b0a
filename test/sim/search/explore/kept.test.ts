// A search that is stopped, kept, and gone on with by another one comes to the same as in one go.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bounds, Explored, SearchOptions } from '../../../../src/sim/search/explore/explore-types.ts';
import { createSearch, explore } from '../../../../src/sim/search/explore/explore.ts';
import type { TransitionSystem } from '../../../../src/sim/search/explore/transition-system.ts';
import { KeptBytes } from './in-processes.ts';
import { lostAddition, racingCounters } from './models/racing-counters.ts';
import { isServed, tokenRing } from './models/token-ring.ts';

interface Case {
  readonly name: string;
  readonly system: () => TransitionSystem;
  readonly options: SearchOptions;
  readonly outcome: Explored['outcome'];
}

const NODES = 900;

const cases: readonly Case[] = [
  { name: 'counters with a lock', system: () => racingCounters(4, true), options: {}, outcome: 'complete' },
  {
    name: 'counters without',
    system: () => racingCounters(4, false),
    options: { judge: lostAddition(4) },
    outcome: 'violated',
  },
  {
    name: 'a ring',
    system: () => tokenRing(NODES, false),
    options: { isGoal: isServed(NODES) },
    outcome: 'complete',
  },
  {
    name: 'a ring that loses its token',
    system: () => tokenRing(NODES, true),
    options: { isGoal: isServed(NODES) },
    outcome: 'violated',
  },
];

const orders = ['breadth', 'depth'] as const;
const memories = ['exact', 'compact'] as const;
const ways = cases.flatMap((one) => orders.flatMap((order) => memories.map((memory) => ({ ...one, order, memory }))));

/** Each search but the last is stopped by one of these bounds, and kept. */
function exploreInTurns(system: () => TransitionSystem, options: SearchOptions, bounds: Iterable<Bounds>): Explored {
  let search = createSearch(system(), options);
  for (const bound of bounds) {
    const explored = search.run(bound);
    if (explored.outcome !== 'stopped') return explored;
    const bytes = new KeptBytes();
    search.keep(bytes.writer());
    search = createSearch(system(), options);
    const { reader, isAtEnd } = bytes.reader();
    search.restore(reader);
    expect(isAtEnd()).toBe(true);
  }
  return search.run();
}

/** Without what memory it took. */
function toldOf({ bytes, ...told }: Explored): Omit<Explored, 'bytes'> {
  expect(bytes).toBeGreaterThan(0);
  return told;
}

describe.each(ways)('$name, $order first, $memory', ({ system, options, outcome, order, memory }) => {
  const all = { ...options, order, memory };
  const whole = explore(system(), all);

  test('stopped after so many states', () => {
    expect([outcome, memory === 'compact' && options.isGoal !== undefined ? 'complete' : outcome]).toContain(
      whole.outcome,
    );
    const states = fc.uniqueArray(fc.nat(whole.unique), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(states, (stops) => {
        const bounds = stops.toSorted((one, other) => one - other).map((statesMax) => ({ statesMax }));
        expect(toldOf(exploreInTurns(system, all, bounds))).toEqual(toldOf(whole));
      }),
      { numRuns: 5 },
    );
  });

  test('stopped again and again, also while traps are looked for', () => {
    const turns = Array.from({ length: 100 }, () => {
      let looks = 0;
      return { hasTime: () => ++looks < 2 };
    });
    expect(toldOf(exploreInTurns(system, all, turns))).toEqual(toldOf(whole));
  });
});
