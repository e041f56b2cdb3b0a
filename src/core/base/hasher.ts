// A hash that rolls over data. It is part of tapes, so the same data must give the same hash in every version.
import { isTypedArray, notData, typeName } from './state-kinds.ts';
import type { Plain, TypedArray } from './state-kinds.ts';
import { isInt64 } from './value.ts';

// Tags keep apart what would otherwise give the same words: 1 and '1', [] and {}.
const TAG_NULL = 1;
const TAG_TRUE = 2;
const TAG_FALSE = 3;
const TAG_INT = 4;
const TAG_FLOAT = 5;
const TAG_STRING = 6;
const TAG_ARRAY = 7;
const TAG_OBJECT = 8;
const TAG_MAP = 9;
const TAG_SET = 10;
const TAG_BYTES = 11;
const TAG_UNDEFINED = 12;
const TAG_END = 13;
const TAG_INT64 = 14;

// Data is first written out as words into this buffer and then rolled over in one tight loop, which is three times as fast as rolling word by
// word. The buffer and the lanes belong to the call of `Hasher.value` that runs; none can begin before it ends.
const BUFFER_WORDS = 4096;
const buffer = new Int32Array(BUFFER_WORDS);
let used = 0;
let laneA = 0;
let laneB = 0;

/** Rolls over what is in the buffer, two words at a time: each lane takes one, then they mix. For given words this is a bijection of the lanes. */
function flush(): void {
  let a = laneA;
  let b = laneB;
  if ((used & 1) === 1) buffer[used++] = 0;
  for (let index = 0; index < used; index += 2) {
    a = Math.imul(a ^ (buffer[index] as number), 0x85ebca6b);
    b = Math.imul(b ^ (buffer[index + 1] as number), 0xc2b2ae35);
    a ^= b >>> 15;
    b = (((b << 13) | (b >>> 19)) + a) | 0;
  }
  laneA = a;
  laneB = b;
  used = 0;
}

// millrace-lint-ignore module-state: scratch, written and read within one call
const floatBits = new Float64Array(1);
const floatWords = new Int32Array(floatBits.buffer);
const int64Bits = new BigInt64Array(floatBits.buffer);

const MARGIN_WORDS = 8; // more than anything but text and bytes writes before it looks for room again

function write(value: unknown): void {
  if (used > BUFFER_WORDS - MARGIN_WORDS) flush();
  // One question after the other: to switch over `typeof value`, V8 makes its text and compares that.
  if (typeof value === 'number') writeNumber(value);
  else if (typeof value === 'string') writeText(value);
  else if (typeof value === 'boolean') buffer[used++] = value ? TAG_TRUE : TAG_FALSE;
  else if (value === null) buffer[used++] = TAG_NULL;
  else if (typeof value === 'object') writeCompound(value);
  else if (value === undefined) buffer[used++] = TAG_UNDEFINED;
  else if (typeof value === 'bigint' && isInt64(value)) writeInt64(value);
  else throw notData(value);
}

function writeNumber(value: number): void {
  if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
    buffer[used++] = TAG_INT;
    buffer[used++] = value;
    return;
  }
  floatBits[0] = Number.isNaN(value) ? Number.NaN : value; // NaN has many forms, which no program can tell apart
  buffer[used++] = TAG_FLOAT;
  buffer[used++] = floatWords[0] as number;
  buffer[used++] = floatWords[1] as number;
}

function writeInt64(value: bigint): void {
  int64Bits[0] = value;
  buffer[used++] = TAG_INT64;
  buffer[used++] = floatWords[0] as number;
  buffer[used++] = floatWords[1] as number;
}

function writeText(text: string): void {
  const { length } = text;
  buffer[used++] = TAG_STRING ^ (length << 4);
  let index = 0;
  for (; index + 1 < length; index += 2) {
    if (used > BUFFER_WORDS - MARGIN_WORDS) flush();
    buffer[used++] = text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16);
  }
  if (index < length) buffer[used++] = text.charCodeAt(index);
}

function writeCompound(value: object): void {
  if (Array.isArray(value)) return writeArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return writeObject(value as Plain);
  if (value instanceof Map) return writeMap(value);
  if (value instanceof Set) return writeSet(value);
  if (isTypedArray(value)) return writeBytes(value);
  throw notData(value);
}

