// Keys of keyed state: what is a key, their one order, and their hash. All of it is the same in every world and version, because key groups
// and the order of timers and snapshots follow from it.
import { BEYOND_INT64, isInt64, type Key, type KeyPart } from '../base/value.ts';

/** Says why something cannot be a key, or null if it can. Scalars pass without work. */
export function describeKeyProblem(candidate: unknown): string | null {
  if (isKeyPart(candidate)) return null;
  if (typeof candidate === 'number') return `${candidate} is not a finite number`;
  if (typeof candidate === 'bigint') return `it is ${BEYOND_INT64}`;
  if (!Array.isArray(candidate))
    return `${nameOf(candidate)} is no string, number, bigint or boolean, nor an array of them`;
  for (let index = 0; index < candidate.length; index++) {
    if (isKeyPart(candidate[index])) continue;
    if (typeof candidate[index] === 'bigint') return `part ${index} is ${BEYOND_INT64}`;
    return `part ${index} is ${nameOf(candidate[index])}, not a string, finite number, bigint or boolean`;
  }
  return null;
}

function isKeyPart(candidate: unknown): candidate is KeyPart {
  return (
    typeof candidate === 'string' ||
    typeof candidate === 'boolean' ||
    (typeof candidate === 'number' && Number.isFinite(candidate)) ||
    (typeof candidate === 'bigint' && isInt64(candidate))
  );
}

function nameOf(candidate: unknown): string {
  if (candidate === null || candidate === undefined) return String(candidate);
  if (typeof candidate === 'number') return String(candidate);
  return typeof candidate === 'object' ? 'an object' : `a ${typeof candidate}`;
}

/** The one form of a key: -0 becomes 0, because they are equal. Anything else stays the same object. */
export function normalizeKey(key: Key): Key {
  if (typeof key === 'number') return key + 0;
  if (typeof key !== 'object' || !key.some((part) => Object.is(part, -0))) return key;
  return key.map((part) => (typeof part === 'number' ? part + 0 : part));
}

/** A key for a sentence: as JSON, and an int64 as `1n`. */
export function showKey(key: Key): string {
  if (typeof key === 'object') return `[${key.map(showKey).join(',')}]`;
  return typeof key === 'bigint' ? `${key}n` : JSON.stringify(key);
}

/** The canonical order: booleans, numbers, int64s, strings by UTF-16 units, tuples part by part, a prefix before what it begins. */
export function compareKeys(left: Key, right: Key): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const rank = rankOf(left) - rankOf(right);
  if (rank !== 0) return rank;
  if (typeof left === 'object' && typeof right === 'object') return compareTuples(left, right);
  if (typeof left === 'bigint' && typeof right === 'bigint') return left < right ? -1 : left > right ? 1 : 0;
  return Number(left) - Number(right);
}

function compareTuples(left: readonly KeyPart[], right: readonly KeyPart[]): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    const order = compareKeys(left[index] as KeyPart, right[index] as KeyPart);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function rankOf(key: Key): number {
  switch (typeof key) {
    case 'boolean':
      return 0;
    case 'number':
      return 1;
    case 'bigint':
      return 2;
    case 'string':
      return 3;
    default:
      return 4;
  }
}

/**
 * A 32-bit hash of a key, the one that Java (hence Flink) gives to the same key: String.hashCode over UTF-16 units, Integer.hashCode for whole
 * numbers of 32 bits, Double.hashCode over the IEEE 754 bits for others, Long.hashCode for int64s, Boolean.hashCode, and Flink's tuples (31 * hash + hash of the next part).
 */
export function hashKey(key: Key): number {
  if (typeof key === 'string') return hashString(key);
  if (typeof key === 'number') return hashNumber(key);
  if (typeof key === 'boolean') return key ? 1231 : 1237;
  return typeof key === 'bigint' ? hashInt64(key) : hashTuple(key);
}

/** Of a string. */
export function hashString(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

// millrace-lint-ignore module-state: scratch, written and read within one call
const DOUBLE_BITS = new DataView(new ArrayBuffer(8));

/** Of a finite number. */
export function hashNumber(value: number): number {
  const whole = value | 0;
  if (whole === value) return whole; // -0 too: it equals 0
  DOUBLE_BITS.setFloat64(0, value);
  return DOUBLE_BITS.getInt32(0) ^ DOUBLE_BITS.getInt32(4);
}

/** Of an int64: its high word xor its low one. */
export function hashInt64(value: bigint): number {
  DOUBLE_BITS.setBigInt64(0, value);
  return DOUBLE_BITS.getInt32(0) ^ DOUBLE_BITS.getInt32(4);
}

function hashTuple(parts: readonly KeyPart[]): number {
  let hash = 0;
  for (let index = 0; index < parts.length; index++) {
    hash = (Math.imul(hash, 31) + hashKey(parts[index] as KeyPart)) | 0;
  }
  return hash;
}
