// The main job against a computation of its own, from the rows of the data set.
import { expect, test } from 'vitest';
import { flightDelays, scenario, type DelaysOfDay } from '../../scenarios/flight-delays.ts';
import { HOUR_MS } from '../../src/scenario/millrace-scenario.ts';
import { flightRows, runSeed, verdictOf } from '../sim/cluster/lab.ts';

const data = flightRows();

interface Row {
  readonly date: string;
  readonly delay: number;
  readonly origin: string;
}

/** Straight from the rows, in one pass, by nothing that the job uses. */
function expectedDelays(): readonly DelaysOfDay[] {
  const delays = new Map<string, number[]>();
  for (const { date, delay, origin } of data['flights-20k'] as unknown as readonly Row[]) {
    const group = `${date.slice(0, 10).replaceAll('/', '-')} ${origin}`;
    delays.set(group, [...(delays.get(group) ?? []), delay]);
  }
  return [...delays].map(([group, values]) => ({
    origin: group.slice(11),
    day: group.slice(0, 10),
    count: values.length,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    max: values.reduce((largest, value) => Math.max(largest, value)),
  }));
}

const sorted = (delays: readonly unknown[]): readonly string[] => delays.map((line) => JSON.stringify(line)).sort();

test('without faults: ten or eleven checkpoints, and every line is right', () => {
  const result = runSeed(scenario, 42, { data, faults: [] });
  expect(verdictOf(result)).toBe('pass');
  expect([10, 11]).toContain(result.checkpoints.completed);
  expect(result.checkpoints.aborted).toEqual({});
  expect(sorted(result.committed['delays'] ?? [])).toEqual(sorted(expectedDelays()));
});

test.each([42, 1, 2, 3])('seed %i: at least three faults hit, and every line is right all the same', (seed) => {
  const result = runSeed(scenario, seed, { data });
  expect(verdictOf(result)).toBe('pass');
  expect(Object.values(result.faults).reduce((sum, times) => sum + times, 0)).toBeGreaterThanOrEqual(3);
  expect(sorted(result.committed['delays'] ?? [])).toEqual(sorted(expectedDelays()));
});

test('a bound of one hour drops records: the displacement is real', () => {
  const short = { ...scenario, job: flightDelays(HOUR_MS), reference: false, check: () => null };
  const result = runSeed(short, 42, { data, faults: [], set: { bufferTimeoutMs: 5, batchSizeRecords: 8 } });
  const lines = result.committed['delays'] as readonly DelaysOfDay[];
  expect(verdictOf(result)).toBe('pass');
  expect(lines.reduce((counted, { count }) => counted + count, 0)).toBeLessThan(19_950);
});