function writeArray(items: readonly unknown[]): void {
  buffer[used++] = TAG_ARRAY;
  buffer[used++] = items.length;
  for (let index = 0; index < items.length; index++) write(items[index]);
}

function writeObject(fields: Plain): void {
  buffer[used++] = TAG_OBJECT;
  for (const name in fields) {
    buffer[used++] = wordOf(name);
    write(fields[name]);
  }
  if (used > BUFFER_WORDS - MARGIN_WORDS) flush(); // many objects may end here one behind the other
  buffer[used++] = TAG_END;
}

function writeMap(entries: ReadonlyMap<unknown, unknown>): void {
  buffer[used++] = TAG_MAP;
  buffer[used++] = entries.size;
  entries.forEach(writeEntry); // a loop makes a pair for each entry
}

function writeEntry(value: unknown, key: unknown): void {
  write(key);
  write(value);
}

function writeSet(items: ReadonlySet<unknown>): void {
  buffer[used++] = TAG_SET;
  buffer[used++] = items.size;
  for (const item of items) write(item);
}

function writeBytes(array: TypedArray): void {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const { length } = bytes;
  buffer[used++] = TAG_BYTES;
  buffer[used++] = wordOf(typeName(array)); // the same bytes as other numbers are other data
  buffer[used++] = length;
  let index = 0;
  for (; index + 3 < length; index += 4) {
    if (used > BUFFER_WORDS - MARGIN_WORDS) flush();
    const low = (bytes[index] as number) | ((bytes[index + 1] as number) << 8);
    buffer[used++] = low | ((bytes[index + 2] as number) << 16) | ((bytes[index + 3] as number) << 24);
  }
  for (; index < length; index++) buffer[used++] = bytes[index] as number;
}

/** Names of fields come again and again: their words are remembered. Only a memory of what is true anyway, and bounded. */
const nameWords = new Map<string, number>();
const NAME_WORDS_MAX = 10_000;

function wordOf(name: string): number {
  const known = nameWords.get(name);
  if (known !== undefined) return known;
  let word = TAG_STRING ^ name.length;
  for (let index = 0; index < name.length; index++)
    word = Math.imul(word ^ name.charCodeAt(index), 0x01000193) ^ (word >>> 15);
  if (nameWords.size < NAME_WORDS_MAX) nameWords.set(name, word);
  return word;
}

/** Rolls over data: two lanes of 32 bits. The same data in the same order gives the same hash in every process and on every machine. */
export class Hasher {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  /** Starts again. */
  reset(): void {
    this.#a = 0x243f6a88;
    this.#b = 0x13198a2e;
  }

  /** First lane of the hash so far. */
  get low(): number {
    return this.#a;
  }

  /** Second lane of the hash so far. */
  get high(): number {
    return this.#b;
  }

  /** Goes on from another hasher's place. */
  copyFrom(other: Hasher): void {
    this.#a = other.#a;
    this.#b = other.#b;
  }

  /** Any data, with all its fields. Throws on what is not data. */
  value(value: unknown): void {
    this.#begin();
    write(value);
    this.#end();
  }

  /** A word that says what the data is, and the data: cheaper than an object with both. */
  tagged(tag: string, value: unknown): void {
    this.#begin();
    writeText(tag);
    write(value);
    this.#end();
  }

  /** Four words of 32 bits, as `flush` would roll over them: cheaper than as data. */
  words(first: number, second: number, third: number, fourth: number): void {
    let a = Math.imul(this.#a ^ first, 0x85ebca6b);
    let b = Math.imul(this.#b ^ second, 0xc2b2ae35);
    a ^= b >>> 15;
    b = (((b << 13) | (b >>> 19)) + a) | 0;
    a = Math.imul(a ^ third, 0x85ebca6b);
    b = Math.imul(b ^ fourth, 0xc2b2ae35);
    a ^= b >>> 15;
    this.#a = a;
    this.#b = (((b << 13) | (b >>> 19)) + a) | 0;
  }

  #begin(): void {
    used = 0;
    laneA = this.#a;
    laneB = this.#b;
  }

  #end(): void {
    flush();
    this.#a = laneA;
    this.#b = laneB;
  }

  /** The hash so far, as 16 hexadecimal digits. */
  digest(): string {
    return hex(this.#a) + hex(this.#b);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
