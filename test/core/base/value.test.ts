// What is data, and the words for what is not.

import { describe, expect, test } from 'vitest';
import { describeNonValue, isValue, VALUE_DEPTH_MAX } from '../../../src/core/base/value.ts';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

function cycle(): unknown {
  const self: Record<string, unknown> = {};
  self.again = [self];
  return self;
}

describe('is data', () => {
  test.each<[unknown]>([
    [null],
    [true],
    [0],
    [-0],
    [Number.NaN],
    [''],
    ['\ud800'],
    [[]],
    [{}],
    [new Uint8Array(2)],
    [Object.create(null)],
    [Object.freeze({ a: [1, { b: null }] })],
    [JSON.parse('{"__proto__": 1}')],
    [nested(VALUE_DEPTH_MAX)],
  ])('%o', (candidate) => {
    expect(isValue(candidate)).toBe(true);
    expect(describeNonValue(candidate)).toBeNull();
  });
});

describe('is not data', () => {
  class Flight {
    readonly origin = 'JFK';
  }
  const holes: number[] = [1];
  holes[3] = 1;

  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['a function', () => 1, 'a function'],
    ['a bigint beyond 64 bits', { id: [2n ** 63n] }, 'a bigint beyond 64 bits (-2^63 to 2^63 - 1) at .id[0]'],
    ['one below them', -(2n ** 63n) - 1n, 'a bigint beyond 64 bits (-2^63 to 2^63 - 1)'],
    ['a symbol', Symbol('x'), 'a symbol'],
    ['a Date', new Date(0), 'an instance of Date'],
    ['a Map inside', { rows: [1, { seen: new Map() }] }, 'an instance of Map at .rows[1].seen'],
    ['a field without a value', { a: 1, b: undefined }, 'undefined at .b'],
    ['an instance', new Flight(), 'an instance of Flight'],
    ['other typed arrays', [new Float64Array(1)], 'an instance of Float64Array at [0]'],
    ['a Buffer', Buffer.from('a'), 'an instance of Buffer'],
    ['an array with holes', { list: holes }, 'an array with holes at .list'],
    ['a promise', [Promise.resolve(1)], 'an instance of Promise at [0]'],
  ])('%s', (_, candidate, words) => {
    expect(isValue(candidate)).toBe(false);
    expect(describeNonValue(candidate)).toBe(words);
  });

  test.each([
    ['deeper than allowed', nested(VALUE_DEPTH_MAX + 1)],
    ['a cycle', cycle()],
  ])('%s', (_, candidate) => {
    expect(isValue(candidate)).toBe(false);
    expect(describeNonValue(candidate)).toMatch(/^something nested deeper than 32 at /);
  });
});
