// Values are compared without their texts, and equal where those are.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { areEqual, textOf } from '../../../src/sim/oracles/text.ts';

const scalars = fc.constantFrom<Value[]>(null, true, false, 0, -0, 1, Number.NaN, '', '0', 'null', 'ä');
const bytes = fc.uint8Array({ max: 1, maxLength: 2 });

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    bytes,
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { maxKeys: 2, noNullPrototype: true }),
  ),
}));

test('two values are equal where their texts are', () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      expect(areEqual(one, other)).toBe(textOf(one) === textOf(other));
    }),
    { numRuns: 2_000 },
  );
});

test('a copy with its fields in another order is equal', () => {
  expect(areEqual({ a: [1, { b: null }], c: -0 }, { c: -0, a: [1, { b: null }] })).toBe(true);
  expect(areEqual({ a: 1 }, { b: 1 })).toBe(false);
  expect(areEqual({ toString: 1 }, { a: 1 })).toBe(false);
});
