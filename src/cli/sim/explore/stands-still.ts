// Whether a run really ends where an exploration says that nothing can happen any more.
import type { Counterexample } from '../../../sim/search/explore/explore-guest.ts';
import { tapeDecisions } from '../../../sim/tape-decisions.ts';
import type { ExplorePlan, InputLimits } from './explore-plan.ts';

/** The same decisions lead to where nothing happens any more, as long as faults do not stop. */
export function standsStill(
  { setup, bounds }: ExplorePlan,
  { entries, steps }: Counterexample,
  inputLimits: InputLimits,
): boolean {
  const { guest, set, faults, exactFaults } = setup;
  const exact = exactFaults === undefined ? {} : { exactFaults };
  const decisions = tapeDecisions(entries);
  const { world, moments } = guest.begin({ decisions, set, faults, ...exact, checks: 'checked', inputLimits });
  const isThere = moments[bounds.from] ?? (() => true);
  while (!isThere(world.view) && world.step());
  for (let step = 0; step < steps; step++) world.step();
  return !world.step();
}
