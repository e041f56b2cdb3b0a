// Records as JSON: what JSON cannot say is told with its place, and all else comes back as it was, in every digit.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeLostInJson, isKeptByJson, jsonOf } from '../../../src/core/base/json-value.ts';
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
  [{ 'a"': '\ud800\u2028', b: [null, true, -0] }, '{"a\\"":"\\ud800\u2028","b":[null,true,-0]}'],
])('%o is written %s', (value, text) => {
  expect(jsonOf(value)).toBe(text);
});

test('what is kept is one line that JSON.parse reads as it was, whole numbers with all their digits', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      if (!isKeptByJson(value)) {
        expect(() => jsonOf(value)).toThrow('which JSON cannot say');
        return;
      }
      const text = jsonOf(value);
      expect(text).not.toContain('\n');
      expectSame({ ok: true, value: JSON.parse(text) }, value);
      if (typeof value === 'number' && /^-?\d+$/.test(text)) expect(BigInt(text)).toBe(BigInt(value));
    }),
  );
});
