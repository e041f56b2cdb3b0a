// What `--set` and `--faults` know of a scenario of machines.
import type { OptionSpec, OptionTable } from '../../core/base/options.ts';
import { faultKindsOn } from '../faults/kinds.ts';
import type { MachinesScenario } from './scenario.ts';
import { machineWorldTable, type MachineWorldOptions } from './world-options.ts';

const LONGEST_MS = 86_400_000;
export const SETTLE_MS = 10_000; // many times what a protocol with timeouts below a second needs

/** What `--set` knows of a scenario, with its own defaults. */
export function optionTableOf({ sim = {}, options = {}, runMs, settleMs = SETTLE_MS }: MachinesScenario): OptionTable {
  const world: Record<string, OptionSpec> = {};
  for (const [name, spec] of Object.entries(machineWorldTable))
    world[name] = { ...spec, default: sim[name as keyof MachineWorldOptions] ?? spec.default };
  return {
    ...world,
    runMs: { default: runMs, unit: 'ms', min: 1, max: LONGEST_MS, about: 'faults strike for at most' },
    settleMs: {
      default: settleMs,
      unit: 'ms',
      min: 0,
      max: LONGEST_MS,
      about: 'the machines must be done, when faults have stopped, within',
    },
    ...options,
  };
}

/** Kinds of faults that can strike machines whose messages travel like this. */
export function faultKindsOf({ transport = 'stream' }: Pick<MachinesScenario, 'transport'>): readonly string[] {
  return faultKindsOn(transport);
}
