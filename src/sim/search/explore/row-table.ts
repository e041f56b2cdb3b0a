// All states that were reached, each once: packed rows one behind the other, found by an open table of their numbers.
import { hashOf, type Draft } from './draft.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
import { PackedRows } from './packed-rows.ts';
import type { Row } from './transition-system.ts';

const FIRST_SLOTS = 1 << 12;
const FILL_MAX = 0.75;

/** Exact: rows are compared, not only their hashes. A row takes as many words as its parts need, and 6 to 11 bytes to be found. */
export class RowTable {
  readonly #rows: PackedRows;
  /**
   * By the place that the lower bits of a hash lead to; 0: free. As many bits as a place has hold the number of a row plus 1, and those above them are those of
   * its hash: most rows that differ are told apart without a look at them.
   */
  #slots = new Int32Array(FIRST_SLOTS);
  readonly #row: Row;

  constructor(width: number) {
    this.#rows = new PackedRows(width);
    this.#row = new Int32Array(width);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Bytes that are held, blocks that are not full included. */
  get bytes(): number {
    return this.#rows.bytes + this.#slots.byteLength;
  }

  /** Adds a row with its hash. Its number, from 0 on in the order in which rows came; of one that is there already, -1 less its number. */
  add(row: Readonly<Row>, hash: number): number {
    this.#rows.setKey(row);
    return this.#addKey(row, hash);
  }

  /** Successors are of this state from now on. */
  start(number: number, state: Readonly<Row>): void {
    this.#rows.setBase(number, state);
  }

  /** The same of a successor. */
  addSuccessor(draft: Draft): number {
    this.#rows.changeKey(draft);
    return this.#addKey(draft.row, draft.hash);
  }

  #addKey(row: Readonly<Row>, hash: number): number {
    const slot = this.#slotOf(row, hash);
    const mask = this.#slots.length - 1;
    const known = (this.#slots[slot] as number) & mask;
    if (known !== 0) return -known;
    const number = this.#rows.size;
    this.#rows.push();
    this.#slots[slot] = (hash & ~mask) | (number + 1);
    if (number + 1 > this.#slots.length * FILL_MAX) this.#fill(this.#slots.length * 2);
    return number;
  }

  /** The number of a row with its hash, or -1 if it is not there. */
  find(row: Readonly<Row>, hash: number): number {
    this.#rows.setKey(row);
    return ((this.#slots[this.#slotOf(row, hash)] as number) & (this.#slots.length - 1)) - 1;
  }

  /** Copies a row into another. */
  read(number: number, into: Row): void {
    this.#rows.read(number, into);
  }

  /** Rows need no second hash. */
  secondOf(): number {
    return 0;
  }

  /** The slot of a row, which is the key, or the free one that it would get. */
  #slotOf(row: Readonly<Row>, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const found = slots[slot] as number;
      if (found === 0) return slot;
      if (((found ^ hash) & ~mask) === 0 && this.#rows.isKey((found & mask) - 1, row)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  keep(out: KeptWriter): void {
    this.#rows.keep(out);
  }

  /** Into an empty table. */
  restore(kept: KeptReader): void {
    this.#rows.restore(kept);
    let slots = this.#slots.length;
    while (this.size > slots * FILL_MAX) slots *= 2;
    this.#fill(slots);
  }

  /** Puts all that are there into so many slots. */
  #fill(length: number): void {
    const slots = new Int32Array(length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      this.#rows.read(number, this.#row);
      const hash = hashOf(this.#row);
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = (hash & ~mask) | (number + 1);
    }
    this.#slots = slots;
  }
}
