// The bench of whole runs: the same seeds of a scenario, bare and as a sweep runs them.
import { prepare } from '../src/cli/sim/plan.ts';
import { runSeed } from '../src/cli/sim/run-seed.ts';
import type { RunPlan, RunSetup } from '../src/cli/sim/run-seed.ts';
import { loadScenario } from '../src/cli/scenario/scenario-file.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import { runScenario } from '../src/sim/cluster/run.ts';
import type { JobRunRequest, JobRunResult } from '../src/sim/cluster/run-types.ts';
import { seededDecisions } from '../src/sim/seeded-decisions.ts';
import { measure } from './measure.ts';
import type { Rounds, Spent } from './measure.ts';

export interface JobSetup extends RunSetup {
  readonly scenario: Scenario;
}

/** A job with its data. */
export async function loadSetup(scenario: string, faults: RunPlan['faults']): Promise<JobSetup> {
  const setup = await prepare({ scenario, set: [], faults });
  return { ...setup, scenario: (await loadScenario(setup.file)).scenario };
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
export function benchSeeds(setup: JobSetup, rounds: Rounds, seeds: number): SeedsBench {
  let sum = createSum();
  const bare = measure(rounds, () => runAll(seeds, (seed) => runBare(setup, seed)));
  const checked = measure(rounds, () => {
    sum = runAll(seeds, (seed) => runSeed(setup, seed).result as JobRunResult);
  });
  return { bare, checked, sum };
}

function createSum(): Sum {
  return { events: 0, records: 0, checkpoints: 0, faults: 0 };
}

function runBare(setup: JobSetup, seed: number): JobRunResult {
  return runScenario(bareRequest(setup, seed));
}

export function bareRequest({ scenario, set, faults, data, hash }: JobSetup, seed: number): JobRunRequest {
  return { scenario, decisions: seededDecisions(seed, false), set, faults, data, artifact: hash, checks: 'bare' };
}

function runAll(seeds: number, run: (seed: number) => JobRunResult): Sum {
  const sum = createSum();
  for (let seed = 1; seed <= seeds; seed++) add(sum, seed, run(seed));
  return sum;
}

/** A run that fails did something else than what is to be measured. */
function add(sum: Sum, seed: number, result: JobRunResult): void {
  if (result.verdict !== 'pass') throw new Error(`seed ${seed} does not pass: ${result.sentence}`);
  sum.events += result.events;
  sum.records += result.recordsIn;
  sum.checkpoints += result.checkpoints.completed;
  for (const times of Object.values(result.faults)) sum.faults += times;
}
