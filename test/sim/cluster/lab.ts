// Runs of the house's scenarios for tests: from seeds or tapes, with what a test wants changed.
import { readFileSync } from 'node:fs';
import type { Value } from '../../../src/core/base/value.ts';
import { runScenario } from '../../../src/sim/cluster/run.ts';
import type { JobRunRequest, JobRunResult } from '../../../src/sim/cluster/run-types.ts';
import { functionsOfFile } from '../../../src/calls/functions-of-file.ts';
import { houseScenario } from '../../../src/layout.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';

export function requestOf(scenario: Scenario, seed: number, given: Partial<JobRunRequest> = {}): JobRunRequest {
  return {
    scenario,
    decisions: seededDecisions(seed),
    set: {},
    faults: 'scenario',
    data: {},
    artifact: '5eed',
    functions: functionsOfFile(houseScenario(scenario.name)),
    checks: 'checked',
    ...given,
  };
}

export function runSeed(scenario: Scenario, seed: number, given: Partial<JobRunRequest> = {}): JobRunResult {
  return runScenario(requestOf(scenario, seed, given));
}

export function flightRows(): Readonly<Record<string, Value>> {
  return {
    'flights-20k': JSON.parse(readFileSync('node_modules/vega-datasets/data/flights-20k.json', 'utf8')) as Value,
  };
}

/** What a failed run says; a passed one says `pass`. */
export function verdictOf(result: JobRunResult): string {
  return result.verdict === 'pass' ? 'pass' : `${result.verdict}: ${result.sentence}`;
}
