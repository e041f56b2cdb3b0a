// The explorer: every state of a transition system that can be reached, each once, until all are known, one is wrong, or the bounds end it.
import { RowTable } from './row-table.ts';
import type { Row, Successors, TransitionSystem } from './transition-system.ts';

export interface ExploreOptions {
  /** `breadth` finds the shortest way to what is wrong; `depth` goes on from the newest state. Default `breadth`. */
  readonly order?: 'breadth' | 'depth';
  /** Asked once of each state: what is wrong with it, or null. Default: nothing ever is. */
  readonly judge?: (state: Readonly<Row>) => string | null;
  /** False for a state that is not looked at, nor counted. Default: all are. */
  readonly isInside?: (state: Readonly<Row>) => boolean;
  /** The most states. Default: 2^31. */
  readonly statesMax?: number;
  /** Asked once in a while. Default: there is always time. */
  readonly hasTime?: () => boolean;
}

/** What there is. */
export interface Explored {
  /** `complete`: all states that can be reached are known, and nothing is wrong with any of them. */
  readonly outcome: 'complete' | 'violated' | 'stopped';
  /** Different states, initial ones included. */
  readonly unique: number;
  /** Initial states, and successors as often as they were given. */
  readonly total: number;
  /** States on the longest of the shortest ways; 0 if the search was not breadth first. */
  readonly depth: number;
  /** States whose successors are all known. */
  readonly expanded: number;
  /** What was wrong, and the states that lead there from an initial one. */
  readonly violation: { readonly text: string; readonly path: readonly Row[] } | null;
  /** Held for rows and their numbers. */
  readonly bytes: number;
}

const STATES_MAX = 2 ** 31;
const STATES_PER_LOOK = 4_096;
const NOBODY = -1;

export function explore(system: TransitionSystem, options: ExploreOptions = {}): Explored {
  return new Explorer(system, options).run();
}

class Explorer implements Successors {
  readonly #system: TransitionSystem;
  readonly #options: ExploreOptions;
  readonly #table: RowTable;
  /** By state: the one that it was first reached from. */
  readonly #parents: number[] = [];
  /** Depth first: states that wait, the newest last. */
  readonly #stack: number[] = [];
  /** The state that is expanded. */
  readonly #state: Row;
  #from = NOBODY;
  /** The successor that is being made: the state, but for the places that were set. */
  readonly #next: Row;
  #hash = 0;
  #stateHash = 0;
  readonly #changed: number[] = [];
  #total = 0;
  #expanded = 0;
  #wrong: { readonly text: string; readonly state: number } | null = null;

  constructor(system: TransitionSystem, options: ExploreOptions) {
    this.#system = system;
    this.#options = options;
    this.#table = new RowTable(system.width);
    this.#state = new Int32Array(system.width);
    this.#next = new Int32Array(system.width);
  }

  run(): Explored {
    const { order = 'breadth' } = this.#options;
    this.#hash = hashOf(this.#next);
    this.#stateHash = this.#hash;
    this.#system.begin(this);
    const ends = order === 'breadth' ? this.#breadthFirst() : this.#depthFirst();
    const isDone = ends.outcome === 'complete' && this.#wrong === null;
    return {
      outcome: this.#wrong !== null ? 'violated' : isDone ? 'complete' : 'stopped',
      unique: this.#table.size,
      total: this.#total,
      depth: ends.depth,
      expanded: this.#expanded,
      violation: this.#wrong === null ? null : { text: this.#wrong.text, path: this.#pathTo(this.#wrong.state) },
      bytes: this.#table.bytes + 8 * this.#parents.length,
    };
  }

  set(place: number, part: number): void {
    const before = this.#next[place] as number;
    if (before === part) return;
    this.#changed.push(place);
    this.#hash = (this.#hash - mix(place, before) + mix(place, part)) | 0;
    this.#next[place] = part;
  }

  emit(): void {
    const { judge, isInside } = this.#options;
    if (isInside === undefined || isInside(this.#next)) {
      this.#total += 1;
      const number = this.#table.add(this.#next, this.#hash);
      if (number >= 0) {
        this.#parents.push(this.#from);
        if (this.#options.order === 'depth') this.#stack.push(number);
        const text = judge === undefined || this.#wrong !== null ? null : judge(this.#next);
        if (text !== null) this.#wrong = { text, state: number };
      }
    }
    for (let at = 0; at < this.#changed.length; at++) {
      const place = this.#changed[at] as number;
      this.#next[place] = this.#state[place] as number;
    }
    this.#changed.length = 0;
    this.#hash = this.#stateHash;
  }

  /** States are numbered as they are reached: whoever goes through them in this order goes by distance. */
  #breadthFirst(): { readonly outcome: 'complete' | 'stopped'; readonly depth: number } {
    let depth = this.#table.size === 0 ? 0 : 1;
    let levelEnd = this.#table.size;
    for (let number = 0; number < this.#table.size; number++) {
      if (number === levelEnd) {
        depth += 1;
        levelEnd = this.#table.size;
      }
      if (this.#mustStop(number)) return { outcome: 'stopped', depth };
      this.#expand(number);
    }
    return { outcome: 'complete', depth };
  }

  #depthFirst(): { readonly outcome: 'complete' | 'stopped'; readonly depth: number } {
    for (let number = this.#stack.pop(); number !== undefined; number = this.#stack.pop()) {
      if (this.#mustStop(this.#expanded)) return { outcome: 'stopped', depth: 0 };
      this.#expand(number);
    }
    return { outcome: 'complete', depth: 0 };
  }

  #mustStop(expanded: number): boolean {
    const { statesMax = STATES_MAX, hasTime } = this.#options;
    if (this.#wrong !== null || this.#table.size > statesMax) return true;
    return hasTime !== undefined && expanded % STATES_PER_LOOK === 0 && !hasTime();
  }

  #expand(number: number): void {
    this.#table.read(number, this.#state);
    this.#next.set(this.#state);
    this.#stateHash = this.#table.hashOf(number);
    this.#hash = this.#stateHash;
    this.#from = number;
    this.#system.expand(this.#state, this);
    this.#expanded += 1;
  }

  #pathTo(number: number): readonly Row[] {
    const path: Row[] = [];
    for (let at = number; at !== NOBODY; at = this.#parents[at] as number) {
      const row = new Int32Array(this.#system.width);
      this.#table.read(at, row);
      path.push(row);
    }
    return path.toReversed();
  }
}

/** The hash of a row is a sum over its places, so that a step costs as much as it changes. */
function hashOf(row: Readonly<Row>): number {
  let hash = 0;
  for (let place = 0; place < row.length; place++) hash = (hash + mix(place, row[place] as number)) | 0;
  return hash;
}

/** The end of murmur3 over place and part: sums of what it gives are as good as drawn. */
function mix(place: number, part: number): number {
  let mixed = (Math.imul(place + 1, 0x9e3779b1) + part) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
