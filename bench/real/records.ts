// The records of the real bench: each follows from its split and its position. The jobs for Flink make the same ones (../flink/…/Formula.java).
import type { Value } from '../../src/core/base/value.ts';
import type { RecordColumn } from '../../src/core/columns/column.ts';

/** Coprime to all numbers of keys that are measured: it visits each of them before it comes back to one. */
export const STRIDE = 7_919;

export interface RecordsSize {
  readonly keys: number;
  /** Of event time. */
  readonly recordsPerMs: number;
}

/** Of 16 bytes in other systems. */
export interface Numbered {
  readonly key: number;
  readonly value: number;
}

/** With its event time in ms. */
export interface Timed extends Numbered {
  readonly at: number;
}

export interface Worded {
  readonly word: string;
}

/** The records of a split from a position on, `count` of them: as rows, or as a column. */
export type RecordsFrom = (split: number, position: number, count: number, size: RecordsSize) => Value[] | RecordColumn;

export function numbersFrom(split: number, position: number, count: number, keys: number): Numbered[] {
  const numbers: Numbered[] = [];
  let key = (position * STRIDE + split) % keys;
  for (let at = position; at < position + count; at++) {
    numbers.push({ key, value: at & 1_023 });
    key = (key + STRIDE) % keys;
  }
  return numbers;
}

const NAMES: readonly string[] = Object.freeze(['key', 'value']);

/** The same records, side by side. */
export function numberColumnFrom(split: number, position: number, count: number, keys: number): RecordColumn {
  const column = new Int32Array(count);
  const values = new Int32Array(count);
  const stride = STRIDE % keys;
  let key = (position * STRIDE + split) % keys;
  for (let index = 0; index < count; index++) {
    column[index] = key;
    values[index] = (position + index) & 1_023;
    key += stride;
    if (key >= keys) key -= keys; // a division takes longer than all the rest
  }
  const fields = [
    { kind: 'int32', values: column },
    { kind: 'int32', values },
  ] as const;
  return { kind: 'record', names: NAMES, fields };
}

export function timedFrom(split: number, position: number, count: number, size: RecordsSize): Timed[] {
  const { keys, recordsPerMs } = size;
  const records: Timed[] = [];
  let key = (position * STRIDE + split) % keys;
  for (let at = position; at < position + count; at++) {
    records.push({ key, value: at & 1_023, at: Math.floor(at / recordsPerMs) });
    key = (key + STRIDE) % keys;
  }
  return records;
}

const WORDS = 10_000;
const LETTERS = 26;

/** Of 3 to 12 letters. The first three differ from word to word; the others come of a generator of chance. */
function wordAt(index: number): string {
  const first = (index * STRIDE) % LETTERS ** 3;
  const letters = [first % LETTERS, Math.floor(first / LETTERS) % LETTERS, Math.floor(first / LETTERS / LETTERS)];
  let chance = index;
  for (let more = index % 10; more > 0; more--) {
    chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) | 0;
    letters.push((chance >>> 24) % LETTERS);
  }
  return String.fromCharCode(...letters.map((letter) => 97 + letter));
}

export const words: readonly string[] = Array.from({ length: WORDS }, (_, index) => wordAt(index));

export function wordsFrom(split: number, position: number, count: number): Worded[] {
  const records: Worded[] = [];
  let index = (position * STRIDE + split) % WORDS;
  for (let left = count; left > 0; left--) {
    records.push({ word: words[index] as string });
    index = (index + STRIDE) % WORDS;
  }
  return records;
}
