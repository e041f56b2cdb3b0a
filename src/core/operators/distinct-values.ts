// A set of strings, numbers, int64s and booleans as data that never changes: with one more it is another one, which shares most of it. How it looks follows from
// what is in it, and not from the order in which that came.
import type { KeyPart, Value } from '../base/value.ts';
import { murmur } from '../graph/key-groups.ts';
import { hashKey } from '../graph/keys.ts';
import { compareOrdered } from './value-order.ts';

export interface DistinctValues {
  readonly size: number;
  /** A leaf: values in their order. With more than `LEAF_MAX` of them: `FAN` of the like, by the next bits of the hash. */
  readonly values: Branch;
}

type Leaf = readonly KeyPart[];
type Branch = Leaf | readonly Branch[];

/** Of one key, and window: some hundred MB of short strings. */
export const DISTINCT_VALUES_MAX = 1_000_000;

/** What is copied for a value more. */
const LEAF_MAX = 32;
const FAN_BITS = 4;
const FAN = 1 << FAN_BITS;
/** Of the hash of keys, and of another one behind them: many strings have the same of the first, whether by chance or by intent. */
const KEY_HASH_BITS = 32;
const HASH_BITS = 64;

export const NO_VALUES: DistinctValues = Object.freeze({ size: 0, values: Object.freeze([]) });

/** The same set if it has the value. */
export function addDistinct(set: DistinctValues, value: KeyPart): DistinctValues {
  const found = value === 0 ? 0 : value; // -0 is 0
  const values = addTo(set.values, found, hashOf(found), 0);
  return values === set.values ? set : { size: set.size + 1, values };
}

function addTo(branch: Branch, value: KeyPart, hash: number, bits: number): Branch {
  if (!isFan(branch)) return addToLeaf(branch, value, bits);
  const at = childOf(value, hash, bits);
  const before = branch[at] as Branch;
  const after = addTo(before, value, hash, bits + FAN_BITS);
  return before === after ? branch : branch.with(at, after);
}

function addToLeaf(leaf: Leaf, value: KeyPart, bits: number): Branch {
  const at = placeIn(leaf, value);
  if (at < leaf.length && compareOrdered(leaf[at] as KeyPart, value) === 0) return leaf;
  const grown = leaf.toSpliced(at, 0, value);
  return grown.length > LEAF_MAX && bits < HASH_BITS ? fanOf(grown, bits) : grown;
}

/** Where it is, or would be. */
function placeIn(leaf: Leaf, value: KeyPart): number {
  let low = 0;
  for (let high = leaf.length; low < high;) {
    const middle = (low + high) >>> 1;
    if (compareOrdered(leaf[middle] as KeyPart, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All may have the same bits. */
function fanOf(values: Leaf, bits: number): Branch {
  const children: KeyPart[][] = Array.from({ length: FAN }, () => []);
  for (const value of values) (children[childOf(value, hashOf(value), bits)] as KeyPart[]).push(value);
  const next = bits + FAN_BITS;
  return children.map((child) => (child.length > LEAF_MAX && next < HASH_BITS ? fanOf(child, next) : child));
}

/** NaN has many forms. */
function hashOf(value: KeyPart): number {
  return Number.isNaN(value) ? 0 : murmur(hashKey(value));
}

/** Few get so deep that their other hash is asked for. */
function childOf(value: KeyPart, hash: number, bits: number): number {
  const part = bits < KEY_HASH_BITS ? hash >>> bits : otherHash(String(value)) >>> (bits - KEY_HASH_BITS);
  return part & (FAN - 1);
}

/** As MurmurHash3 mixes words. */
function otherHash(text: string): number {
  let hash = text.length;
  for (let index = 0; index < text.length; index++) {
    const word = Math.imul(text.charCodeAt(index), 0xcc9e2d51);
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return murmur(hash);
}

function isFan(branch: Branch): branch is readonly Branch[] {
  return Array.isArray(branch[0]);
}

/** Whether it can be what a set was written as. */
export function isDistinctValues(candidate: Value | undefined): candidate is Value & DistinctValues {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { size, values } = candidate as { readonly [field: string]: Value };
  return Number.isSafeInteger(size) && Array.isArray(values);
}
