// Every run of a guest inside stated bounds: its world is explored between two moments, and whatever is wrong comes back as a tape.
import type { TapeEntry } from '../../decisions.ts';
import type { Guest, GuestRun, Moments, RunRequest, RunResult } from '../../guest.ts';
import type { WorldView } from '../../observation.ts';
import type { Explored, Progress, ViolationKind } from './explore-types.ts';
import { createSearch } from './explore.ts';
import { createExploredWorld, type ExploredWorld } from './world/explored-world.ts';
import { walk } from './world/tape-of-way.ts';

/** Which runs are looked at. All bounds are a part of what `complete` means. */
export interface GuestBounds {
  /** Overrides of options, as `--set` has them; those under which nothing takes time come before. */
  readonly set: Readonly<Record<string, number>>;
  /** Kinds of faults that may strike; empty: none. */
  readonly faults: readonly string[];
  /** So many faults a run. */
  readonly faultsMax: number;
  /** So often a run the clock moves to the next deadline although something else could happen before. */
  readonly deviationsMax: number;
  /** So many of the answers to what machines pick are not 0. */
  readonly chancesMax: number;
  /** A moment of the guest: before it everything happens plainly. */
  readonly from: string;
  /** A moment of the guest: what comes behind it is not looked at. Null: all is. */
  readonly to: string | null;
  /** In ms of world time: what comes later is not looked at. */
  readonly untilMs: number;
  /** Length kept of an input, by its name. */
  readonly inputLimits: Readonly<Record<string, number>>;
}

/** How it is searched. */
export interface GuestSearch {
  readonly order: 'breadth' | 'depth';
  readonly memory: 'exact' | 'compact';
  readonly statesMax: number;
  readonly bytesMax: number;
  /** Asked once in a while. */
  readonly hasTime: () => boolean;
  readonly onProgress?: (progress: Progress) => void;
}

/** What was found wrong, as the decisions of a run that goes there. */
export interface Counterexample {
  readonly kind: ViolationKind;
  readonly text: string;
  /** Steps from the first moment to where it shows. */
  readonly steps: number;
  readonly entries: readonly TapeEntry[];
}

/** What came of it. */
export interface GuestExplored {
  readonly outcome: Explored['outcome'];
  readonly reason: Explored['reason'];
  readonly unique: number;
  readonly total: number;
  readonly expanded: number;
  readonly depth: number;
  readonly missedExpected: number;
  /** Held for states, parts and what is remembered. */
  readonly bytes: number;
  /** Steps that the engine made, all others were remembered. */
  readonly engineSteps: number;
  /** How many different states each node had, by address. */
  readonly nodeStates: Readonly<Record<string, number>>;
  /** Some state is the one that the exploration was to lead to. */
  readonly reachedEnd: boolean;
  readonly counterexample: Counterexample | null;
}

/** The names of the moments of a guest. */
export function momentsOf(guest: Pick<Guest, 'begin'>, request: RunRequest): readonly string[] {
  return Object.keys(guest.begin(request).moments);
}

/** Throws a `RangeError` on a moment that the guest does not know. */
export function exploreGuest<R extends RunResult>(
  guest: Pick<Guest<R>, 'begin'>,
  bounds: GuestBounds,
  search: GuestSearch,
): GuestExplored {
  let moments: Moments = {};
  const options = {
    begin(decisions: RunRequest['decisions']): GuestRun<R> {
      const run = guest.begin(requestOf(bounds, decisions));
      ({ moments } = run);
      return run;
    },
    bounds: { ...bounds, untilUs: bounds.untilMs * 1_000 },
    from: (view: WorldView): boolean => momentOf(moments, bounds.from)(view),
  };
  const explored = createExploredWorld(options);
  const { system } = explored;
  const isEnd = bounds.to === null ? null : explored.askOf(momentOf(moments, bounds.to));
  let reachedEnd = false;
  const found = createSearch(system, {
    order: search.order,
    memory: search.memory,
    isInside: (row) => system.isInside(row),
    ...(search.onProgress === undefined ? {} : { onProgress: search.onProgress }),
    ...(isEnd === null
      ? {}
      : {
          isGoal(row) {
            const is = isEnd(row);
            reachedEnd ||= is;
            return is;
          },
          endsAtGoal: true,
        }),
  }).run(search);
  return {
    ...countsOf(found, explored),
    reachedEnd,
    counterexample: counterexampleOf(found, explored, options),
  };
}

/** Throws a `RangeError` on one that it does not know. */
function momentOf(moments: Moments, name: string): Moments[string] {
  const moment = Object.hasOwn(moments, name) ? moments[name] : undefined;
  if (moment === undefined) throw new RangeError(`no moment "${name}": there are ${Object.keys(moments).join(', ')}`);
  return moment;
}

function requestOf({ set, faults, inputLimits }: GuestBounds, decisions: RunRequest['decisions']): RunRequest {
  return { decisions, set, faults, checks: 'checked', inputLimits };
}

type Counted = Omit<GuestExplored, 'counterexample' | 'reachedEnd'>;

function countsOf(found: Explored, { system, steps, parts }: ExploredWorld): Counted {
  const { outcome, reason, unique, total, expanded, depth, missedExpected, bytes } = found;
  const addresses = steps.engine.nodes.map(({ fixed }) => fixed.address);
  return {
    outcome,
    reason,
    unique,
    total,
    expanded,
    depth,
    missedExpected,
    bytes: bytes + system.bytes,
    engineSteps: steps.count,
    nodeStates: Object.fromEntries(addresses.map((address, index) => [address, parts.nodes[index]?.size ?? 0])),
  };
}

function counterexampleOf(
  { violation }: Explored,
  explored: ExploredWorld,
  options: Parameters<typeof walk>[0],
): Counterexample | null {
  if (violation === null) return null;
  const { kind, text, path } = violation;
  const { entries } = walk(options, explored, path);
  return { kind, text, steps: path.length - 1, entries };
}
