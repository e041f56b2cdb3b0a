// The explorer: every state of a transition system that can be reached, each once, until all are known, one is wrong, or the bounds end it.
import { assert } from '../../../core/base/assert.ts';
import { Marks, Numbers } from './blocks.ts';
import { Draft, type Receiver } from './draft.ts';
import type {
  Bounds,
  Explored,
  ExploreOptions,
  Search,
  SearchOptions,
  StopReason,
  Violation,
  ViolationKind,
} from './explore-types.ts';
import { createFrontier, type Frontier } from './frontier.ts';
import { HashTable, sharedHashes } from './hash-table.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
import { lassoFrom } from './lasso.ts';
import { NOBODY, Reached } from './reached.ts';
import { isRemakable, Remaking } from './remaking.ts';
import { RowTable } from './row-table.ts';
import { SleepSets } from './sleep-sets.ts';
import type { TransitionSystem } from './transition-system.ts';
import { NO_NEXT, OUTSIDE, Traps } from './traps.ts';
import { follow, type Step } from './way.ts';

const STATES_MAX = 2 ** 31;
const STEPS_PER_LOOK = 1_024;

const STUCK = {
  deadlock: 'nothing can happen any more, and this is no goal',
  trap: 'no goal can be reached any more',
};

/** Explores a system as far as the bounds allow. */
export function explore(system: TransitionSystem, options: ExploreOptions = {}): Explored {
  return createSearch(system, options).run(options);
}

/** A search that has not begun. */
export function createSearch(system: TransitionSystem, options: SearchOptions = {}): Search {
  return new Explorer(system, options);
}

/** What was found wrong first; `way` is of transitions. */
interface Wrong {
  readonly kind: ViolationKind;
  readonly text: string;
  readonly way: readonly number[];
}

class Explorer implements Receiver, Search {
  readonly #system: TransitionSystem;
  readonly #options: SearchOptions;
  /** Exact memory, or null. */
  readonly #rows: RowTable | null;
  readonly #table: RowTable | HashTable;
  readonly #reached = new Reached();
  readonly #goals = new Marks();
  /** Of each state one successor, for traps; null if nobody looks for them. */
  readonly #next: Numbers | null;
  /** Depth first: states that were expanded. Breadth first they are all up to the one that is. */
  readonly #closed: Marks | null;
  readonly #frontier: Frontier;
  readonly #sleep: SleepSets | null;
  readonly #draft: Draft;
  #hasBegun = false;
  /** The state that is expanded. */
  #from = NOBODY;
  /** Of its successors, the one that was given last. */
  #lastGiven = NO_NEXT;
  /** Breadth first: states on the longest way so far, and the first state that is farther. */
  #depth = 0;
  #levelEnd = 0;
  #total = 0;
  #expanded = 0;
  #wrong: Wrong | null = null;
  #traps: Traps | null = null;
  /** Null: all states were reached in this process. */
  #remaking: Remaking | null = null;

  constructor(system: TransitionSystem, options: SearchOptions) {
    const { order = 'breadth', memory = 'exact' } = options;
    const { width } = system;
    this.#system = system;
    this.#options = options;
    this.#closed = order === 'depth' ? new Marks() : null;
    this.#rows = memory === 'exact' ? new RowTable(width) : null;
    this.#table = this.#rows ?? new HashTable();
    this.#next = this.#rows !== null && options.isGoal !== undefined ? new Numbers() : null;
    this.#frontier = createFrontier(order, this.#rows, width);
    this.#sleep = sleepSetsOf(system, options);
    this.#draft = new Draft(width, this, memory === 'compact');
  }

