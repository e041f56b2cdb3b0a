// All states that were reached, each as 64 bits of hash: two states that share them are taken for one.
import { Numbers } from './blocks.ts';
import type { Draft } from './draft.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
import type { Row } from './transition-system.ts';

const FIRST_SLOTS = 1 << 12;
const FILL_MAX = 0.6;
const HASH_BITS = 64;

/** Compact: no rows. A state takes 15 to 21 bytes, however wide it is. */
export class HashTable {
  /** Number of a state plus 1, by the place that its first hash leads to; 0: free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  readonly #hashes = new Numbers();
  readonly #seconds = new Numbers();

  get size(): number {
    return this.#hashes.size;
  }

  /** Bytes that are held, blocks that are not full included. */
  get bytes(): number {
    return this.#hashes.bytes + this.#seconds.bytes + 4 * this.#slots.length;
  }

  /** Nothing is kept of a state but its hashes. */
  start(): void {}

  /** Adds a state. Its number, from 0 on in the order in which states came; of one that is there already, -1 less its number. */
  addSuccessor({ hash, second }: Draft): number {
    const slot = this.#slotOf(hash, second);
    const known = this.#slots[slot] as number;
    if (known !== 0) return -known;
    const number = this.size;
    this.#hashes.push(hash);
    this.#seconds.push(second);
    this.#slots[slot] = number + 1;
    if (number + 1 > this.#slots.length * FILL_MAX) this.#fill(this.#slots.length * 2);
    return number;
  }

  keep(out: KeptWriter): void {
    this.#hashes.keep(out);
    this.#seconds.keep(out);
  }

  /** Into an empty table. */
  restore(kept: KeptReader): void {
    this.#hashes.restore(kept);
    this.#seconds.restore(kept);
    let slots = this.#slots.length;
    while (this.size > slots * FILL_MAX) slots *= 2;
    this.#fill(slots);
  }

  /** The number of a state, or -1 if it is not there. */
  find(_: Readonly<Row>, hash: number, second: number): number {
    return (this.#slots[this.#slotOf(hash, second)] as number) - 1;
  }

  hashOf(number: number): number {
    return this.#hashes.at(number) | 0;
  }

  secondOf(number: number): number {
    return this.#seconds.at(number) | 0;
  }

  /** The slot of a state, or the free one that it would get. */
  #slotOf(hash: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0 || (this.hashOf(number) === hash && this.secondOf(number) === second)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Puts all that are there into so many slots. */
  #fill(length: number): void {
    const slots = new Uint32Array(length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.hashOf(number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** Pairs of states that share all bits of their hashes, as expected of so many states: a bound on how probable it is that there is one. */
export function sharedHashes(states: number): number {
  return states ** 2 / 2 ** (HASH_BITS + 1);
}
