// One guest, explored in all ways that must come to the same: by forks, by rows, with each shortcut; and its counterexamples replayed.
import { NEVER } from '../../../../../src/core/base/machine.ts';
import type { Decisions } from '../../../../../src/sim/decisions.ts';
import type { WorldView } from '../../../../../src/sim/observation.ts';
import type { Guest, GuestRun } from '../../../../../src/sim/guest.ts';
import { runGuest } from '../../../../../src/sim/run-guest.ts';
import {
  exploreGuest,
  requestOf,
  type Counterexample,
  type GuestBounds,
  type GuestExplored,
} from '../../../../../src/sim/search/explore/explore-guest.ts';
import type { ExploredWorldOptions } from '../../../../../src/sim/search/explore/world/explored-world.ts';
import type { WorldShortcuts } from '../../../../../src/sim/search/explore/world/world-system.ts';
import { UndeclaredError } from '../../../../../src/sim/search/explore/world/undeclared-error.ts';
import { engineOf } from '../../../../../src/sim/world.ts';
import { plainDecisions, tapeDecisions } from '../../../../../src/sim/tape-decisions.ts';
import { reachByForks, type Reached } from './forked-worlds.ts';
import { reachByRows, type RowsReached } from './reach-by-rows.ts';

type ExploredGuest = Pick<Guest, 'begin' | 'timeless'>;

export interface Compared {
  /** False: there are too many states, and nothing was compared. */
  readonly isWhole: boolean;
  readonly isViolated: boolean;
  /** All that is wrong. */
  readonly wrong: ReadonlySet<string>;
  readonly unique: number;
  /** Without the orders that nobody can tell apart. */
  readonly reduced: number;
  /** In any order of entries; null: somebody can tell them apart, or faults may strike. */
  readonly merged: number | null;
  /** What was not as it must be. */
  readonly differences: readonly string[];
}

const SHORTCUTS = {
  none: { remembers: false, reduces: false },
  remembers: { remembers: true, reduces: false },
  reduces: { remembers: true, reduces: true },
} as const satisfies Readonly<Record<string, WorldShortcuts>>;

const MERGES = { remembers: true, reduces: false, mergesEntries: true } as const satisfies WorldShortcuts;

/** Null: somebody can tell in which order entries came into maps and sets. */
function unlessToldApart<T>(explored: () => T): T | null {
  try {
    return explored();
  } catch (error) {
    if (error instanceof UndeclaredError) return null;
    throw error;
  }
}

function differencesMerged(remembered: RowsReached, merged: RowsReached): readonly string[] {
  return [
    ...sameSet('merged: ends', remembered.ends, merged.ends),
    ...sameSet('merged: wrong', remembered.wrong, merged.wrong),
    ...(merged.unique > remembered.unique ? [`${remembered.unique} states, merged: ${merged.unique}`] : []),
  ];
}

/** @param statesMax what has more is not compared */
export function compareGuest(guest: ExploredGuest, bounds: GuestBounds, statesMax: number): Compared {
  const options = optionsOf(guest, bounds);
  const remembered = reachByRows({ ...options.rows, shortcuts: SHORTCUTS.remembers }, statesMax);
  const { unique, isWhole, wrong } = remembered;
  const isStuck = bounds.to !== null && remembered.ends.size > 0;
  const isViolated = wrong.size > 0;
  if (!isWhole) return { isWhole, isViolated, wrong, unique, reduced: 0, merged: null, differences: [] };
  const plain = reachByRows({ ...options.rows, shortcuts: SHORTCUTS.none }, statesMax);
  const reduced = reachByRows({ ...options.rows, shortcuts: SHORTCUTS.reduces }, statesMax);
  const merged =
    bounds.faults.length > 0
      ? null
      : unlessToldApart(() => reachByRows({ ...options.rows, shortcuts: MERGES }, statesMax));
  const forks = reachByForks({ ...options.forks, statesMax: statesMax * 2, isPatient: true });
  const all = reachByForks({ ...options.forks, statesMax: statesMax * 4, isPatient: false });
  const differences = [
    ...differencesOf('forks and rows', forks, plain),
    ...(all.isWhole
      ? projectionsOf('all forks and rows', all, bounds.faults.includes('pause') ? only(plain, all) : plain)
      : []),
    ...differencesOf('plain and remembered', plain, remembered),
    ...sameSet('remembered and reduced: ends', remembered.ends, reduced.ends),
    ...(reduced.wrong.size > 0 === isViolated ? [] : [`violated ${isViolated}, reduced: ${reduced.wrong.size > 0}`]),
    ...(reduced.unique > unique ? [`${unique} states, reduced: ${reduced.unique}`] : []),
    ...[...reduced.wrong].filter((text) => !remembered.wrong.has(text)).map((text) => `only reduced: ${text}`),
    ...(remembered.isCut || looksAtClock(guest, bounds) ? [] : differencesForEver(options.rows, remembered, statesMax)),
    ...Object.values(SHORTCUTS).flatMap((shortcuts) => replay(guest, bounds, shortcuts, isViolated || isStuck)),
    ...(merged === null ? [] : differencesMerged(remembered, merged)),
    ...(merged !== null && merged.unique < unique
      ? replay(guest, bounds, { ...MERGES, reduces: true }, isViolated || isStuck)
      : []),
  ];
  return { isWhole, isViolated, wrong, unique, reduced: reduced.unique, merged: merged?.unique ?? null, differences };
}

