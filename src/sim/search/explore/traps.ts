// States from which no goal can be reached, once all states are known. No transitions are kept: each state that is not yet known to have a way
// is expanded again, from the last to the first, until a pass finds no more. A state that was reached late mostly leads to later ones, so passes are few.
import type { Marks } from './blocks.ts';
import { Draft, type Receiver } from './draft.ts';
import type { RowTable } from './row-table.ts';
import type { Row, TransitionSystem } from './transition-system.ts';

const NONE = -1;

/** What all states are known by. */
export interface Known {
  readonly system: TransitionSystem;
  readonly table: RowTable;
  readonly isInside: ((state: Readonly<Row>) => boolean) | undefined;
}

/** A pass can be stopped after any state, and goes on there. */
export class Traps implements Receiver {
  readonly known: Known;
  readonly #draft: Draft;
  /** States that are a goal, or have a way to one, or out of what is inside. */
  readonly #free: Marks;
  #at: number;
  #found = 0;
  #isFree = false;
  #isDone = false;

  /** @param goals taken over: what is found is added */
  constructor(known: Known, goals: Marks) {
    this.known = known;
    this.#draft = new Draft(known.system.width, this);
    this.#free = goals;
    this.#at = known.table.size;
  }

  /** A pass over all states has found no more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Looks at one state again. False: all is known. */
  step(): boolean {
    if (this.#at === 0) this.#endPass();
    if (this.#isDone) return false;
    this.#at -= 1;
    if (!this.#free.has(this.#at) && this.#hasWay(this.#at)) {
      this.#free.add(this.#at);
      this.#found += 1;
    }
    return true;
  }

  #endPass(): void {
    this.#isDone = this.#found === 0;
    this.#found = 0;
    this.#at = this.known.table.size;
  }

  /** The first state that has no way, or -1. */
  first(): number {
    for (let number = 0; number < this.known.table.size; number++) if (!this.#free.has(number)) return number;
    return NONE;
  }

  receive({ row, hash }: Draft): boolean {
    if (this.#isFree) return false;
    const { table, isInside } = this.known;
    this.#isFree = (isInside !== undefined && !isInside(row)) || this.#free.has(table.find(row, hash));
    return false;
  }

  #hasWay(number: number): boolean {
    const { system, table } = this.known;
    this.#isFree = false;
    table.read(number, this.#draft.state);
    this.#draft.start(table.hashOf(number));
    system.expand(this.#draft.state, this.#draft);
    return this.#isFree;
  }
}
