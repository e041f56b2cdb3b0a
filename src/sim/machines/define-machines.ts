// A scenario of machines that is checked where it is written, and not first where it is run.
import { mistakesOfMachines } from './mistakes.ts';
import type { MachinesScenario } from './scenario.ts';

/**
 * A scenario of machines, checked: throws one Error that lists every mistake, each with its field.
 *
 * @example
 *     export const scenario = defineMachines({
 *       name: 'lock-service',
 *       about: 'Clients take turns under a lock, while holders are paused for longer than their lease.',
 *       messages: ['acquire', 'granted', 'release'],
 *       nodes: [{ address: 'server', machine: lockServer }, { address: 'client', machine: client }],
 *       faults: { crash: 1, pause: 2 },
 *       oracles: [mutualExclusion],
 *       isOver: (view) => view.nodes().every(({ role, state }) => role !== 'client' || (state as ClientState).isDone),
 *       runMs: 8_000,
 *     });
 */
export function defineMachines(scenario: MachinesScenario): MachinesScenario {
  const mistakes = mistakesOfMachines(scenario);
  if (mistakes.length > 0) {
    const lines = mistakes.map((mistake) => `- ${mistake}`).join('\n');
    throw new Error(`scenario "${String((scenario as MachinesScenario | undefined)?.name)}" cannot run:\n${lines}`);
  }
  return scenario;
}
