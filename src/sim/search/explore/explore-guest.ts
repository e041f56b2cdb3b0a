// Every run of a guest inside stated bounds: its world is explored between two moments, and whatever is wrong comes back as a tape.
import { must } from '../../../core/base/assert.ts';
import type { TapeEntry } from '../../decisions.ts';
import type { Guest, GuestRun, Moments, RunRequest, RunResult } from '../../guest.ts';
import type { Explored, Progress, Search, SearchOptions, ViolationKind } from './explore-types.ts';
import { createSearch } from './explore.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
import type { Row } from './transition-system.ts';
import { createExploredWorld, type ExploredWorld, type ExploredWorldOptions } from './world/explored-world.ts';
import type { WorldShortcuts } from './world/world-system.ts';
import { growthOf, type Growth } from './world/growth.ts';
import { runTwins } from './world/twins.ts';
import { walk } from './world/tape-of-way.ts';
import { whoWaits } from './world/who-waits.ts';

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
  /** So much of what the faults of a run leave open is not answered plainly; null: any number. */
  readonly fatesMax: number | null;
  /** So many steps at each moment are made out of turn; null: any number, which is all orders. */
  readonly reordersMax: number | null;
  /** A moment of the guest: before it everything happens plainly. */
  readonly from: string;
  /** A moment of the guest: what comes behind it is not looked at. Null: all is. */
  readonly to: string | null;
  /** In ms of world time: what comes later is not looked at. */
  readonly untilMs: number;
  /**
   * No moment is the last: states that differ in nothing but what has passed are one, as far as machines say what that is. `untilMs` counts for `from` alone.
   * Default false.
   */
  readonly isForEver?: boolean;
  /** A run that is not at `to` by then is wrong. Default false. */
  readonly mustArrive?: boolean;
  /** Length kept of an input, by its name. */
  readonly inputLimits: Readonly<Record<string, number>>;
  /** Kept up to date: which code of the guest's author was called last, in words. */
  readonly lastCall?: { what: string };
}

