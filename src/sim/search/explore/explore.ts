// The explorer: every state of a transition system that can be reached, each once, until all are known, one is wrong, or the bounds end it.
import { Marks, Numbers } from './blocks.ts';
import { Draft, hashOf, type Receiver } from './draft.ts';
import type { Bounds, Explored, ExploreOptions, SearchOptions, Violation, ViolationKind } from './explore-types.ts';
import { lassoFrom } from './lasso.ts';
import { NOBODY, Reached } from './reached.ts';
import { RowTable } from './row-table.ts';
import type { TransitionSystem } from './transition-system.ts';
import { type Known, Traps } from './traps.ts';
import { follow } from './way.ts';

const STATES_MAX = 2 ** 31;
const STATES_PER_LOOK = 1_024;

const STUCK = {
  deadlock: 'nothing can happen any more, and this is no goal',
  trap: 'no goal can be reached any more',
};

/** Explores a system as far as the bounds allow. */
export function explore(system: TransitionSystem, options: ExploreOptions = {}): Explored {
  return new Explorer(system, options).run(options);
}

/** What was found wrong first; `way` is of transitions. */
interface Wrong {
  readonly kind: ViolationKind;
  readonly text: string;
  readonly way: readonly number[];
}

class Explorer implements Receiver {
  readonly #system: TransitionSystem;
  readonly #options: SearchOptions;
  readonly #known: Known;
  readonly #table: RowTable;
  readonly #reached = new Reached();
  readonly #goals = new Marks();
  /** Depth first: states that wait, the newest last. */
  readonly #stack: Numbers | null;
  /** Breadth first: the next state. They are numbered as they are reached, so whoever goes by number goes by distance. */
  #next = 0;
  /** Breadth first: states on the longest way so far, and the first state that is farther. */
  #depth = 0;
  #levelEnd = 0;
  /** The state that is expanded. */
  #from = NOBODY;
  readonly #draft: Draft;
  #total = 0;
  #expanded = 0;
  #wrong: Wrong | null = null;
  #traps: Traps | null = null;

  constructor(system: TransitionSystem, options: SearchOptions) {
    this.#system = system;
    this.#options = options;
    this.#table = new RowTable(system.width);
    this.#known = { system, table: this.#table, isInside: options.isInside };
    this.#draft = new Draft(system.width, this);
    this.#stack = options.order === 'depth' ? new Numbers() : null;
  }

  run(bounds: Bounds): Explored {
    this.#begin();
    const isDone = this.#expandAll(bounds) && this.#findTraps(bounds);
    return this.#explored(isDone);
  }

  receive(draft: Draft, wrong: string | null): void {
    const { isInside } = this.#options;
    if (wrong !== null) this.#object('transition', wrong);
    if (isInside !== undefined && !isInside(draft.row)) return;
    this.#total += 1;
    const number = this.#table.add(draft.row, draft.hash);
    if (number >= 0) this.#onReached(number);
  }

  #onReached(number: number): void {
    const { judge, isGoal } = this.#options;
    const { row, transition } = this.#draft;
    this.#reached.push(this.#from, transition);
    this.#stack?.push(number);
    if (isGoal?.(row) === true) this.#goals.add(number);
    const text = judge === undefined || this.#wrong !== null ? null : judge(row);
    if (text !== null) this.#object('state', text);
  }

  /** The successor that is being made is wrong, or the transition to it. */
  #object(kind: ViolationKind, text: string): void {
    this.#wrong ??= { kind, text, way: [...this.#reached.wayTo(this.#from), this.#draft.transition] };
  }

  #begin(): void {
    this.#draft.start(hashOf(this.#draft.state));
    this.#system.begin(this.#draft);
  }

  /** True: all states are known, and nothing is wrong. */
  #expandAll(bounds: Bounds): boolean {
    for (let taken = 0; this.#wrong === null; taken++) {
      if (this.#stack === null ? this.#next === this.#table.size : this.#stack.size === 0) return true;
      if (this.#mustStop(taken, bounds)) return false;
      this.#expand(this.#take());
    }
    return false;
  }

  #take(): number {
    if (this.#stack !== null) return this.#stack.pop();
    if (this.#next === this.#levelEnd) {
      this.#depth += 1;
      this.#levelEnd = this.#table.size;
    }
    return this.#next++;
  }

  #mustStop(taken: number, { statesMax = STATES_MAX, hasTime }: Bounds): boolean {
    if (this.#table.size > statesMax) return true;
    return hasTime !== undefined && taken % STATES_PER_LOOK === 0 && !hasTime();
  }

  #expand(number: number): void {
    const { isGoal, endsAtGoal = false } = this.#options;
    if (endsAtGoal && this.#goals.has(number)) return;
    this.#from = number;
    this.#table.read(number, this.#draft.state);
    this.#draft.start(this.#table.hashOf(number));
    this.#system.expand(this.#draft.state, this.#draft);
    this.#expanded += 1;
    if (this.#draft.transition === 0 && isGoal !== undefined && !this.#goals.has(number)) this.#onDeadlock(number);
  }

  #onDeadlock(number: number): void {
    const text = this.#options.describeStuck?.(this.#draft.state, 'deadlock') ?? STUCK.deadlock;
    this.#wrong ??= { kind: 'deadlock', text, way: this.#reached.wayTo(number) };
  }

  /** True: there are none, or nobody asked. */
  #findTraps({ hasTime }: Bounds): boolean {
    if (this.#options.isGoal === undefined) return true;
    this.#traps ??= new Traps(this.#known, this.#goals);
    for (let looks = 1; this.#traps.step(); looks++)
      if (hasTime !== undefined && looks % STATES_PER_LOOK === 0 && !hasTime()) return false;
    return this.#traps.first() < 0;
  }

  #explored(isDone: boolean): Explored {
    const violation = this.#violation();
    return {
      outcome: violation !== null ? 'violated' : isDone ? 'complete' : 'stopped',
      unique: this.#table.size,
      total: this.#total,
      depth: this.#depth,
      expanded: this.#expanded,
      violation,
      isGoalInReach: isDone && this.#options.isGoal !== undefined,
      bytes: this.#table.bytes + this.#reached.bytes + this.#goals.bytes + (this.#stack?.bytes ?? 0),
    };
  }

  #violation(): Violation | null {
    if (this.#wrong === null) return this.#trap();
    const { kind, text, way } = this.#wrong;
    const path = follow(this.#system, way);
    return { kind, text, path, at: path.length - 1, cycle: [] };
  }

  #trap(): Violation | null {
    const first = this.#traps?.isDone === true ? this.#traps.first() : -1;
    if (first < 0) return null;
    const way = this.#reached.wayTo(first);
    const { lead, cycle } = lassoFrom(this.#known, first);
    const steps = follow(this.#system, [...way, ...lead, ...cycle]);
    const at = way.length - 1;
    const entry = way.length + lead.length;
    this.#table.read(first, this.#draft.state);
    const text = this.#options.describeStuck?.(this.#draft.state, 'trap') ?? STUCK.trap;
    return { kind: 'trap', text, path: steps.slice(0, entry), at, cycle: steps.slice(entry) };
  }
}
