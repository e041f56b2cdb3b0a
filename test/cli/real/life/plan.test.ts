// What a seed makes of a life.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIFE_CLUSTER, planLife, rescalingOf } from '../../../../src/cli/real/life/plan.ts';
import { wordCount } from '../../../../scenarios/word-count.ts';
import { seededDecisions } from '../../../../src/sim/seeded-decisions.ts';

const planOf = (lifeMs: number, seed: number) => planLife(lifeMs, LIFE_CLUSTER, seededDecisions(seed));

test('the same seed draws the same life, another one another', () => {
  expect(planOf(150_000, 7)).toEqual(planOf(150_000, 7));
  expect(planOf(150_000, 7).kills).not.toEqual(planOf(150_000, 8).kills);
});

test('of any life: a kill 2 to 6 s behind the return of the last victim, of anybody but one TaskManager', () => {
  fc.assert(
    fc.property(fc.integer({ min: 30_000, max: 400_000 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (lifeMs, seed) => {
      const { kills, spared } = planOf(lifeMs, seed);
      expect(spared).toBe('tm-3');
      for (const { afterMs, victim, backAfterMs } of kills) {
        expect(afterMs).toBeGreaterThanOrEqual(2_000);
        expect(afterMs).toBeLessThan(6_000);
        expect(['jm-1', 'jm-2', 'tm-1', 'tm-2']).toContain(victim);
        expect(backAfterMs).toBeGreaterThanOrEqual(200);
        expect(backAfterMs).toBeLessThan(2_500);
      }
      expect(kills.reduce((sum, { afterMs }) => sum + afterMs, 0)).toBeGreaterThanOrEqual(lifeMs);
    }),
    { numRuns: 30 },
  );
});

test('each victim has its turn', () => {
  expect(new Set(planOf(300_000, 1).kills.map(({ victim }) => victim)).size).toBe(4);
});

test.each([
  ['60 minutes', 3_600_000, 12],
  ['150 s', 150_000, 3],
  ['30 s', 30_000, 3],
])('%s: savepoints and rescales by turns, all within the life', (_, lifeMs, times) => {
  const { turns } = planOf(lifeMs, 1);
  expect(turns.map(({ wants }) => wants)).toEqual(Array.from({ length: times }, () => ['savepoint', 'rescale']).flat());
  expect(turns.map(({ atMs }) => atMs)).toEqual(turns.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  expect(turns.at(-1)?.atMs).toBeLessThan(lifeMs);
});

test('the widest operators lose a subtask, and get it back', () => {
  const { graph } = wordCount();
  expect(rescalingOf(graph, 0)).toEqual([
    { operator: 'count', parallelism: 2 },
    { operator: 'counts', parallelism: 2 },
  ]);
  expect(rescalingOf(graph, 1)).toEqual([
    { operator: 'count', parallelism: 3 },
    { operator: 'counts', parallelism: 3 },
  ]);
  expect(rescalingOf(wordCount({ readers: 1, counters: 1 }).graph, 0)).toEqual([]);
});
