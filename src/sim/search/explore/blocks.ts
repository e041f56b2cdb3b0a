// Long lists of numbers in blocks: what grows is never copied, and an entry takes its four bytes.
import { must } from '../../../core/base/assert.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
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

  keep(out: KeptWriter): void {
    out.number(this.#size);
    for (let at = 0; at < this.#size; at += BLOCK_SIZE) out.words(this.#blocks[at >>> BLOCK_BITS] as Uint32Array);
  }

  /** Into an empty list. */
  restore(kept: KeptReader): void {
    this.#size = kept.number();
    for (let at = 0; at < this.#size; at += BLOCK_SIZE) this.#blocks.push(kept.uint32s());
  }
}

const SIZES = [Uint8Array, Uint16Array, Uint32Array] as const;
type Small = Uint8Array | Uint16Array | Uint32Array;

/** A list of integers from 0 to 2^32 - 1, most of which are small: an entry takes one byte, two or four, as the largest of its block needs. */
export class SmallNumbers {
  readonly #blocks: Small[] = [];
  #size = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(number: number): void {
    const [block, at] = [this.#size >>> BLOCK_BITS, this.#size & IN_BLOCK];
    if (at === 0) this.#append(new Uint8Array(BLOCK_SIZE));
    if (number >= 2 ** (8 * (this.#blocks[block] as Small).BYTES_PER_ELEMENT)) this.#widen(number);
    (this.#blocks[block] as Small)[at] = number;
    this.#size += 1;
  }

  at(index: number): number {
    return (this.#blocks[index >>> BLOCK_BITS] as Small)[index & IN_BLOCK] as number;
  }

  keep(out: KeptWriter): void {
    out.number(this.#size);
    for (const block of this.#blocks) out.words(block);
  }

  /** Into an empty list. */
  restore(kept: KeptReader): void {
    this.#size = kept.number();
    for (let at = 0; at < this.#size; at += BLOCK_SIZE) this.#append(smallOf(kept.bytes()));
  }

  #append(block: Small): void {
    this.#blocks.push(block);
    this.#bytes += block.byteLength;
  }

  /** The newest block gets room for a number. */
  #widen(number: number): void {
    const block = this.#blocks.pop() as Small;
    this.#bytes -= block.byteLength;
    const Wide = must(
      SIZES.find(({ BYTES_PER_ELEMENT }) => number < 2 ** (8 * BYTES_PER_ELEMENT)),
      'a number below 2^32',
    );
    this.#append(Wide.from(block));
  }
}

function smallOf({ buffer, byteLength }: Uint8Array<ArrayBuffer>): Small {
  const Wide = must(
    SIZES.find(({ BYTES_PER_ELEMENT }) => BYTES_PER_ELEMENT * BLOCK_SIZE === byteLength),
    'a block',
  );
  return new Wide(buffer);
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

  keep(out: KeptWriter): void {
    out.number(this.#size);
    out.number(this.#blocks.length);
    for (const block of this.#blocks) out.words(block ?? NO_WORDS);
  }

  /** Into an empty list. */
  restore(kept: KeptReader): void {
    this.#size = kept.number();
    for (let left = kept.number(); left > 0; left--) {
      const block = kept.int32s();
      this.#blocks.push(block.length === 0 ? null : block);
      if (block.length > 0) this.#held += 1;
    }
  }

  #append(): void {
    this.#blocks.push(new Int32Array(BLOCK_SIZE * this.#width));
    this.#held += 1;
  }
}

const NO_WORDS = new Int32Array(0);

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

  keep(out: KeptWriter): void {
    out.words(this.#words);
  }

  restore(kept: KeptReader): void {
    this.#words = kept.uint32s();
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
