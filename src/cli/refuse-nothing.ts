// A run in which nothing happens passes, whatever the machines are, and proves nothing: that is a mistake of the scenario, and never a pass.
import { UsageError } from './exit-codes.ts';

/**
 * Throws if there is a reason why runs prove nothing.
 *
 * @param seeds of which runs, e.g. `seed 7`
 */
export function refuseNothing(scenario: string, reason: string | null, seeds: string): void {
  if (reason === null) return;
  throw new UsageError(`scenario "${scenario}": ${reason} with ${seeds}, so that a run proves nothing`);
}
