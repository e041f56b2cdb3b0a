// All states that were reached, each once: rows one behind the other in large blocks, found by an open table of their numbers.
import type { Row } from './transition-system.ts';

const ROWS_PER_BLOCK = 1 << 14;
const FIRST_SLOTS = 1 << 12;
const FILL_MAX = 0.6;

/** Exact: rows are compared, not only their hashes. A row takes `4 × width + 11` to `+ 17` bytes. */
export class RowTable {
  readonly #width: number;
  readonly #blocks: Int32Array[] = [];
  /** Number of a row plus 1, by the place that its hash leads to; 0: free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  /** Hashes by row: a table that grows does not hash anew, and most rows that differ are told apart by them. */
  readonly #hashes: Int32Array[] = [];
  #size = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes that are held, blocks that are not full included. */
  get bytes(): number {
    return 4 * (this.#blocks.length * ROWS_PER_BLOCK * (this.#width + 1) + this.#slots.length);
  }

  /** Adds a row with its hash. Its number, from 0 on in the order in which rows came, or -1 if it is there already. */
  add(row: Readonly<Row>, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const found = this.#slots[slot] as number;
      if (found === 0) break;
      if (this.#hashOf(found - 1) === hash && this.#isRow(found - 1, row)) return -1;
      slot = (slot + 1) & mask;
    }
    const number = this.#size;
    this.#append(row, hash);
    this.#slots[slot] = number + 1;
    if (this.#size > this.#slots.length * FILL_MAX) this.#grow();
    return number;
  }

  /** Copies a row into another. */
  read(number: number, into: Row): void {
    const block = this.#blocks[Math.floor(number / ROWS_PER_BLOCK)] as Int32Array;
    const from = (number % ROWS_PER_BLOCK) * this.#width;
    for (let place = 0; place < this.#width; place++) into[place] = block[from + place] as number;
  }

  /** The hash that a row came with. */
  hashOf(number: number): number {
    return this.#hashOf(number);
  }

  #hashOf(number: number): number {
    return (this.#hashes[Math.floor(number / ROWS_PER_BLOCK)] as Int32Array)[number % ROWS_PER_BLOCK] as number;
  }

  #isRow(number: number, row: Readonly<Row>): boolean {
    const block = this.#blocks[Math.floor(number / ROWS_PER_BLOCK)] as Int32Array;
    const from = (number % ROWS_PER_BLOCK) * this.#width;
    for (let place = 0; place < this.#width; place++) if (block[from + place] !== row[place]) return false;
    return true;
  }

  #append(row: Readonly<Row>, hash: number): void {
    const at = this.#size % ROWS_PER_BLOCK;
    if (at === 0) {
      this.#blocks.push(new Int32Array(ROWS_PER_BLOCK * this.#width));
      this.#hashes.push(new Int32Array(ROWS_PER_BLOCK));
    }
    (this.#blocks.at(-1) as Int32Array).set(row, at * this.#width);
    (this.#hashes.at(-1) as Int32Array)[at] = hash;
    this.#size += 1;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = this.#hashOf(number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}
