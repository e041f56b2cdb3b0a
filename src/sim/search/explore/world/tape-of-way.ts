// The way to a state that the explorer found, as the decisions of a run: any guest replays it, event for event.
import type { TapeEntry } from '../../../decisions.ts';
import type { GuestRun } from '../../../guest.ts';
import { engineOf } from '../../../world.ts';
import type { Step } from '../way.ts';
import type { ExploredWorld, ExploredWorldOptions } from './explored-world.ts';
import { WayDecisions } from './way-decisions.ts';
import { startClocksLater } from './normal-form.ts';
import type { Transition } from './world-system.ts';

/** What was decided along the way, and the run that went it. */
export interface WayRun {
  readonly entries: readonly TapeEntry[];
  readonly run: Pick<GuestRun, 'world'>;
}

/** Leads a run of its own along a way. Throws where the run cannot go it, which is a mistake of the explorer. */
export function walk(
  { begin, from, isForEver = false }: Pick<ExploredWorldOptions, 'begin' | 'from' | 'isForEver'>,
  explored: ExploredWorld,
  path: readonly Step[],
): WayRun {
  const decisions = new WayDecisions();
  const run = begin(decisions);
  const { world } = run;
  if (isForEver) startClocksLater(engineOf(world));
  if (from !== undefined && !from(world.view)) while (world.step() && !from(world.view));
  for (const transition of transitionsOf(explored, path)) {
    decisions.aim(engineOf(world), transition, explored);
    world.step();
  }
  return { entries: decisions.tape(), run };
}

/** What happens at each step of a path behind its first state. */
export function transitionsOf({ system }: ExploredWorld, path: readonly Step[]): readonly Transition[] {
  return path.slice(1).map(({ transition }, index) => {
    const found: Transition[] = [];
    system.onTransition = (one) => found.push(one);
    const { state } = path[index] as Step;
    system.expand(state, { set: () => {}, emit: () => false });
    system.onTransition = null;
    const taken = found[transition];
    if (taken === undefined) throw new Error('the explorer gives other transitions than it gave before');
    return { move: { ...taken.move }, script: taken.script };
  });
}
