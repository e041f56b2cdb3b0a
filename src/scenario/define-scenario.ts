// A scenario that is checked where it is written, and not first where it is run.
import { mistakesOf } from './mistakes.ts';
import type { Scenario } from './scenario.ts';

/** A scenario, checked: throws one Error that lists every mistake. */
export function defineScenario(scenario: Scenario): Scenario {
  const mistakes = mistakesOf(scenario);
  if (mistakes.length > 0) {
    const lines = mistakes.map((mistake) => `- ${mistake}`).join('\n');
    throw new Error(`scenario "${String((scenario as Scenario | undefined)?.name)}" cannot run:\n${lines}`);
  }
  return scenario;
}
