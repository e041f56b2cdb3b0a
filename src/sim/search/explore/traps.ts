// States from which no goal can be reached, once all states are known. Of each state one successor is kept, its next: whoever comes to a goal from next to next
// has a way. What is left (those go round in circles) is expanded again, from the last to the first, until a pass finds no more.
import { Marks, type Numbers } from './blocks.ts';
import { Draft, type Receiver } from './draft.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
import type { Remaking } from './remaking.ts';
import type { RowTable } from './row-table.ts';
import type { Row, TransitionSystem } from './transition-system.ts';

const NONE = -1;
/** The next of a state that has no successor, or was not expanded. */
export const NO_NEXT = 0xffff_ffff;
/** The next of a state that has a successor which is not inside. */
export const OUTSIDE = 0xffff_fffe;

/** What all states are known by. */
export interface Known {
  readonly system: TransitionSystem;
  readonly table: RowTable;
  readonly isInside: ((state: Readonly<Row>) => boolean) | undefined;
  /** Null: all states were reached in this process. */
  readonly remaking: Remaking | null;
}

/** A pass can be stopped after any state, and goes on there. Even passes go from next to next, odd ones expand what is left. */
export class Traps implements Receiver {
  readonly known: Known;
  readonly #draft: Draft;
  /** States that are a goal, or have a way to one, or out of what is inside. */
  readonly #free: Marks;
  readonly #next: Numbers;
  /** States that this pass has come by without an end. */
  #passed = new Marks();
  #expands = false;
  #at: number;
  #found = 0;
  #isFree = false;
  #isDone = false;

  /** @param goals taken over: what is found is added. @param next by state the number of a successor, or `OUTSIDE`, or `NO_NEXT` */
  constructor(known: Known, goals: Marks, next: Numbers) {
    this.known = known;
    this.#next = next;
    this.#draft = new Draft(known.system.width, this);
    this.#free = goals;
    this.#at = known.table.size;
  }

  /** A pass that expanded all that was left has found no more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  get bytes(): number {
    return this.#passed.bytes;
  }

  /** But for goals and `next`, which others have. */
  keep(out: KeptWriter): void {
    this.#passed.keep(out);
    out.flag(this.#expands);
    out.number(this.#at);
    out.number(this.#found);
    out.flag(this.#isDone);
  }

  restore(kept: KeptReader): void {
    this.#passed.restore(kept);
    this.#expands = kept.flag();
    this.#at = kept.number();
    this.#found = kept.number();
    this.#isDone = kept.flag();
  }

  /** Looks at one state again. False: all is known. */
  step(): boolean {
    if (this.#at === 0) this.#endPass();
    if (this.#isDone) return false;
    this.#at -= 1;
    if (this.#free.has(this.#at)) return true;
    if (!this.#expands) this.#follow(this.#at);
    else if (this.#hasWay(this.#at)) this.#setFree(this.#at);
    return true;
  }

  #endPass(): void {
    this.#isDone = this.#expands && this.#found === 0;
    this.#expands = !this.#expands;
    this.#passed = new Marks();
    this.#found = 0;
    this.#at = this.known.table.size;
  }

  #setFree(number: number): void {
    this.#free.add(number);
    this.#found += 1;
  }

  /** Goes from next to next. */
  #follow(from: number): void {
    let at = from;
    while (!this.#isFreeOrOutside(at) && !this.#passed.has(at)) {
      this.#passed.add(at);
      at = this.#next.at(at);
      if (at === NO_NEXT) return;
    }
    if (!this.#isFreeOrOutside(at)) return;
    for (let free = from; !this.#isFreeOrOutside(free); free = this.#next.at(free)) this.#setFree(free);
  }

  #isFreeOrOutside(number: number): boolean {
    return number === OUTSIDE || this.#free.has(number);
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
    const { system, table, remaking } = this.known;
    this.#isFree = false;
    table.read(number, this.#draft.state);
    remaking?.prepare(number, this.#draft.state);
    this.#draft.start();
    system.expand(this.#draft.state, this.#draft);
    return this.#isFree;
  }
}