/** How it is searched. */
export interface GuestSearch {
  readonly order: 'breadth' | 'depth';
  readonly memory: 'exact' | 'compact';
  readonly statesMax: number;
  readonly bytesMax: number;
  /** What is left out because it changes nothing. Default: all that can be. */
  readonly shortcuts?: WorldShortcuts;
  /** Asked once in a while. */
  readonly hasTime: () => boolean;
  /** Where the search is kept if a bound ends it. Default: nowhere. */
  readonly keepIn?: KeptWriter | undefined;
  /** It goes on where another was kept of the same guest, inside the same bounds, in the same order and memory, with the same shortcuts. */
  readonly goOnFrom?: KeptReader | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

/** What was found wrong, as the decisions of a run that goes there. */
export interface Counterexample {
  /** `late`: the run is not where it had to be in time. */
  readonly kind: ViolationKind | 'late';
  readonly text: string;
  /** Steps from the first moment to where it shows. */
  readonly steps: number;
  /** World time at its end, in ms, rounded up. */
  readonly endMs: number;
  readonly entries: readonly TapeEntry[];
}

/** What came of it. */
export interface GuestExplored {
  readonly outcome: Explored['outcome'];
  readonly reason: Explored['reason'];
  readonly unique: number;
  readonly total: number;
  readonly expanded: number;
  /** States that were not followed. */
  readonly waiting: number;
  readonly depth: number;
  readonly missedExpected: number;
  /** Held for states, parts and what is remembered. */
  readonly bytes: number;
  /** Steps that the engine made, all others were remembered. */
  readonly engineSteps: number;
  /** How many different states each node had, by address. */
  readonly nodeStates: Readonly<Record<string, number>>;
  /** Moves that were left out, of those of states with several: 0 where none was. */
  readonly leftOutShare: number;
  /** Of a search that a bound ended: what took the most values, and may have no end. */
  readonly growth: Growth | null;
  /** Some state is the one that the exploration was to lead to. */
  readonly reachedEnd: boolean;
  /** From every state there is a way there, or out of what is looked at. False as well where that is not known. */
  readonly isEndInReach: boolean;
  readonly counterexample: Counterexample | null;
}

const PILOT_STATES = 20_000;
/** Looking for orders that can be left out costs more than it saves where fewer moves than this are left out. */
const LEFT_OUT_SHARE_MIN = 0.3;

/** Throws a `RangeError` on a moment that the guest does not know. */
export function exploreGuest<R extends RunResult>(
  guest: Explorable<R>,
  bounds: GuestBounds,
  search: GuestSearch,
): GuestExplored {
  const pieces = exploreInPieces(guest, bounds, search);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

type Explorable<R extends RunResult> = Pick<Guest<R>, 'begin' | 'timeless'>;

/** The same in pieces, for a host that ends code which does not come back. */
export function* exploreInPieces<R extends RunResult>(
  guest: Explorable<R>,
  bounds: GuestBounds,
  search: GuestSearch,
): Generator<null, GuestExplored, void> {
  const { statesMax, shortcuts, goOnFrom } = search;
  const isPilot = goOnFrom?.flag() ?? true;
  if (!isPilot) return yield* exploreWhole(guest, bounds, search, readHow(goOnFrom as KeptReader));
  const exploration = new Exploration(guest, bounds, givenHow(search, { reduces: true, foresees: false }));
  if (goOnFrom !== undefined) exploration.restore(goOnFrom);
  const pilot = yield* exploration.run(Math.min(statesMax, PILOT_STATES));
  if (pilot.reason !== 'states' || statesMax <= PILOT_STATES) return exploration.kept(pilot, [true]);
  const anew = { ...search, goOnFrom: undefined };
  if (shortcuts?.reduces === false || bounds.reordersMax !== null)
    return exploration.kept(yield* exploration.run(statesMax), phaseOf({ reduces: true, foresees: false }));
  const foreseen = new Exploration(guest, bounds, anew);
  if (yield* foreseen.foresee())
    return foreseen.kept(yield* foreseen.run(statesMax), phaseOf({ reduces: true, foresees: true }));
  if (pilot.leftOutShare < LEFT_OUT_SHARE_MIN)
    return yield* exploreWhole(guest, bounds, anew, { reduces: false, foresees: false });
  return exploration.kept(yield* exploration.run(statesMax), phaseOf({ reduces: true, foresees: false }));
}

/** What is left out, as the pilot said. */
interface How {
  readonly reduces: boolean;
  readonly foresees: boolean;
}

/** What another process must know before it makes a world, behind the pilot. */
function phaseOf({ reduces, foresees }: How): readonly boolean[] {
  return [false, reduces, foresees];
}

function readHow(kept: KeptReader): How {
  const reduces = kept.flag();
  return { reduces, foresees: kept.flag() };
}

/** What is asked for, as far as the pilot allows it. */
function givenHow(search: GuestSearch, { reduces, foresees }: How): GuestSearch {
  const { shortcuts } = search;
  return {
    ...search,
    shortcuts: {
      ...shortcuts,
      reduces: reduces && shortcuts?.reduces !== false,
      foresees: foresees && shortcuts?.foresees !== false,
    },
  };
}

/** Behind the pilot. */
function* exploreWhole<R extends RunResult>(
  guest: Explorable<R>,
  bounds: GuestBounds,
  search: GuestSearch,
  how: How,
): Generator<null, GuestExplored, void> {
  const { goOnFrom } = search;
  const exploration = new Exploration(guest, bounds, givenHow(search, how));
  if (goOnFrom !== undefined) exploration.restore(goOnFrom);
  if (how.foresees) yield* exploration.foresee();
  return exploration.kept(yield* exploration.run(search.statesMax), phaseOf(how));
}

/** A search looks for time when it begins, and each 1,024 states. */
const LOOKS_PER_PIECE = 2;

interface BegunWorld {
  readonly options: ExploredWorldOptions;
  /** What the run says that was begun last. */
  readonly begun: () => Pick<GuestRun, 'moments' | 'lastMoment'>;
}

/** The worlds of a guest's runs between two moments. */
function worldOf<R extends RunResult>(guest: Explorable<R>, bounds: GuestBounds): BegunWorld {
  const { from, to, untilMs, mustArrive = false, isForEver = false } = bounds;
  let last: Pick<GuestRun, 'moments' | 'lastMoment'> = { moments: {}, lastMoment: null };
  const options: ExploredWorldOptions = {
    begin(decisions) {
      const run = guest.begin(requestOf(guest, bounds, decisions));
      last = run;
      return run;
    },
    bounds: {
      ...bounds,
      untilUs: untilMs * 1_000,
      late: mustArrive && to !== null ? lateText(to, untilMs) : null,
    },
    from: (view) => momentOf(last.moments, from)(view),
    ...(to === null ? {} : { to: (view) => momentOf(last.moments, to)(view) }),
    judgesEnds: () => to === last.lastMoment,
    isForEver,
  };
  return { options, begun: () => last };
}

const TWIN_STEPS = 400;
const TWIN_RUNS = 3;

/**
 * Whether machines say rightly what goes on in them, as far as a few runs show it: each is made twice, once without what has passed.
 *
 * @returns one sentence about what is not the same in both, or null
 */
export function twinDifference<R extends RunResult>(guest: Explorable<R>, bounds: GuestBounds): string | null {
  for (let run = 0; run < TWIN_RUNS; run++) {
    const explored = createExploredWorld(worldOf(guest, { ...bounds, isForEver: true }).options);
    const normal = must(explored.normal, 'a normal form');
    let drawn = run;
    const choose = (n: number): number => {
      drawn = run === 0 ? 0 : (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0;
      return (drawn >>> 8) % n;
    };
    const { difference } = runTwins({ ...explored, normal }, TWIN_STEPS, choose);
    if (difference !== null) return difference;
  }
  return null;
}

/** One world of a guest, and a search in it that can go on. */
class Exploration<R extends RunResult> {
  readonly #options: ExploredWorldOptions;
  readonly #explored: ExploredWorld;
  readonly #search: Search;
  readonly #given: GuestSearch;
  readonly #to: string;
  #reachedEnd = false;

  constructor(guest: Explorable<R>, bounds: GuestBounds, given: GuestSearch) {
    const { to } = bounds;
    const { options, begun } = worldOf(guest, bounds);
    this.#to = to ?? '';
    this.#given = given;
    this.#options = given.shortcuts === undefined ? options : { ...options, shortcuts: given.shortcuts };
    this.#explored = createExploredWorld(this.#options);
    const { moments, lastMoment } = begun();
    if (to !== null) momentOf(moments, to);
    this.#search = createSearch(this.#explored.system, this.#searchOptions(to !== null, to === lastMoment));
  }

  #searchOptions(hasEnd: boolean, isLast: boolean): SearchOptions {
    const { order, memory, onProgress } = this.#given;
    const isGoal = (row: Readonly<Row>): boolean => {
      const is = this.#explored.isEnd(row);
      this.#reachedEnd ||= is;
      return is;
    };
    return {
      order,
      memory,
      isInside: (row) => this.#explored.system.isInside(row),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(hasEnd ? { isGoal, endsAtGoal: true, describeStuck: this.#describeStuck } : {}),
      ...(hasEnd && isLast
        ? { judge: (row) => (this.#explored.isEnd(row) ? this.#explored.lastWord(row) : null) }
        : {}),
    };
  }

  readonly #describeStuck = (row: Readonly<Row>, kind: 'deadlock' | 'trap'): string => {
    const { steps, parts } = this.#explored;
    return kind === 'trap'
      ? `${this.#to} cannot be reached any more, whatever happens`
      : `nothing can happen any more, and ${this.#to} was not reached: ${whoWaits(steps.engine, parts, row)}`;
  };

  *run(statesMax: number): Generator<null, GuestExplored, void> {
    const { bytesMax, hasTime } = this.#given;
    for (;;) {
      let [looks, isOver] = [0, false];
      const hasMore = (): boolean => {
        looks += 1;
        isOver = !hasTime();
        return !isOver && looks < LOOKS_PER_PIECE;
      };
      const found = this.#search.run({ statesMax, bytesMax, hasTime: hasMore });
      if (found.reason !== 'time' || isOver) return this.#told(found);
      yield null;
    }
  }

  /** @returns false: nothing is foreseen */
  foresee(): Generator<null, boolean, void> {
    return this.#explored.system.foresee();
  }

  /** What came of it. What a bound ended is kept, where that is asked for. @param phase what another process must know before it makes a world */
  kept(found: GuestExplored, phase: readonly boolean[]): GuestExplored {
    if (found.outcome !== 'stopped') return found;
    const { keepIn } = this.#given;
    if (keepIn !== undefined) this.#keep(keepIn, phase);
    const { parts, steps } = this.#explored;
    return { ...found, growth: growthOf(parts.nodes, addressesOf(steps)) };
  }

  #keep(out: KeptWriter, phase: readonly boolean[]): void {
    for (const flag of phase) out.flag(flag);
    this.#explored.system.keep(out);
    this.#search.keep(out);
    out.flag(this.#reachedEnd);
  }

  restore(kept: KeptReader): void {
    this.#explored.system.restore(kept);
    this.#search.restore(kept);
    this.#reachedEnd = kept.flag();
  }

  #told(found: Explored): GuestExplored {
    return {
      ...countsOf(found, this.#explored),
      reachedEnd: this.#reachedEnd,
      counterexample: counterexampleOf(found, this.#explored, this.#options),
    };
  }
}

function lateText(to: string, untilMs: number): string {
  return `the run is not at ${to} within ${untilMs} ms of world time`;
}

/** Throws a `RangeError` on one that it does not know. */
function momentOf(moments: Moments, name: string): Moments[string] {
  const moment = Object.hasOwn(moments, name) ? moments[name] : undefined;
  if (moment === undefined) throw new RangeError(`no moment "${name}": there are ${Object.keys(moments).join(', ')}`);
  return moment;
}

/** What every run inside the bounds is given: a tape of one is replayed with the same. */
export function requestOf(
  { timeless }: Pick<Guest, 'timeless'>,
  { set, faults, faultsMax, untilMs, inputLimits, lastCall }: GuestBounds,
  decisions: RunRequest['decisions'],
): RunRequest {
  return {
    decisions,
    set: { ...timeless, ...set },
    faults,
    exactFaults: { faultsMax, untilMs },
    checks: 'checked',
    inputLimits,
    ...(lastCall === undefined ? {} : { lastCall }),
  };
}

type Counted = Omit<GuestExplored, 'counterexample' | 'reachedEnd'>;

function countsOf(found: Explored, { system, steps, parts }: ExploredWorld): Counted {
  const { outcome, reason, unique, total, expanded, waiting, depth, missedExpected, bytes, isGoalInReach } = found;
  return {
    outcome,
    reason,
    unique,
    total,
    expanded,
    waiting,
    depth,
    missedExpected,
    bytes: bytes + system.bytes,
    engineSteps: steps.count,
    leftOutShare: system.leftOutShare,
    isEndInReach: isGoalInReach,
    growth: null,
    nodeStates: Object.fromEntries(
      addressesOf(steps).map((address, index) => [address, parts.nodes[index]?.size ?? 0]),
    ),
  };
}

/** By node. */
function addressesOf({ engine }: ExploredWorld['steps']): readonly string[] {
  return engine.nodes.map(({ fixed }) => fixed.address);
}

function counterexampleOf(
  { violation }: Explored,
  explored: ExploredWorld,
  options: Parameters<typeof walk>[0],
): Counterexample | null {
  if (violation === null) return null;
  const { kind, text, path, cycle } = violation;
  const last = path.at(-1);
  const isLate = kind === 'transition' && last !== undefined && !explored.system.isInside(last.state);
  const whole = [...path, ...cycle, ...cycle]; // what comes round once comes round again
  const { entries, run } = walk(options, explored, isLate ? path.slice(0, -1) : whole);
  const endMs = Math.ceil(run.world.view.now / 1_000);
  return { kind: isLate ? 'late' : kind, text, steps: whole.length - 1, endMs, entries };
}
