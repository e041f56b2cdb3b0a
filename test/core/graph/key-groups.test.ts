// Key groups must be the same for ever, because snapshots are stored by them. The formulas are written here a second time, with big integers.

import { describe, expect, test } from 'vitest';
import type { Key } from '../../../src/core/base/value.ts';
import {
  defaultMaxParallelism,
  keyGroupOf,
  keyGroupRange,
  murmur,
  subtaskOfKeyGroup,
} from '../../../src/core/graph/key-groups.ts';
import { hashKey } from '../../../src/core/graph/keys.ts';
import { firstRebalanceSubtask, nextRebalanceSubtask, subtaskOfKey } from '../../../src/core/graph/partitioners.ts';

const WORD = 1n << 32n;

/** MurmurHash3_x86_32 of the four bytes of a word, seed 0, as published, on big integers. */
function murmurOfWord(code: number): bigint {
  const rotate = (word: bigint, bits: bigint): bigint => ((word << bits) | (word >> (32n - bits))) % WORD;
  let hash = (BigInt(code >>> 0) * 0xcc9e2d51n) % WORD;
  hash = (rotate(hash, 15n) * 0x1b873593n) % WORD;
  hash = (rotate(hash, 13n) * 5n + 0xe6546b64n) % WORD;
  hash ^= 4n;
  hash ^= hash >> 16n;
  hash = (hash * 0x85ebca6bn) % WORD;
  hash ^= hash >> 13n;
  hash = (hash * 0xc2b2ae35n) % WORD;
  return hash ^ (hash >> 16n);
}

function nonNegative(hash: bigint): number {
  const signed = Number(BigInt.asIntN(32, hash));
  return signed === -0x80000000 ? 0 : Math.abs(signed);
}

const WORDS = [0, 1, -1, 2, 4, 42, 2112, 99_162_322, 0x7fffffff, -0x80000000, 0x12345678, -0x12345678];

describe('murmur', () => {
  test.each([
    // Published test vectors of MurmurHash3_x86_32 with seed 0.
    [0x00000000, 0x2362f9de],
    [0x87654321, 0xf55b516b],
    [0xffffffff, 0x76293b50],
  ])('the reference above gives the published hash of %i', (word, hash) => {
    expect(murmurOfWord(word)).toBe(BigInt(hash));
  });

  test.each(WORDS)('of %i is that of the reference', (word) => {
    expect(murmur(word)).toBe(nonNegative(murmurOfWord(word)));
  });

  test('of many words is that of the reference', () => {
    let word = 1;
    for (let round = 0; round < 5_000; round++) {
      word = Math.imul(word, 1_103_515_245) + 12_345;
      expect(murmur(word | 0)).toBe(nonNegative(murmurOfWord(word | 0)));
    }
  });
});

test.each<[Key, number]>([
  // What Java says: "…".hashCode(), Integer.hashCode, Double.hashCode, Boolean.hashCode.
  ['', 0],
  ['a', 97],
  ['Aa', 2112],
  ['BB', 2112],
  ['hello', 99_162_322],
  ['polygenelubricants', -0x80000000],
  ['😀', 1_772_899],
  [0, 0],
  [-0, 0],
  [42, 42],
  [-1, -1],
  [0x7fffffff, 0x7fffffff],
  [0.5, 1_071_644_672],
  [-1.5, -1_074_266_112],
  [2 ** 31, 1_105_199_104],
  [1e300, -164_130_400],
  [true, 1231],
  [false, 1237],
  [[], 0],
  [['a'], 97],
  [['a', 'b'], 97 * 31 + 98],
  [['hello', 42, true], ((99_162_322 * 31 + 42) * 31 + 1231) | 0],
])('the hash of %j is %d', (key, hash) => {
  expect(hashKey(key)).toBe(hash);
});

// Computed once by a program in another language. A change here would make every snapshot unreadable.
test.each<[Key, number]>([
  ['', 94],
  ['hello', 35],
  ['JFK', 118],
  [42, 29],
  ['😀', 54],
  [-1.5, 55],
  [2 ** 31, 28],
  [0.5, 12],
  [['JFK', 1], 73],
  [true, 77],
  [1e300, 111],
])('key %j is in key group %d of 128', (key, keyGroup) => {
  expect(keyGroupOf(key, 128)).toBe(keyGroup);
});

test.each([
  [1, 128],
  [85, 128],
  [86, 256],
  [128, 256],
  [170, 256],
  [171, 256],
  [172, 512],
  [10_000, 16_384],
  [22_000, 32_768],
  [32_768, 32_768],
])('parallelism %d has max parallelism %d by default', (parallelism, maxParallelism) => {
  expect(defaultMaxParallelism(parallelism)).toBe(maxParallelism);
});

describe('ranges', () => {
  test.each([
    [0, 128, 1, 0, 127],
    [0, 128, 3, 0, 42],
    [1, 128, 3, 43, 85],
    [2, 128, 3, 86, 127],
    [3, 4, 4, 3, 3],
    [2, 10, 4, 5, 7],
  ])('subtask %d of max %d, parallelism %d owns %d to %d', (subtask, maxParallelism, parallelism, first, last) => {
    expect(keyGroupRange(subtask, maxParallelism, parallelism)).toEqual({ first, last });
  });

  test('each key group has exactly one owner, which is the subtask that its records go to', () => {
    for (const maxParallelism of [1, 2, 7, 8, 100, 128, 32_768]) {
      for (const parallelism of [1, 2, 3, 5, 7, 64, 99, 128].filter((count) => count <= maxParallelism)) {
        let next = 0;
        for (let subtask = 0; subtask < parallelism; subtask++) {
          const { first, last } = keyGroupRange(subtask, maxParallelism, parallelism);
          expect(first).toBe(next);
          expect(last).toBeGreaterThanOrEqual(first);
          expect(subtaskOfKeyGroup(first, maxParallelism, parallelism)).toBe(subtask);
          expect(subtaskOfKeyGroup(last, maxParallelism, parallelism)).toBe(subtask);
          next = last + 1;
        }
        expect(next).toBe(maxParallelism);
      }
    }
  });
});

test('keys spread over all key groups', () => {
  const groups = new Set<number>();
  for (let index = 0; index < 2_000; index++) groups.add(keyGroupOf(`key-${index}`, 128));
  expect(groups.size).toBe(128);
});

describe('partitioners', () => {
  test('a key goes to the owner of its group', () => {
    for (const key of ['a', 1, true, ['a', 1]] as const) {
      const group = keyGroupOf(key, 128);
      const { first, last } = keyGroupRange(subtaskOfKey(key, 128, 3), 128, 3);
      expect(group >= first && group <= last).toBe(true);
    }
  });

  test('rebalance goes round, from a place of the producer', () => {
    const order = [firstRebalanceSubtask(4, 3)];
    while (order.length < 5) order.push(nextRebalanceSubtask(order.at(-1)!, 3));
    expect(order).toEqual([1, 2, 0, 1, 2]);
  });
});
