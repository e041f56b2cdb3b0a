// The way to a state that the explorer found, as the decisions of a run: any guest replays it, event for event.
import type { TapeEntry } from '../../../decisions.ts';
import type { GuestRun } from '../../../guest.ts';
import { engineOf } from '../../../world.ts';
import { cloneState, hashState } from '../../../../core/base/state.ts';
import type { Engine } from '../../../engine.ts';
import type { Row } from '../transition-system.ts';
import type { Step } from '../way.ts';
import { BAG, FRAME, inboxPlace, JUDGES, nodePlace, SERVICES } from './layout.ts';
import { NOTHING_USED, type WorldParts } from './parts.ts';
import { IDENTITY } from './symmetry.ts';
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
  for (const [at, transition] of transitionsOf(explored, path).entries()) {
    const engine = engineOf(world);
    const change = changeTo(explored, engine, (path[at] as Step).state);
    decisions.aim(engine, transition, explored, change);
    world.step();
  }
  return { entries: decisions.tape(), run };
}

/** How nodes of a world changed places in a state that it is in, as the explorer knows it. */
function changeTo({ parts, normal, symmetry }: ExploredWorld, engine: Engine, state: Readonly<Row>): number {
  if (symmetry === null) return IDENTITY;
  const row = rowOf(engine, parts, state);
  normal?.apply(row);
  const changed = state.slice();
  for (let change = IDENTITY; change < symmetry.changes; change++) {
    symmetry.change(row, change, changed);
    if (isSameWorld(changed, state, parts)) return change;
  }
  throw new Error('the way that was explored leads to a state that the world is not in, however its nodes are named');
}

/** Of a world that goes on to change what it is made of. @param like for what judges think */
function rowOf(engine: Engine, parts: WorldParts, like: Readonly<Row>): Row {
  const row = like.slice();
  const { inboxes, bag } = parts.flowOf(engine);
  row[FRAME] = parts.frameOf({ ...engine, plan: cloneState(engine.plan) }, NOTHING_USED);
  row[BAG] = bag;
  row[SERVICES] = parts.serviceTuples.numberOf(engine.services.map((record) => parts.serviceOf(record)));
  for (const [node, record] of engine.nodes.entries()) {
    row[nodePlace(node)] = parts.nodeOf(record);
    row[inboxPlace(node)] = inboxes[node] as number;
  }
  return row;
}

/** But for what judges think, and which bounds are used up. */
function isSameWorld(one: Readonly<Row>, other: Readonly<Row>, { frames }: WorldParts): boolean {
  const frameOf = (row: Readonly<Row>): string => {
    const { now, plan, blocked } = frames.valueOf(row[FRAME] as number);
    return hashState([now, plan, blocked]);
  };
  return (
    one.every((part, place) => place === FRAME || place === JUDGES || part === other[place]) &&
    frameOf(one) === frameOf(other)
  );
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
