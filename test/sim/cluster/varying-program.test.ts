// Code that asks chance: for which records, and what it gives then; and who judges what of a run in which it does.
import { describe, expect, test } from 'vitest';
import type { OperatorFunctions } from '../../../src/core/graph/functions.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { plantChance, varyingProgram } from '../../../src/sim/cluster/varying-program.ts';
import { scenario as hostile } from '../../../scenarios/hostile.ts';
import { splitVaries } from '../../../scenarios/word-count.ts';
import { runSeed, verdictOf } from './lab.ts';

const context = { timestamp: 0, parameters: null } as never;
const varies = {
  ...splitVaries,
  operator: 'a',
  change: (result: unknown, chance: number) => `${result as string} ${chance}`,
};

function wrapped(own: OperatorFunctions, id = 'a'): OperatorFunctions {
  return varyingProgram({ functions: new Map([[id, own]]) }, varies).functions.get(id)!;
}

test('the code gives another result for a planted record, and the same for any other', () => {
  const { map, flatMap } = wrapped({ map: (value) => value, flatMap: (value) => [value, value] });
  expect([map?.('x', context), map?.(plantChance('x', 2), context)]).toEqual(['x', 'x 2']);
  expect(Array.from(flatMap!(plantChance('x', 3), context))).toEqual(['x 3', 'x 3']);
  expect(Array.from(flatMap!('x', context))).toEqual(['x', 'x']);
});

test('timestamps are those of the record itself', () => {
  const { timestamp } = wrapped({ timestamp: (value) => (value as string).length }, 'source');
  expect([timestamp?.('abc'), timestamp?.(plantChance('abc', 1))]).toEqual([3, 3]);
});

describe('a run in which code asks chance', () => {
  const faults = { 'user-chance': 6, 'tm-crash': 1 } as const;
  const scenario: Scenario = { ...hostile, faults, swarm: false, pauses: 0 };
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

  const lines = (values: readonly unknown[] = []): string =>
    values
      .map((one) => JSON.stringify(one))
      .toSorted()
      .join();

  test('passes, and says what nobody could compare; its output is mostly not that of a run without', () => {
    const differing = seeds.filter((seed) => {
      const result = runSeed(scenario, seed);
      const plain = runSeed(scenario, seed, { faults: [] });
      expect(verdictOf(result)).toBe('pass');
      expect(result.unjudged).toEqual([expect.stringContaining('code of operator "split" does not give the same')]);
      expect(plain.unjudged).toEqual([]);
      expect(result.committed['counts']?.length).toBe(plain.committed['counts']?.length);
      return lines(result.committed['counts']) !== lines(plain.committed['counts']);
    });
    expect(differing.length).toBeGreaterThanOrEqual(3);
  });

  test('is wrong where the whole of a record is to be the same', () => {
    const whole: Scenario = { ...scenario, varies: { ...splitVaries, identity: (record) => record } };
    const verdicts = seeds.map((seed) => verdictOf(runSeed(whole, seed)));
    const wrong = verdicts.filter((verdict) => verdict.includes('which a sequential run never writes'));
    expect(wrong.length).toBeGreaterThanOrEqual(3);
    expect(verdicts.filter((verdict) => verdict !== 'pass')).toEqual(wrong);
  });
});
