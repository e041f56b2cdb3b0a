// Rows in as few bits as their parts need, one behind the other in blocks. Parts are numbered from 0 on as they are found, so most of them are small.
import type { KeptReader, KeptWriter } from './kept.ts';
import type { Row } from './transition-system.ts';

const BLOCK_BITS = 14;
const BLOCK_ROWS = 1 << BLOCK_BITS;
const IN_BLOCK = BLOCK_ROWS - 1;
const WORD_BITS = 32;

/** Where each place of a row lies in its words. No place lies in two words. */
interface Layout {
  readonly words: number;
  readonly bits: readonly number[];
  readonly wordOf: readonly number[];
  readonly shifts: readonly number[];
  readonly masks: readonly number[];
}

interface Block {
  readonly layout: Layout;
  readonly data: Int32Array;
}

/** What was changed of a row: the first `changes` of these places. */
export interface Changed {
  readonly row: Readonly<Row>;
  readonly changed: readonly number[];
  readonly changes: number;
}

/** Rows of one width; none is changed or taken away. One row at a time is packed to be compared with others, and to be added: the key. */
export class PackedRows {
  readonly #width: number;
  readonly #blocks: Block[] = [];
  #layout: Layout;
  /** In the newest layout, as all that follow. */
  #key: Int32Array;
  /** A row of which keys differ in a few places. */
  #base: Int32Array;
  #size = 0;
  #bytes = 0;

