// Lines are found by a hash: it must never tell two lines for one, nor one for two.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { addLine, createNumberedLines, findLine } from '../../../src/sim/oracles/numbered-lines.ts';
import { textOf } from '../../../src/sim/oracles/text.ts';
import { anyValue } from '../../core/base/values.ts';

/** Few values and many alike, so that equal ones, and others with the same hash, come by. */
const small: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Value>(null, true, false, 0, -0, 1, -1, 0.5, 2 ** 32, 2 ** 32 + 1, '', '0', 'a', 'null'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 2, noNullPrototype: true }),
  ),
})).value;

test('two lines have one number exactly if they have the same text', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(small, anyValue), { maxLength: 60 }), (values) => {
      const numbered = createNumberedLines();
      const byText = new Map<string, number>();
      for (const value of values) {
        const number = findLine(numbered, value);
        expect(number).toBe(byText.get(textOf(value)) ?? -1);
        if (number < 0) byText.set(textOf(value), addLine(numbered, value));
      }
    }),
  );
});

test('the order of fields says nothing', () => {
  const numbered = createNumberedLines();
  addLine(numbered, { word: 'mill', count: 2 });
  expect(findLine(numbered, { count: 2, word: 'mill' })).toBe(0);
  expect(findLine(numbered, { count: 2, word: 'weir' })).toBe(-1);
});

test('lines with the same hash are told apart', () => {
  const numbered = createNumberedLines();
  const same = ['Aa', 'BB'].flatMap((first) => ['Aa', 'BB'].map((second) => first + second)); // as Java's hash has it
  expect(same.map((text) => addLine(numbered, text))).toEqual([0, 1, 2, 3]);
  expect(same.map((text) => findLine(numbered, text))).toEqual([0, 1, 2, 3]);
  expect(numbered.newest.size).toBe(1);
});
