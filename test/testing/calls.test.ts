// A scenario with `mapAsync` in a test of a user's: it says its file, and a job whose functions do something else each time is told so.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { join } from 'node:path';
import { scenario } from '../../scenarios/lookups.ts';
import { houseScenario } from '../../src/layout.ts';
import { chaos } from '../../src/testing/chaos.ts';
import { simulate } from '../../src/testing/simulate.ts';
import { scenario as fickle } from './planted/fickle-calls.ts';

const file = houseScenario('lookups');

test('a run, and the same again', () => {
  const run = simulate(scenario, { seed: 5, file });
  expect(run.verdict, run.sentence).toBe('pass');
  expect(run.output['sales']).not.toHaveLength(0);
  expect(simulate(scenario, { seed: 5, file }).traceHash).toBe(run.traceHash);
});

test('a property', async () => {
  await fc.assert(chaos(scenario, { file, faults: ['tm-crash'] }), { numRuns: 3, seed: 11 });
});

test('a scenario whose file nobody said is refused in one sentence', () => {
  expect(() => simulate(scenario, { seed: 5 })).toThrow(
    'job "lookups" has a mapAsync: a simulated world has to know the file of its functions (in a test: "file" beside "faults" and "set")',
  );
});

test('a function that gives chance is told of, with its record', () => {
  const run = simulate(fickle, { seed: 1, file: join(import.meta.dirname, 'planted/fickle-calls.ts') });
  expect(run.verdict).toBe('correctness');
  expect(run.sentence).toContain(
    'mapAsync "rated" did something else when it was called again with the same: it must follow from what it is given alone',
  );
});
