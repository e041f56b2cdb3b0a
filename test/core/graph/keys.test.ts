// What can be a key, and the one order of keys.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Key } from '../../../src/core/base/value.ts';
import { compareKeys, describeKeyProblem, hashKey, normalizeKey, showKey } from '../../../src/core/graph/keys.ts';
import { keyOfMapKey, mapKeyOf } from '../../../src/core/operators/map-key.ts';
import { anyInt64 } from '../base/values.ts';

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', '\u0000["a"]', '["a"]', '1', 'true', '\ud800', '__proto__'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  anyInt64,
);
const key: fc.Arbitrary<Key> = fc.oneof(part, fc.array(part, { maxLength: 3 }));

describe('what is a key', () => {
  test.each<[unknown]>([
    [''],
    ['a'],
    [0],
    [-0],
    [1.5],
    [true],
    [[]],
    [['a', 1, false]],
    ['\ud800'],
    [1n],
    [[2n ** 63n - 1n]],
  ])('%o is one', (candidate) => {
    expect(describeKeyProblem(candidate)).toBeNull();
  });

  test.each<[unknown, string]>([
    [undefined, 'undefined is no string, number, bigint or boolean, nor an array of them'],
    [null, 'null is no string, number, bigint or boolean, nor an array of them'],
    [Number.NaN, 'NaN is not a finite number'],
    [-Infinity, '-Infinity is not a finite number'],
    [{}, 'an object is no string, number, bigint or boolean, nor an array of them'],
    [2n ** 63n, 'it is a bigint beyond 64 bits (-2^63 to 2^63 - 1)'],
    [['a', -(2n ** 63n) - 1n], 'part 1 is a bigint beyond 64 bits (-2^63 to 2^63 - 1)'],
    [['a', null], 'part 1 is null, not a string, finite number, bigint or boolean'],
    [[['a']], 'part 0 is an object, not a string, finite number, bigint or boolean'],
    [[Number.NaN], 'part 0 is NaN, not a string, finite number, bigint or boolean'],
  ])('%o is none', (candidate, problem) => {
    expect(describeKeyProblem(candidate)).toBe(problem);
  });
});

test.each<[Key, Key]>([
  [-0, 0],
  [
    ['a', -0],
    ['a', 0],
  ],
  ['a', 'a'],
  [['a'], ['a']],
])('%j becomes %j', (given, normal) => {
  expect(normalizeKey(given)).toStrictEqual(normal);
});

describe('order', () => {
  test('booleans, numbers, int64s, strings, tuples', () => {
    const ordered: Key[] = [
      false,
      true,
      -1,
      0,
      9,
      10,
      -(2n ** 63n),
      -1n,
      0n,
      9n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      '',
      '10',
      '9',
      'B',
      'a',
      '\ud83d',
      '\uffff',
      [],
      [false],
      [1],
      ['a'],
      ['a', 1],
      ['a', 0n],
      ['a', 'b'],
      ['b'],
    ];
    expect([...ordered].reverse().sort(compareKeys)).toEqual(ordered);
  });

  test('is total, and equal only for equal keys', () => {
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        expect(Math.sign(compareKeys(a, b)) + Math.sign(compareKeys(b, a))).toBe(0);
        if (compareKeys(a, b) <= 0 && compareKeys(b, c) <= 0) expect(compareKeys(a, c)).toBeLessThanOrEqual(0);
        expect(compareKeys(a, b) === 0).toBe(showKey(a) === showKey(b));
      }),
    );
  });
});

describe('keys of a Map', () => {
  test('lead back to their key, and are equal only for equal keys', () => {
    fc.assert(
      // As operators make them: a selected key is normal, so that there is one zero.
      fc.property(key.map(normalizeKey), key.map(normalizeKey), (a, b) => {
        expect(keyOfMapKey(mapKeyOf(a))).toEqual(a);
        const same = new Map([[mapKeyOf(a), 1]]).has(mapKeyOf(b));
        expect(same).toBe(compareKeys(a, b) === 0);
      }),
    );
  });

  test.each<[Key, Key]>([
    ['\u0000["a"]', ['a']],
    ['["a"]', ['a']],
    [1, '1'],
    [1n, 1],
    [[1n], [1]],
    [[1n], ['1']],
    [[1n], ['1n']],
    [true, 'true'],
    [[1], ['1']],
  ])('%o and %o are apart', (left, right) => {
    expect(mapKeyOf(left)).not.toBe(mapKeyOf(right));
  });
});

test('equal keys have equal hashes', () => {
  fc.assert(
    fc.property(key, (one) => {
      expect(hashKey(one)).toBe(hashKey(normalizeKey(one)));
    }),
  );
});

// What Java's Long.hashCode gives.
test.each<[bigint, number]>([
  [0n, 0],
  [5n, 5],
  [-1n, 0],
  [-5n, 4],
  [2n ** 31n, -(2 ** 31)],
  [2n ** 32n, 1],
  [2n ** 53n + 1n, 0x20_0001],
  [2n ** 63n - 1n, -(2 ** 31)],
  [-(2n ** 63n), -(2 ** 31)],
])('the hash of %s is %s', (key, hash) => {
  expect(hashKey(key)).toBe(hash);
});