  run(bounds: Bounds = {}): Explored {
    if (!this.#hasBegun) this.#begin();
    return this.#explored(this.#expandAll(bounds) ?? this.#findTraps(bounds));
  }

  keep(out: KeptWriter): void {
    assert(this.#wrong === null && this.#sleep === null, 'a search without sleep sets that a bound stopped is kept');
    for (const number of [this.#depth, this.#levelEnd, this.#total, this.#expanded]) out.number(number);
    for (const one of this.#lists()) one.keep(out);
    out.flag(this.#traps !== null);
    this.#traps?.keep(out);
  }

  restore(kept: KeptReader): void {
    assert(!this.#hasBegun && this.#sleep === null, 'a search without sleep sets that has not begun is restored');
    this.#hasBegun = true;
    this.#depth = kept.number();
    this.#levelEnd = kept.number();
    this.#total = kept.number();
    this.#expanded = kept.number();
    for (const one of this.#lists()) one.restore(kept);
    if (isRemakable(this.#system)) this.#remaking = new Remaking(this.#system, this.#rows, this.#reached);
    if (kept.flag()) this.#createTraps()?.restore(kept);
  }

  #lists(): readonly Pick<Frontier, 'keep' | 'restore'>[] {
    const lists = [this.#table, this.#reached, this.#goals, this.#next, this.#closed, this.#frontier];
    return lists.filter((list) => list !== null);
  }

  receive(draft: Draft, wrong: string | null): boolean {
    const { isInside } = this.#options;
    if (wrong !== null) this.#object('transition', wrong);
    const isLookedAt = isInside === undefined || isInside(draft.row);
    if (!isLookedAt) this.#lastGiven = OUTSIDE;
    const isOpen = isLookedAt && this.#add(draft);
    this.#sleep?.end();
    return isOpen;
  }

  wants(transition: number): boolean {
    return this.#sleep === null || this.#sleep.wants(transition);
  }

  #add(draft: Draft): boolean {
    this.#total += 1;
    const number = this.#table.addSuccessor(draft);
    this.#lastGiven = number >= 0 ? number : -1 - number;
    if (number >= 0) {
      this.#onReached(number);
      return true;
    }
    if (this.#sleep !== null) this.#onReachedAgain(-1 - number);
    return this.#isOpen(-1 - number);
  }

  /** It waits to be expanded. */
  #isOpen(number: number): boolean {
    return this.#closed === null ? number > this.#from : !this.#closed.has(number);
  }

  #onReachedAgain(number: number): void {
    if (this.#sleep?.reachAgain(number) === true) this.#frontier.put(number, this.#draft.row);
  }

  #onReached(number: number): void {
    const { judge, isGoal } = this.#options;
    const { row, transition } = this.#draft;
    this.#reached.push(this.#from, transition);
    this.#next?.push(NO_NEXT);
    this.#frontier.put(number, row);
    this.#sleep?.reach();
    if (isGoal?.(row) === true) this.#goals.add(number);
    const text = judge === undefined || this.#wrong !== null ? null : judge(row);
    if (text !== null) this.#object('state', text);
  }

  /** The successor that is being made is wrong, or the transition to it. */
  #object(kind: ViolationKind, text: string): void {
    this.#wrong ??= { kind, text, way: [...this.#reached.wayTo(this.#from), this.#draft.transition] };
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#draft.begin();
    this.#system.begin(this.#draft);
  }

  /** Null: no bound ended it. */
  #expandAll(bounds: Bounds): StopReason | null {
    for (let taken = 0; this.#wrong === null && this.#frontier.size > 0; taken++) {
      const reason = this.#mustStop(taken, bounds);
      if (reason !== null) return reason;
      this.#expandNext();
    }
    return null;
  }

  #mustStop(steps: number, bounds: Bounds): StopReason | null {
    const { statesMax = STATES_MAX } = bounds;
    if (this.#table.size > statesMax) return 'states';
    return steps % STEPS_PER_LOOK === 0 ? this.#look(bounds) : null;
  }

  #look({ bytesMax = Infinity, hasTime }: Bounds): StopReason | null {
    const { onProgress } = this.#options;
    const { size: unique } = this.#table;
    const { size: frontier } = this.#frontier;
    const bytes = this.#bytes();
    onProgress?.({ unique, total: this.#total, expanded: this.#expanded, frontier, depth: this.#depth, bytes });
    if (bytes > bytesMax) return 'bytes';
    return hasTime?.() === false ? 'time' : null;
  }

  #expandNext(): void {
    const { isGoal, endsAtGoal = false } = this.#options;
    const number = this.#take();
    if (endsAtGoal && this.#goals.has(number)) return;
    const isFirst = this.#sleep === null || this.#sleep.start(number);
    this.#from = number;
    this.#closed?.add(number);
    const { state } = this.#draft;
    this.#remaking?.prepare(number, state);
    this.#table.start(number, state);
    this.#draft.start(this.#table.secondOf(number));
    this.#lastGiven = NO_NEXT;
    this.#system.expand(state, this.#draft);
    if (this.#lastGiven !== NO_NEXT) this.#next?.put(number, this.#lastGiven);
    if (isFirst) this.#expanded += 1;
    if (this.#draft.transition === 0 && isGoal !== undefined && !this.#goals.has(number)) this.#onDeadlock(number);
  }

  #take(): number {
    const number = this.#frontier.take(this.#draft.state);
    if (this.#options.order !== 'depth' && number === this.#levelEnd) {
      this.#depth += 1;
      this.#levelEnd = this.#table.size;
    }
    return number;
  }

  #onDeadlock(number: number): void {
    const text = this.#options.describeStuck?.(this.#draft.state, 'deadlock') ?? STUCK.deadlock;
    this.#wrong ??= { kind: 'deadlock', text, way: this.#reached.wayTo(number) };
  }

  /** Null: it is known whether there are any, or nobody asked, or memory does not allow it. */
  #findTraps(bounds: Bounds): StopReason | null {
    if (this.#wrong !== null) return null;
    this.#traps ??= this.#createTraps();
    for (let steps = 1; this.#traps?.step() === true; steps++) {
      const reason = steps % STEPS_PER_LOOK === 0 ? this.#look(bounds) : null;
      if (reason !== null) return reason;
    }
    return null;
  }

  /** Null: nobody asked, or memory does not allow it. */
  #createTraps(): Traps | null {
    const { isGoal, isInside } = this.#options;
    if (isGoal === undefined || this.#rows === null || this.#next === null) return null;
    const known = { system: this.#system, table: this.#rows, isInside, remaking: this.#remaking };
    return (this.#traps = new Traps(known, this.#goals, this.#next));
  }

  #explored(reason: StopReason | null): Explored {
    const violation = this.#violation();
    return {
      outcome: reason !== null ? 'stopped' : violation !== null ? 'violated' : 'complete',
      reason,
      unique: this.#table.size,
      total: this.#total,
      depth: this.#depth,
      expanded: this.#expanded,
      waiting: this.#frontier.size,
      violation,
      isGoalInReach: violation === null && this.#traps?.isDone === true,
      missedExpected: this.#rows === null ? sharedHashes(this.#table.size) : 0,
      bytes: this.#bytes(),
    };
  }

  #bytes(): number {
    const { bytes } = this.#table;
    const others = [this.#reached, this.#goals, this.#closed, this.#frontier, this.#sleep, this.#next, this.#traps];
    return others.reduce((sum, one) => sum + (one?.bytes ?? 0), bytes);
  }

  #violation(): Violation | null {
    if (this.#traps?.isDone === true) return trapOf(this.#traps, this.#reached, this.#options.describeStuck);
    if (this.#wrong === null) return null;
    const { kind, text, way } = this.#wrong;
    const path = follow(this.#system, way);
    return { kind, text, path, at: path.length - 1, cycle: [] };
  }
}

/** Null: they are not asked for. */
function sleepSetsOf(system: TransitionSystem, { order, sleepSets, endsAtGoal }: SearchOptions): SleepSets | null {
  if (sleepSets !== true) return null;
  if (system.isIndependent === undefined) throw new Error('sleepSets: the system does not say what is independent');
  if (endsAtGoal === true) throw new Error('sleepSets: a way that ends at a goal may be the one that is gone');
  return new SleepSets((one, other) => system.isIndependent?.(one, other) === true, order === 'depth');
}

/** The first trap, or null if there is none. */
function trapOf(traps: Traps, reached: Reached, describe: SearchOptions['describeStuck']): Violation | null {
  const first = traps.first();
  if (first < 0) return null;
  const way = reached.wayTo(first);
  const { lead, cycle } = lassoFrom(traps.known, first);
  const steps = follow(traps.known.system, [...way, ...lead, ...cycle]);
  const entry = way.length + lead.length;
  const at = way.length - 1;
  const text = describe?.((steps[at] as Step).state, 'trap') ?? STUCK.trap;
  return { kind: 'trap', text, path: steps.slice(0, entry), at, cycle: steps.slice(entry) };
}
