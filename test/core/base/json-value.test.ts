// Records as JSON: what JSON cannot say is told with its place, and all else comes back as it was, in every digit.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  asReadFromJson,
  describeInt64,
  describeLostInJson,
  isKeptByJson,
  jsonOf,
} from '../../../src/core/base/json-value.ts';
import { parseJson } from '../../../src/core/base/parse-json.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { anyValue, expectSame } from './values.ts';

test.each<[Value, string]>([
  [Number.NaN, 'NaN'],
  [{ mean: Number.NaN }, 'NaN at .mean'],
  [{ a: [1, { b: -Infinity }] }, '-Infinity at .a[1].b'],
  [[Uint8Array.of(1)], 'bytes at [0]'],
  [{ before: -0, after: Number.NaN }, 'NaN at .after'],
])('%o is not kept', (value, lost) => {
  expect(describeLostInJson(value)).toBe(lost);
  expect(isKeptByJson(value)).toBe(false);
  expect(() => jsonOf(value)).toThrow(`a record holds ${lost}, which JSON cannot say`);
});

test.each<[Value, string]>([
  [-0, '-0'],
  [{ a: [-0, 0], b: -0.5 }, '{"a":[-0,0],"b":-0.5}'],
  [2 ** 53, '9007199254740992'],
  [2 ** 60, '1152921504606846976'],
  [-(2 ** 63), '-9223372036854775808'],
  [1e20, '100000000000000000000'],
  [1e21, '1e+21'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [[1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n], '[1,-9223372036854775808,9223372036854775807,9007199254740993]'],
  [{ 'a"': '\ud800\u2028', b: [null, true, -0] }, '{"a\\"":"\\ud800\u2028","b":[null,true,-0]}'],
])('%o is written %s', (value, text) => {
  expect(jsonOf(value)).toBe(text);
});

test('what is kept is one line, with no digit lost; JSON.parse reads it as it was, if it holds no int64', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      if (!isKeptByJson(value)) {
        expect(() => jsonOf(value)).toThrow('which JSON cannot say');
        return;
      }
      const text = jsonOf(value);
      expect(text).not.toContain('\n');
      if (describeInt64(value) === null) expectSame({ ok: true, value: JSON.parse(text) }, value);
      expectSame(parseJson(text, 'exact'), asReadFromJson(value));
      if (typeof value === 'bigint' || (typeof value === 'number' && /^-?\d+$/.test(text)))
        expect(BigInt(text)).toBe(BigInt(value));
    }),
  );
});

test.each<[Value, string | null]>([
  [1, null],
  [{ a: [{ b: 'c' }, Uint8Array.of(1)] }, null],
  [-5n, '-5n'],
  [{ a: [1, { b: 7n }], c: 8n }, '7n at .a[1].b'],
])('the first int64 of %o is %s', (value, found) => {
  expect(describeInt64(value)).toBe(found);
});

test.each<[Value, Value]>([
  [5n, 5],
  [2n ** 53n, 2 ** 53],
  [2n ** 53n + 1n, 2n ** 53n + 1n],
  [
    { ids: [-(2n ** 63n), 2n ** 63n - 1n], n: 0.5 },
    { ids: [-(2 ** 63), 2n ** 63n - 1n], n: 0.5 },
  ],
])('%o is read as %o where nothing is declared', (value, read) => {
  expect(asReadFromJson(value)).toStrictEqual(read);
  expectSame(parseJson(jsonOf(value), 'exact'), read);
});
