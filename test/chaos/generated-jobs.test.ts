// What users write are arbitrary jobs: whatever their graph, their input and the cuts of their batches, they keep their promises under faults.
// A counterexample is shrunk as a plan, to the smallest job that still fails.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runSeed } from '../sim/cluster/lab.ts';
import { jobPlan, plannedCalls, scenarioOf, type JobPlan } from './job-plans.ts';

const RUNS = 20;
const SHRINK_MS_MAX = 30_000;
const FIXED_SEED = 7_001;
const freshSeed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

test.each([
  ['a fixed seed', FIXED_SEED],
  ['a fresh seed', freshSeed],
])('generated jobs of %s survive', (_, seed) => {
  console.log(`chaos: CHAOS_SEED=${seed} repeats these runs`);
  let faults = 0;
  let committed = 0;
  const survives = (plan: JobPlan, seedOfRun: number): void => {
    const result = runSeed(scenarioOf(plan), seedOfRun, { checks: 'strict', functions: plannedCalls });
    faults += Object.values(result.faults).reduce((sum, times) => sum + times, 0);
    committed += Object.values(result.committed).reduce((sum, records) => sum + records.length, 0);
    const evidence = result.violations.flatMap((violation) => violation.evidence.map(({ text }) => text));
    expect(result.verdict, [result.sentence, ...evidence, ...result.thrownAt].join('\n')).toBe('pass');
  };
  fc.assert(fc.property(jobPlan, fc.nat(1_000_000), survives), {
    seed,
    numRuns: RUNS,
    interruptAfterTimeLimit: SHRINK_MS_MAX,
  });
  expect(faults).toBeGreaterThan(0); // else nothing was survived
  expect(committed).toBeGreaterThan(0); // nor promised
});
