// Lines of a sink, numbered in the order in which they came: two equal ones have one number. They are found by a hash of what they hold, as to make
// the text of each takes longer.
import type { Value } from '../../core/base/value.ts';
import { areEqual } from './text.ts';

export interface NumberedLines {
  /** By number. */
  readonly lines: Value[];
  /** The newest line of each hash. */
  readonly newest: Map<number, number>;
  /** By number: the line before it that has the same hash; -1: none. */
  readonly before: number[];
}

const NONE = -1;

export function createNumberedLines(): NumberedLines {
  return { lines: [], newest: new Map(), before: [] };
}

/** -1: there is no such line. */
export function findLine({ lines, newest, before }: NumberedLines, line: Value): number {
  let number = newest.get(hashOf(line)) ?? NONE;
  while (number !== NONE && !areEqual(lines[number] as Value, line)) number = before[number] as number;
  return number;
}

/** Of a line that is not there yet; its number. */
export function addLine({ lines, newest, before }: NumberedLines, line: Value): number {
  const hash = hashOf(line);
  const number = lines.length;
  lines.push(line);
  before.push(newest.get(hash) ?? NONE);
  newest.set(hash, number);
  return number;
}

/** Equal values have equal hashes, whatever the order of their fields. */
function hashOf(value: Value): number {
  if (typeof value === 'string') return hashOfText(value);
  if (typeof value === 'number') return mixed(value | 0) ^ ((value * 0x10_0000) | 0);
  if (typeof value === 'bigint') return hashOfText(String(value));
  if (typeof value === 'boolean' || value === null) return value === true ? 1 : 2;
  return hashOfCompound(value);
}

function hashOfCompound(value: Exclude<Value, null | string | number | bigint | boolean>): number {
  let hash = 0;
  if (Array.isArray(value) || value instanceof Uint8Array) {
    for (let index = 0; index < value.length; index++) hash = mixed(hash ^ hashOf(value[index] as Value));
    return hash;
  }
  const fields = value as { readonly [field: string]: Value };
  for (const name in fields)
    hash = (hash + mixed(hashOf(fields[name] as Value) ^ (name.charCodeAt(0) + name.length))) | 0;
  return hash;
}

function hashOfText(text: string): number {
  let hash = text.length;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/** One round of a mixer, as two fields must not come to the same when they change places. */
function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x45d9f3b);
  return once ^ (once >>> 15);
}
