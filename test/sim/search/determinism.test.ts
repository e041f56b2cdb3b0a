// Comparing runs event by event, and three sins planted in user code: each must be found at the event in which it was committed first.
import { describe, expect, test } from 'vitest';
import {
  cutToDifference,
  firstDivergence,
  firstDivergentInterval,
  noteEvents,
} from '../../../src/sim/search/determinism.ts';
import type { EventNote } from '../../../src/sim/search/determinism.ts';
import { runScenario } from '../../../src/sim/cluster/run.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';
import { scenario as moduleCounter } from '../../cli/planted/module-counter.ts';
import { committed } from '../../cli/planted/planted-job.ts';
import { scenario as randomState } from '../../cli/planted/random-state.ts';
import { scenario as wallClock } from '../../cli/planted/wall-clock.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';

const notes = (...hashes: string[]): EventNote[] => hashes.map((hash) => ({ hash, text: `text of ${hash}` }));

describe('the first event that differs', () => {
  test.each([
    [['a', 'b'], ['a', 'b'], null],
    [['a', 'b', 'c'], ['a', 'x', 'c'], { index: 2, left: notes('b')[0], right: notes('x')[0] }],
    [['a', 'b'], ['a'], { index: 2, left: notes('b')[0], right: null }],
    [[], ['a'], { index: 1, left: null, right: notes('a')[0] }],
  ])('of %j and %j', (left, right, expected) => {
    expect(firstDivergence(notes(...left), notes(...right))).toEqual(expected);
  });

  test('lies between two hashes of a tape', () => {
    expect(firstDivergentInterval(['a', 'b', 'c'], ['a', 'x', 'y'], 1_000)).toEqual({ from: 1_000, to: 2_000 });
    expect(firstDivergentInterval(['a', 'b'], ['a', 'b', 'c'], 1_000)).toBe(null);
  });
});

test.each([
  ['abcdef', 'abcdef', 4, 'abcd…', 'abcd…'],
  ['short', 'shirt', 10, 'short', 'shirt'],
  ['0123456789abcdefXghij', '0123456789abcdefYghij', 6, '…efXghi…', '…efYghi…'],
  ['0123456789', '01234567890', 6, '…89', '…890'],
])('%s and %s, cut to %i characters', (left, right, width, one, other) => {
  expect(cutToDifference(left, right, width)).toEqual([one, other]);
});

function run(scenario: Scenario, onEvent: NonNullable<Parameters<typeof runScenario>[0]['onEvent']>): void {
  runScenario({
    scenario,
    decisions: seededDecisions(3),
    set: {},
    faults: 'scenario',
    data: {},
    artifact: 'artifact',
    checks: 'checked',
    onEvent,
  });
}

/** The events of a run, and the first one in which user code sinned. */
function observe(scenario: Scenario): { readonly notes: readonly EventNote[]; readonly firstSin: number | null } {
  const noted = noteEvents();
  const before = committed.sins;
  let firstSin: number | null = null;
  run(scenario, (event) => {
    noted.onEvent(event);
    if (committed.sins > before) firstSin ??= event.index;
  });
  return { notes: noted.notes, firstSin };
}

describe('a sin is found where it was committed first:', () => {
  test.each([
    ['chance that touches only state', randomState],
    ['a field filled from the wall clock', wallClock],
    ['a counter in the module of user code', moduleCounter],
  ])('%s', (_, scenario) => {
    const [first, second] = [observe(scenario), observe(scenario)];
    expect(first.firstSin).not.toBe(null);
    expect(firstDivergence(first.notes, second.notes)?.index).toBe(first.firstSin);
  });

  test('and none in a run that is repeatable', () => {
    const [first, second] = [observe(wordCount), observe(wordCount)];
    expect(first.notes.length).toBeGreaterThan(500);
    expect(firstDivergence(first.notes, second.notes)).toBe(null);
  });
});
