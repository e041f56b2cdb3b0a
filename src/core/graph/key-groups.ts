// Key groups, the smallest unit of keyed state that moves between subtasks, by Flink's formulas (KeyGroupRangeAssignment, MathUtils.murmurHash).
// Which group a key belongs to must never change between versions: snapshots depend on it.
import type { Key } from '../base/value.ts';
import { hashKey } from './keys.ts';

/** Flink's bounds of max parallelism. */
export const MAX_PARALLELISM_LIMIT = 32_768;
const MAX_PARALLELISM_DEFAULT_MIN = 128;

/** Key groups of one subtask, both ends included; `last < first` if it has none. */
export interface KeyGroupRange {
  readonly first: number;
  readonly last: number;
}

export function keyGroupOf(key: Key, maxParallelism: number): number {
  return keyGroupOfHash(hashKey(key), maxParallelism);
}

/** Of the key with this hash. */
export function keyGroupOfHash(hash: number, maxParallelism: number): number {
  return murmur(hash) % maxParallelism;
}

/** Of the keys with the first `count` of these hashes, to the beginning of `groups`, which may be the same list. */
export function keyGroupsOfHashes(hashes: Int32Array, count: number, maxParallelism: number, groups: Int32Array): void {
  const mask = maxParallelism - 1;
  if ((maxParallelism & mask) === 0)
    for (let at = 0; at < count; at++) groups[at] = murmur(hashes[at] as number) & mask; // a division takes as long as all the rest
  else for (let at = 0; at < count; at++) groups[at] = murmur(hashes[at] as number) % maxParallelism;
}

export function subtaskOfKeyGroup(keyGroup: number, maxParallelism: number, parallelism: number): number {
  return ((keyGroup * parallelism) / maxParallelism) | 0; // both are at most 2^15
}

/** The subtask of each key group. */
export function subtasksOfKeyGroups(maxParallelism: number, parallelism: number): Uint16Array {
  const subtasks = new Uint16Array(maxParallelism);
  for (let group = 0; group < maxParallelism; group++)
    subtasks[group] = subtaskOfKeyGroup(group, maxParallelism, parallelism);
  return subtasks;
}

export function keyGroupRange(subtask: number, maxParallelism: number, parallelism: number): KeyGroupRange {
  return {
    first: Math.floor((subtask * maxParallelism + parallelism - 1) / parallelism),
    last: Math.floor(((subtask + 1) * maxParallelism - 1) / parallelism),
  };
}

/** Max parallelism of a job that names none: room to grow by half, rounded up to a power of two, from 128 to 32,768. */
export function defaultMaxParallelism(parallelism: number): number {
  let power = MAX_PARALLELISM_DEFAULT_MIN;
  while (power < parallelism + Math.floor(parallelism / 2) && power < MAX_PARALLELISM_LIMIT) power *= 2;
  return power;
}

/** MurmurHash3 of one 32-bit word, made non-negative as Flink does. */
export function murmur(code: number): number {
  let hash = Math.imul(code, 0xcc9e2d51);
  hash = Math.imul((hash << 15) | (hash >>> 17), 0x1b873593);
  hash = (hash << 13) | (hash >>> 19);
  hash = mixBits((Math.imul(hash, 5) + 0xe6546b64) ^ 4);
  const sign = hash >> 31;
  return ((hash ^ sign) - sign) & 0x7fffffff; // without a jump, which would go either way for every other key; -2^31 becomes 0
}

function mixBits(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
