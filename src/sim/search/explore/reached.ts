// How each state was first reached: from which one, and by which of its transitions.
import { Numbers, SmallNumbers } from './blocks.ts';

import type { KeptReader, KeptWriter } from './kept.ts';

/** The parent of an initial state. */
export const NOBODY = 0xffff_ffff;

/** By number of state. */
export class Reached {
  readonly #parents = new Numbers();
  readonly #transitions = new SmallNumbers();

  get bytes(): number {
    return this.#parents.bytes + this.#transitions.bytes;
  }

  /** The next state was reached. */
  push(parent: number, transition: number): void {
    this.#parents.push(parent);
    this.#transitions.push(transition);
  }

  /** The state before this one, or `NOBODY`. */
  parentOf(number: number): number {
    return this.#parents.at(number);
  }

  keep(out: KeptWriter): void {
    this.#parents.keep(out);
    this.#transitions.keep(out);
  }

  restore(kept: KeptReader): void {
    this.#parents.restore(kept);
    this.#transitions.restore(kept);
  }

  /** The transitions that lead to a state, from an initial one on. None lead to `NOBODY`. */
  wayTo(number: number): readonly number[] {
    const transitions: number[] = [];
    for (let at = number; at !== NOBODY; at = this.#parents.at(at)) transitions.push(this.#transitions.at(at));
    return transitions.toReversed();
  }
}
