// A way on from a trapped state until a state comes again: what happens for ever, where no goal can be reached.
import { Draft, type Receiver } from './draft.ts';
import type { Known } from './traps.ts';

/** Transitions: from a state to another, and from there to the same again. */
export interface Lasso {
  readonly lead: readonly number[];
  readonly cycle: readonly number[];
}

/**
 * Goes on to the successor that was reached first, as such ones soon lead back.
 *
 * @param from all states behind it are known, and have successors
 */
export function lassoFrom(known: Known, from: number): Lasso {
  const walker = new Walker(known);
  const transitions: number[] = [];
  const seen = new Map<number, number>();
  let number = from;
  for (let at = seen.get(number); at === undefined; at = seen.get(number)) {
    seen.set(number, transitions.length);
    number = walker.walk(number);
    transitions.push(walker.transition);
  }
  const begin = seen.get(number) as number;
  return { lead: transitions.slice(0, begin), cycle: transitions.slice(begin) };
}

class Walker implements Receiver {
  transition = 0;
  readonly #known: Known;
  readonly #draft: Draft;
  #number = Infinity;

  constructor(known: Known) {
    this.#known = known;
    this.#draft = new Draft(known.system.width, this);
  }

  /** The successor of a state that has the least number. */
  walk(from: number): number {
    const { system, table, remaking } = this.#known;
    this.#number = Infinity;
    table.read(from, this.#draft.state);
    remaking?.prepare(from, this.#draft.state);
    this.#draft.start();
    system.expand(this.#draft.state, this.#draft);
    return this.#number;
  }

  receive({ row, hash, transition }: Draft): boolean {
    const number = this.#known.table.find(row, hash);
    if (number >= this.#number) return false;
    this.#number = number;
    this.transition = transition;
    return false;
  }
}
