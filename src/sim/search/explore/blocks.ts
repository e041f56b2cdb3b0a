// Long lists of numbers in blocks: what grows is never copied, and an entry takes its four bytes.
import type { Row } from './transition-system.ts';

const BLOCK_BITS = 14;
const BLOCK_SIZE = 1 << BLOCK_BITS;
const IN_BLOCK = BLOCK_SIZE - 1;
const BYTES = 4;

/** A list, or a stack, of integers from 0 to 2^32 - 1. */
export class Numbers {
  readonly #blocks: Uint32Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#blocks.length * BLOCK_SIZE * BYTES;
  }

  push(number: number): void {
    const block = this.#size >>> BLOCK_BITS;
    if (block === this.#blocks.length) this.#blocks.push(new Uint32Array(BLOCK_SIZE));
    (this.#blocks[block] as Uint32Array)[this.#size & IN_BLOCK] = number;
    this.#size += 1;
  }

  /** Takes the newest off; there must be one. */
  pop(): number {
    this.#size -= 1;
    return this.at(this.#size);
  }

  at(index: number): number {
    return (this.#blocks[index >>> BLOCK_BITS] as Uint32Array)[index & IN_BLOCK] as number;
  }

  /** Changes an entry that is there. */
  put(index: number, number: number): void {
    (this.#blocks[index >>> BLOCK_BITS] as Uint32Array)[index & IN_BLOCK] = number;
  }
}

/** Rows of one width: a list, a stack, or a queue whose blocks are let go. */
export class Rows {
  readonly #width: number;
  /** Null: let go. */
  readonly #blocks: (Int32Array | null)[] = [];
  #held = 0;
  #size = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Rows that were pushed, and not popped. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#held * BLOCK_SIZE * BYTES * this.#width;
  }

  push(row: Readonly<Row>): void {
    const block = this.#size >>> BLOCK_BITS;
    if (block === this.#blocks.length) this.#append();
    (this.#blocks[block] as Int32Array).set(row, (this.#size & IN_BLOCK) * this.#width);
    this.#size += 1;
  }

  /** Takes the newest off; there must be one. */
  pop(into: Row): void {
    this.#size -= 1;
    this.read(this.#size, into);
  }

  /** Reads a row of a queue; it and all before are not asked for again. */
  shift(index: number, into: Row): void {
    this.read(index, into);
    if ((index & IN_BLOCK) !== IN_BLOCK) return;
    this.#blocks[index >>> BLOCK_BITS] = null;
    this.#held -= 1;
  }

  read(index: number, into: Row): void {
    const block = this.#blocks[index >>> BLOCK_BITS] as Int32Array;
    const from = (index & IN_BLOCK) * this.#width;
    for (let place = 0; place < this.#width; place++) into[place] = block[from + place] as number;
  }

  isEqual(index: number, row: Readonly<Row>): boolean {
    const block = this.#blocks[index >>> BLOCK_BITS] as Int32Array;
    const from = (index & IN_BLOCK) * this.#width;
    for (let place = 0; place < this.#width; place++) if (block[from + place] !== row[place]) return false;
    return true;
  }

  #append(): void {
    this.#blocks.push(new Int32Array(BLOCK_SIZE * this.#width));
    this.#held += 1;
  }
}

/** A set of indexes, a bit for each. */
export class Marks {
  #words = new Uint32Array(BLOCK_SIZE >>> 5);

  get bytes(): number {
    return this.#words.length * BYTES;
  }

  add(index: number): void {
    while (index >>> 5 >= this.#words.length) this.#grow();
    this.#words[index >>> 5] = (this.#words[index >>> 5] as number) | (1 << (index & 31));
  }

  has(index: number): boolean {
    return (((this.#words[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