/** An oracle says what time it is; or some machine has a deadline before its first step, which comes by what its clock shows then. */
function looksAtClock(guest: ExploredGuest, bounds: GuestBounds): boolean {
  const { world } = guest.begin(requestOf(guest, bounds, plainDecisions()));
  const { nodes, settings } = engineOf(world);
  if (settings.oracles.some(({ name }) => name === 'late word')) return true;
  return nodes.some(({ fixed: { machine } }) => machine.wakeAt(machine.create()) < NEVER);
}

/** Where no run is too late, it makes no difference what has passed, but that states which differ in nothing else are one. */
function differencesForEver(
  options: ExploredWorldOptions,
  { wrong, unique }: RowsReached,
  statesMax: number,
): readonly string[] {
  const forEver = reachByRows({ ...options, isForEver: true, shortcuts: SHORTCUTS.remembers }, statesMax);
  return [
    ...sameSet('for ever: wrong', wrong, forEver.wrong),
    ...(forEver.unique > unique ? [`${unique} states, for ever: ${forEver.unique}`] : []),
  ];
}

function optionsOf(guest: ExploredGuest, bounds: GuestBounds) {
  let moments: GuestRun['moments'] = {};
  const begin = (decisions: Decisions): GuestRun => {
    const run = guest.begin(requestOf(guest, bounds, decisions));
    ({ moments } = run);
    return run;
  };
  const worldBounds = { ...bounds, untilUs: bounds.untilMs * 1_000 };
  return {
    rows: {
      begin,
      bounds: worldBounds,
      from: (view: WorldView) => moments[bounds.from]!(view),
      ...(bounds.to === null ? {} : { to: (view: WorldView) => moments[bounds.to as string]!(view) }),
    },
    forks: { begin, bounds: worldBounds, from: bounds.from, to: bounds.to },
  };
}

function differencesOf(name: string, one: Reached, other: Reached): readonly string[] {
  return [
    ...(one.unique === other.unique ? [] : [`${name}: ${one.unique} and ${other.unique} states`]),
    ...(one.total === other.total ? [] : [`${name}: ${one.total} and ${other.total} steps`]),
    ...projectionsOf(name, one, other),
  ];
}

function projectionsOf(name: string, one: Reached, other: Reached): readonly string[] {
  return [
    ...sameSet(`${name}: wrong`, one.wrong, other.wrong),
    ...sameSet(`${name}: seen`, one.seen, other.seen),
    ...sameSet(`${name}: ends`, one.ends, other.ends),
  ];
}

/**
 * What another found as well. What comes to a paused process stays on its way, so that it may still be overtaken by what is later; in the world it lies
 * in a queue by then. So rows reach more, and runs that are possible.
 */
function only(one: Reached, { wrong, seen, ends }: Reached): Reached {
  const among = (texts: ReadonlySet<string>, known: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...texts].filter((text) => known.has(text)));
  return { ...one, wrong: among(one.wrong, wrong), seen: among(one.seen, seen), ends: among(one.ends, ends) };
}

function sameSet(name: string, one: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] {
  const left = [...one].filter((text) => !other.has(text));
  const right = [...other].filter((text) => !one.has(text));
  if (left.length === 0 && right.length === 0) return [];
  return [
    `${name}: ${left.length} only in the first, ${right.length} only in the second: ${[left[0], right[0]].join(' | ')}`,
  ];
}

function replay(
  guest: ExploredGuest,
  bounds: GuestBounds,
  shortcuts: WorldShortcuts,
  isViolated: boolean,
): readonly string[] {
  const name = JSON.stringify(shortcuts);
  return (['breadth', 'depth'] as const).flatMap((order) => {
    const { outcome, counterexample } = exploreWith(guest, bounds, shortcuts, order);
    if ((counterexample !== null) !== isViolated)
      return [`${name} ${order}: ${outcome}, and violated is ${isViolated}`];
    if (counterexample === null) return [];
    return replayed(guest, bounds, counterexample).map((text) => `${name} ${order}: ${text}`);
  });
}

export function exploreWith(
  guest: ExploredGuest,
  bounds: GuestBounds,
  shortcuts: WorldShortcuts = {},
  order: 'breadth' | 'depth' = 'breadth',
): GuestExplored {
  return exploreGuest(guest, bounds, {
    order,
    memory: 'exact',
    statesMax: 1_000_000,
    bytesMax: Infinity,
    shortcuts,
    hasTime: () => true,
  });
}

/** What is not the same in a run of the tape. */
export function replayed(guest: ExploredGuest, bounds: GuestBounds, found: Counterexample): readonly string[] {
  const decisions = tapeDecisions(found.entries);
  const { sentence } = runGuest(guest, requestOf(guest, bounds, decisions));
  return [
    ...(sentence === found.text || found.kind === 'deadlock' ? [] : [`found "${found.text}", replayed "${sentence}"`]),
    ...decisions.divergences().map(({ entry, why }) => `${entry.stream} ${entry.index}: ${why}`),
  ];
}
