// The chaos property: whatever the decisions of a run are, word-count keeps its promises. A counterexample is shrunk by its tape.
// A fixed seed finds the same each time; a fresh one, which is printed, looks where nobody looked before.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenario } from '../../scenarios/word-count.ts';
import { runScenario } from '../../src/sim/cluster/run.ts';
import type { JobRunResult } from '../../src/sim/cluster/run-types.ts';
import type { Decisions } from '../../src/sim/decisions.ts';
import { decisionsOf, runArbitrary } from '../../src/testing/run-arbitrary.ts';
import type { RunInput } from '../../src/testing/run-arbitrary.ts';

const RUNS = 25;
const SHRINK_MS_MAX = 30_000;
const FIXED_SEED = 20_011;
const freshSeed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

function runWith(decisions: Decisions): JobRunResult {
  return runScenario({
    scenario,
    decisions,
    set: {},
    faults: 'scenario',
    data: {},
    artifact: 'artifact',
    checks: 'strict',
  });
}

test.each([
  ['a fixed seed', FIXED_SEED],
  ['a fresh seed', freshSeed],
])('word-count survives the runs of %s', (_, seed) => {
  console.log(`chaos: CHAOS_SEED=${seed} repeats these runs`);
  const anyRun = runArbitrary((decisions) => void runWith(decisions));
  let faults = 0;
  const survives = (run: RunInput) => {
    const result = runWith(decisionsOf(run));
    faults += Object.values(result.faults).reduce((sum, times) => sum + times, 0);
    const repeat = `npm run sim -- --scenario word-count --seed ${run.seed}`;
    expect(
      result.verdict,
      `${result.sentence}\nfound by: ${repeat}\n${result.faultLog.map(({ text }) => text).join('\n')}`,
    ).toBe('pass');
  };
  fc.assert(fc.property(anyRun, survives), { seed, numRuns: RUNS, interruptAfterTimeLimit: SHRINK_MS_MAX });
  expect(faults).toBeGreaterThan(0); // else nothing was survived
});
