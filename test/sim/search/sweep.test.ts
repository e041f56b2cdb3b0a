// Ranges of seeds, sums over seeds, failures to look at first, and holes in the coverage of faults.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSeed, parseSeedRange } from '../../../src/sim/search/seed-range.ts';
import { addOutcome, emptySweep, firstFailures } from '../../../src/sim/search/sweep.ts';
import type { SeedOutcome } from '../../../src/sim/search/sweep.ts';
import { spreadSeeds } from '../../../src/sim/search/spread-seeds.ts';
import { findGaps } from '../../../src/sim/search/sweep-coverage.ts';

test.each([
  ['1..1000', { first: 1, last: 1000 }],
  ['7..7', { first: 7, last: 7 }],
  ['0..4294967295', null],
])('the range %s', (text, value) => {
  expect(parseSeedRange(text)).toEqual(
    value === null ? { ok: false, reason: expect.stringContaining('more than 10000000 seeds') } : { ok: true, value },
  );
});

test.each([
  ['', 'there is no ".." in it'],
  ['42', 'for one seed say --seed 42'],
  ['1-1000', 'there is no ".." in it'],
  ['a..9', 'expected a whole number from 0 to 4294967295 at character 1, found "a"'],
  ['12..', 'expected a whole number from 0 to 4294967295 at character 5, found ""'],
  ['1...9', 'expected a whole number from 0 to 4294967295 at character 4, found ".9"'],
  ['1..4294967296', 'expected a whole number from 0 to 4294967295 at character 4, found "4294967296"'],
  ['9..1', 'it is empty, as 9 is larger than 1'],
])('the range "%s" is refused', (text, reason) => {
  expect(parseSeedRange(text)).toEqual({ ok: false, reason: `"${text}" is not a range like 1..1000: ${reason}` });
});

test.each([
  ['0', true],
  ['4294967295', true],
  ['4294967296', false],
  ['-1', false],
  ['1e3', false],
  ['0x10', false],
  [' 1', false],
])('"%s" is a seed: %s', (text, ok) => {
  expect(parseSeed(text).ok).toBe(ok);
});

const outcome = (seed: number, failure = '', more: Partial<SeedOutcome> = {}): SeedOutcome => ({
  seed,
  verdict: failure === '' ? 'pass' : 'correctness',
  failure,
  way: failure === '' ? null : { judge: failure, rule: 'wrong', place: '' },
  sentence: `${failure} of seed ${seed}`,
  traceHash: String(seed),
  events: 10 * seed,
  simulatedMs: seed + 0.4,
  faults: { 'tm-crash': 1 },
  faultPhases: { 'tm-crash': { aligning: 1, [`phase ${seed % 2}`]: 1 } },
  counts: { completed: 5, 'aborted: expired': seed % 2, restarts: 1 },
  ...more,
});

test('a sweep is the sum of its seeds, in whatever order they end', () => {
  const seeds = Array.from({ length: 9 }, (_, at) => outcome(at + 1, at % 3 === 2 ? 'exact' : ''));
  const sumOf = (outcomes: readonly SeedOutcome[]) => {
    const sweep = emptySweep();
    for (const one of outcomes) addOutcome(sweep, one);
    return sweep;
  };
  expect(sumOf(seeds)).toMatchObject({
    seeds: 9,
    events: 450,
    simulatedMs: 45,
    counts: { completed: 45, 'aborted: expired': 5, restarts: 9 },
    faults: { 'tm-crash': 9 },
    faultPhases: { 'tm-crash': { aligning: 9, 'phase 0': 4, 'phase 1': 5 } },
  });
  expect(sumOf(seeds).failures.map(({ seed }) => seed)).toEqual([3, 6, 9]);
  fc.assert(
    fc.property(fc.shuffledSubarray(seeds, { minLength: 9 }), (shuffled) => {
      expect(sumOf(shuffled)).toEqual(sumOf(seeds));
    }),
  );
});

test('each way to fail is shown before a second one of the same way', () => {
  const failures = [
    outcome(1, 'exact'),
    outcome(2, 'exact'),
    outcome(5, 'exact'),
    outcome(8, 'live'),
    outcome(9, 'fence'),
  ];
  const seedsOf = (most: number) => firstFailures(failures, most).map(({ seed }) => seed);
  expect(seedsOf(3)).toEqual([1, 8, 9]);
  expect(seedsOf(4)).toEqual([1, 2, 8, 9]);
  expect(seedsOf(2)).toEqual([1, 8]);
});

test('a fault and a phase that were never seen together are a hole, unless excused', () => {
  const hits = { 'tm-crash': { aligning: 3 }, pause: { aligning: 0, deploying: 2 } };
  const excuses = [{ fault: 'tm-crash', phases: ['deploying'], because: 'nothing runs yet' }];
  const faults = ['tm-crash', 'pause', 'partition'];
  expect(findGaps(hits, faults, ['aligning', 'deploying'], excuses)).toEqual([
    { fault: 'pause', phase: 'aligning' },
    { fault: 'partition', phase: 'aligning' },
    { fault: 'partition', phase: 'deploying' },
  ]);
});

test('seeds are spread by what a scenario can meet and by what a seed costs', () => {
  const scenarios = [
    { pairs: 100, events: 1_000 },
    { pairs: 25, events: 1_000 },
    { pairs: 100, events: 4_000 },
    { pairs: 100, events: Number.POSITIVE_INFINITY },
  ];
  expect(spreadSeeds(scenarios, 44)).toEqual([21, 11, 11, 1]);
});

test('every scenario gets a seed, and all seeds are given away', () => {
  const searched = fc.record({ pairs: fc.nat(200), events: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(searched, { minLength: 1, maxLength: 30 }), fc.nat(5_000), (scenarios, more) => {
      const shares = spreadSeeds(scenarios, scenarios.length + more);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(scenarios.length + more);
    }),
  );
});