  constructor(width: number) {
    this.#width = width;
    this.#layout = layoutOf(Array.from({ length: width }, () => 1));
    this.#key = new Int32Array(this.#layout.words);
    this.#base = new Int32Array(this.#layout.words);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Makes a row the key. */
  setKey(row: Readonly<Row>): void {
    if (!this.#fits(row)) this.#widen(row);
    this.#key.fill(0);
    pack(row, this.#layout, this.#key, 0);
  }

  /** From now on keys may be what is changed of a row that is here. */
  setBase(index: number, row: Readonly<Row>): void {
    const { layout, data } = this.#blocks[index >>> BLOCK_BITS] as Block;
    const from = (index & IN_BLOCK) * layout.words;
    if (layout === this.#layout) {
      for (let word = 0; word < layout.words; word++) this.#base[word] = data[from + word] as number;
      return;
    }
    this.setKey(row);
    this.#base.set(this.#key);
  }

  /** Makes a row the key that is other than the base in these places. */
  changeKey(draft: Changed): void {
    const { wordOf, shifts, masks } = this.#layout;
    const { row, changed, changes } = draft;
    const key = this.#key;
    const base = this.#base;
    for (let word = 0; word < key.length; word++) key[word] = base[word] as number;
    for (let at = 0; at < changes; at++) {
      const place = changed[at] as number;
      const part = row[place] as number;
      const mask = masks[place] as number;
      if (part > mask) return this.setKey(row);
      const word = wordOf[place] as number;
      const shift = shifts[place] as number;
      key[word] = ((key[word] as number) & ~(mask << shift)) | (part << shift);
    }
  }

  /** Adds the key. */
  push(): void {
    const at = this.#size & IN_BLOCK;
    if (at === 0) this.#append();
    const { layout, data } = this.#blocks[this.#size >>> BLOCK_BITS] as Block;
    for (let word = 0; word < layout.words; word++) data[at * layout.words + word] = this.#key[word] as number;
    this.#size += 1;
  }

  read(index: number, into: Row): void {
    const { layout, data } = this.#blocks[index >>> BLOCK_BITS] as Block;
    unpack(into, layout, data, (index & IN_BLOCK) * layout.words);
  }

  /** @param row the key, as it was before it was packed */
  isKey(index: number, row: Readonly<Row>): boolean {
    const { layout, data } = this.#blocks[index >>> BLOCK_BITS] as Block;
    const { words } = layout;
    const from = (index & IN_BLOCK) * words;
    if (layout !== this.#layout) return isEqual(row, layout, data, from);
    for (let word = 0; word < words; word++) if (data[from + word] !== this.#key[word]) return false;
    return true;
  }

  #fits(row: Readonly<Row>): boolean {
    const { masks } = this.#layout;
    for (let place = 0; place < this.#width; place++)
      if ((row[place] as number) > (masks[place] as number)) return false;
    return true;
  }

  /** From now on rows have room for the parts of this one. The block that is being filled is written anew, those before are left. */
  #widen(row: Readonly<Row>): void {
    const before = this.#layout;
    const after = layoutOf(before.bits.map((bits, place) => Math.max(bits, bitsOf(row[place] as number))));
    this.#layout = after;
    this.#key = new Int32Array(after.words);
    this.#base = repacked(this.#base, before, after, 1);
    const rows = this.#size & IN_BLOCK;
    if (rows > 0) this.#put(repacked((this.#take() as Block).data, before, after, BLOCK_ROWS));
  }

  keep(out: KeptWriter): void {
    out.number(this.#size);
    out.words(Uint8Array.from(this.#layout.bits));
    for (const { layout, data } of this.#blocks) {
      out.words(Uint8Array.from(layout.bits));
      out.words(data);
    }
  }

  /** Into none. */
  restore(kept: KeptReader): void {
    this.#size = kept.number();
    const newest = layoutOf([...kept.bytes()]);
    for (let at = 0; at < this.#size; at += BLOCK_ROWS) {
      const bits = kept.bytes();
      const layout = [this.#layout, newest].find((one) => one.bits.join() === bits.join()) ?? layoutOf([...bits]);
      this.#layout = layout; // blocks of one layout share it
      this.#put(kept.int32s());
    }
    this.#layout = newest;
    this.#key = new Int32Array(newest.words);
    this.#base = new Int32Array(newest.words);
  }

  #append(): void {
    this.#put(new Int32Array(BLOCK_ROWS * this.#layout.words));
  }

  #put(data: Int32Array): void {
    this.#blocks.push({ layout: this.#layout, data });
    this.#bytes += data.byteLength;
  }

  #take(): Block | undefined {
    const block = this.#blocks.pop();
    this.#bytes -= block?.data.byteLength ?? 0;
    return block;
  }
}

function repacked(data: Int32Array, before: Layout, after: Layout, rows: number): Int32Array {
  const row = new Int32Array(before.bits.length);
  const packed = new Int32Array(rows * after.words);
  for (let at = 0; at < rows; at++) {
    unpack(row, before, data, at * before.words);
    pack(row, after, packed, at * after.words);
  }
  return packed;
}

function isEqual(row: Readonly<Row>, { wordOf, shifts, masks }: Layout, data: Int32Array, from: number): boolean {
  for (let place = 0; place < row.length; place++) {
    const word = data[from + (wordOf[place] as number)] as number;
    if (((word >>> (shifts[place] as number)) & (masks[place] as number)) !== row[place]) return false;
  }
  return true;
}

/** Words are free. */
function pack(row: Readonly<Row>, { wordOf, shifts }: Layout, data: Int32Array, from: number): void {
  for (let place = 0; place < row.length; place++) {
    const word = from + (wordOf[place] as number);
    data[word] = (data[word] as number) | ((row[place] as number) << (shifts[place] as number));
  }
}

function unpack(into: Row, { wordOf, shifts, masks }: Layout, data: Int32Array, from: number): void {
  for (let place = 0; place < into.length; place++) {
    const word = data[from + (wordOf[place] as number)] as number;
    into[place] = (word >>> (shifts[place] as number)) & (masks[place] as number);
  }
}

function bitsOf(part: number): number {
  return Math.max(1, WORD_BITS - Math.clz32(part));
}

/** Each place into the first word that has room for it. */
function layoutOf(bits: readonly number[]): Layout {
  const used: number[] = [];
  const wordOf: number[] = [];
  const shifts: number[] = [];
  for (const size of bits) {
    let word = used.findIndex((taken) => taken + size <= WORD_BITS);
    if (word < 0) word = used.push(0) - 1;
    wordOf.push(word);
    shifts.push(used[word] as number);
    used[word] = (used[word] as number) + size;
  }
  return { words: used.length, bits, wordOf, shifts, masks: bits.map((size) => 2 ** size - 1) };
}
