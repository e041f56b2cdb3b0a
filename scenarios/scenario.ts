// The public entry `millrace/scenario`: everything that a scenario file needs, the job API included.
//
//   export const scenario = defineScenario({ name, about, cluster, job: defineJob(…), input, faults, reference: true })
import type { Scenario } from '../src/sim/cluster/run-types.ts';
import { mistakesOf } from './mistakes.ts';

export type { FaultKind } from '../src/sim/cluster/fault-kinds.ts';
export type { Scenario, Topic } from '../src/sim/cluster/run-types.ts';
export * from '../src/core/millrace.ts';
export { mix } from './mix.ts';

/** A scenario, checked: throws one Error that lists every mistake. */
export function defineScenario(scenario: Scenario): Scenario {
  const mistakes = mistakesOf(scenario);
  if (mistakes.length > 0) {
    const lines = mistakes.map((mistake) => `- ${mistake}`).join('\n');
    throw new Error(`scenario "${String((scenario as Scenario | undefined)?.name)}" cannot run:\n${lines}`);
  }
  return scenario;
}
