// Runs as fast-check sees them: drawn by seed, shrunk by tape.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decisions } from '../../src/sim/decisions.ts';
import { decisionsOf, runArbitrary, smallerTapes } from '../../src/testing/run-arbitrary.ts';
import type { RunInput } from '../../src/testing/run-arbitrary.ts';

/** Twenty questions; the answers that matter are those of `fault`. */
function play(decisions: Decisions): { faults: number; delays: number } {
  const [fault, delay] = [decisions.open('fault/a'), decisions.open('delay/a>b')];
  let [faults, delays] = [0, 0];
  for (let round = 0; round < 20; round++) {
    faults += decisions.pick(fault, 2, 0.4);
    delays += decisions.pick(delay, 1_000, 1);
  }
  return { faults, delays };
}

const arbitrary = runArbitrary((decisions) => void play(decisions));
const holds = (run: RunInput): boolean => play(decisionsOf(run)).faults < 2;

test('a failing run shrinks to the smallest tape that still fails', () => {
  const result = fc.check(fc.property(arbitrary, holds), { seed: 1 });
  expect(result.failed).toBe(true);
  const run = result.counterexample?.[0] as RunInput;
  expect(run.tape).toHaveLength(2);
  expect(run.tape?.every(({ stream, value }) => stream === 'fault/a' && value === 1)).toBe(true);
  expect(fc.stringify(run)).toMatch(/^seed \d+, shrunk to \[fault\/a#\d+=1, fault\/a#\d+=1\]$/);
});

test('the path of a shrink leads to the same run again, without the runs on the way', () => {
  const first = fc.check(fc.property(arbitrary, holds), { seed: 1 });
  let runs = 0;
  const counted = fc.property(arbitrary, (run) => ((runs += 1), holds(run)));
  const again = fc.check(counted, { seed: 1, path: first.counterexamplePath as string, endOnFailure: true });
  expect(again.counterexample).toEqual(first.counterexample);
  expect(runs).toBe(1);
});

test('seeds are drawn from fast-check: the same seed of it, the same runs', () => {
  const draw = (): RunInput[] => fc.sample(arbitrary, { seed: 5, numRuns: 5 });
  expect(draw()).toEqual(draw());
  expect(new Set(draw().map(({ seed }) => seed)).size).toBe(5);
});

test('smaller tapes are smaller', () => {
  const tape = [3, 1, 8].map((value, index) => ({ stream: index === 0 ? 'crash/a' : 'delay/a>b', index, value }));
  const smaller = [...smallerTapes(tape)];
  const sizeOf = (entries: typeof tape): number =>
    entries.reduce((sum, { value }) => sum + value, entries.length * 1_000);
  for (const entries of smaller) expect(sizeOf([...entries])).toBeLessThan(sizeOf(tape));
  expect(smaller[0]).toEqual([]);
  expect([...smallerTapes([])]).toEqual([]);
});
