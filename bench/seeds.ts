// The bench of whole runs: the same seeds of a scenario, bare and as a sweep runs them.
import { makePlan } from '../src/cli/sim/plan.ts';
import { runSeed, setUp } from '../src/cli/sim/run-seed.ts';
import type { RunSetup } from '../src/cli/sim/run-seed.ts';
import type { RunPlan } from '../src/cli/sim/run-seed.ts';
import { runScenario } from '../src/sim/cluster/run.ts';
import type { RunRequest, RunResult } from '../src/sim/cluster/run-types.ts';
import { seededDecisions } from '../src/sim/seeded-decisions.ts';
import { measure } from './measure.ts';
import type { Rounds, Spent } from './measure.ts';

/** A scenario with its data. */
export async function loadSetup(scenario: string, faults: RunPlan['faults']): Promise<RunSetup> {
  return setUp(await makePlan({ scenario, set: {}, faults }));
}

/** What a number of seeds did, all together. */
export interface Sum {
  events: number;
  records: number;
  checkpoints: number;
  faults: number;
}

export interface SeedsBench {
  readonly bare: Spent;
  readonly checked: Spent;
  /** Of one round of checked runs; bare ones do the same and count less. */
  readonly sum: Sum;
}

/** Runs seeds 1 to `seeds` in each round. */
export function benchSeeds(setup: RunSetup, rounds: Rounds, seeds: number): SeedsBench {
  let sum = createSum();
  const bare = measure(rounds, () => runAll(seeds, (seed) => runBare(setup, seed)));
  const checked = measure(rounds, () => {
    sum = runAll(seeds, (seed) => runSeed(setup, seed).result);
  });
  return { bare, checked, sum };
}

function createSum(): Sum {
  return { events: 0, records: 0, checkpoints: 0, faults: 0 };
}

function runBare(setup: RunSetup, seed: number): RunResult {
  return runScenario(bareRequest(setup, seed));
}

export function bareRequest({ scenario, set, faults, data, hash }: RunSetup, seed: number): RunRequest {
  return { scenario, decisions: seededDecisions(seed, false), set, faults, data, artifact: hash, checks: 'bare' };
}

function runAll(seeds: number, run: (seed: number) => RunResult): Sum {
  const sum = createSum();
  for (let seed = 1; seed <= seeds; seed++) add(sum, seed, run(seed));
  return sum;
}

/** A run that fails did something else than what is to be measured. */
function add(sum: Sum, seed: number, result: RunResult): void {
  if (result.verdict !== 'pass') throw new Error(`seed ${seed} does not pass: ${result.sentence}`);
  sum.events += result.events;
  sum.records += result.recordsIn;
  sum.checkpoints += result.checkpoints.completed;
  for (const times of Object.values(result.faults)) sum.faults += times;
}
