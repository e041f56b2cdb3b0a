// All states that were reached, each once: rows one behind the other in large blocks, found by an open table of their numbers.
import { Numbers, Rows } from './blocks.ts';
import type { Row } from './transition-system.ts';

const FIRST_SLOTS = 1 << 12;
const FILL_MAX = 0.6;

/** Exact: rows are compared, not only their hashes. A row takes `4 × width + 11` to `+ 17` bytes. */
export class RowTable {
  readonly #rows: Rows;
  /** Number of a row plus 1, by the place that its hash leads to; 0: free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  /** Hashes by row: a table that grows does not hash anew, and most rows that differ are told apart by them. */
  readonly #hashes = new Numbers();

  constructor(width: number) {
    this.#rows = new Rows(width);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Bytes that are held, blocks that are not full included. */
  get bytes(): number {
    return this.#rows.bytes + this.#hashes.bytes + 4 * this.#slots.length;
  }

  /** Adds a row with its hash. Its number, from 0 on in the order in which rows came; of one that is there already, -1 less its number. */
  add(row: Readonly<Row>, hash: number): number {
    const slot = this.#slotOf(row, hash);
    const known = this.#slots[slot] as number;
    if (known !== 0) return -known;
    const number = this.#rows.size;
    this.#rows.push(row);
    this.#hashes.push(hash);
    this.#slots[slot] = number + 1;
    if (number + 1 > this.#slots.length * FILL_MAX) this.#grow();
    return number;
  }

  /** The number of a row with its hash, or -1 if it is not there. */
  find(row: Readonly<Row>, hash: number): number {
    return (this.#slots[this.#slotOf(row, hash)] as number) - 1;
  }

  /** Copies a row into another. */
  read(number: number, into: Row): void {
    this.#rows.read(number, into);
  }

  /** The hash that a row came with. */
  hashOf(number: number): number {
    return this.#hashes.at(number) | 0;
  }

  /** Rows need no second hash. */
  secondOf(): number {
    return 0;
  }

  /** The slot of a row, or the free one that it would get. */
  #slotOf(row: Readonly<Row>, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0 || (this.hashOf(number) === hash && this.#rows.isEqual(number, row))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.hashOf(number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}
