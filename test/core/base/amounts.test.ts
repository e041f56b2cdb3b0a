// Numbers as a person reads them.
import { expect, test } from 'vitest';
import { count, formatNumber, formatSeconds } from '../../../src/core/base/amounts.ts';

test.each([
  [0, '0'],
  [7, '7'],
  [999, '999'],
  [1_000, '1,000'],
  [-1_234, '-1,234'],
  [999.5, '1,000'],
  [12_345.4, '12,345'],
  [1_234_567, '1,234,567'],
  [Number.MAX_SAFE_INTEGER, '9,007,199,254,740,991'],
])('%d', (number, text) => {
  expect(formatNumber(number)).toBe(text);
  expect(number.toLocaleString('en-US', { maximumFractionDigits: 0 })).toBe(text);
});

test('one is one, and seconds have two digits while they are few', () => {
  expect([count(1, 'seed'), count(2_000, 'seed'), formatSeconds(9_994), formatSeconds(12_340)]).toEqual([
    '1 seed',
    '2,000 seeds',
    '9.99 s',
    '12.3 s',
  ]);
});
