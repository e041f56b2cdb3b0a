// What is flat, and histories that are not: each of them must be found out.
import { expect, test } from 'vitest';
import { flatnessOf, type Series } from '../../../../src/cli/real/life/flatness.ts';

const LIFE_MS = 180_000;

const every2s = (valueAt: (atMs: number) => number): Series['points'] =>
  Array.from({ length: LIFE_MS / 2_000 }, (_, index) => ({ atMs: index * 2_000, value: valueAt(index * 2_000) }));

const floor = (valueAt: (atMs: number) => number): Series => ({
  name: 'jm-1: sockets',
  unit: 'number',
  measure: 'floor',
  bound: { factor: 1.2, more: 8 },
  points: every2s(valueAt),
});
const peak = (valueAt: (atMs: number) => number, most?: number): Series => ({
  ...floor(valueAt),
  measure: 'peak',
  bound: { factor: 1.2, more: 8, ...(most === undefined ? {} : { most }) },
});

test.each([
  ['what stays', floor(() => 20)],
  ['what grows to its bound', floor((at) => (at < 60_000 ? 20 : 32))],
  ['memory that is collected once in 8 s', floor((at) => 100 + (at % 8_000) / 40)],
  ['descriptors of a moment', floor((at) => (at % 10_000 === 0 ? 500 : 20))],
  ['a process that is small behind each restart', floor((at) => ((at / 30_000) % 1 < 0.4 ? 10 : 20))],
  ['files that go by turns', peak((at) => 100 + (at % 20_000) / 100)],
])('%s is flat', (_, series) => {
  expect(flatnessOf(series, LIFE_MS)).toMatchObject({ isFlat: true });
});

test.each([
  ['a socket a second', floor((at) => 20 + at / 1_000)],
  ['a socket in 8 s', floor((at) => 20 + at / 8_000)],
  ['one above the bound', floor((at) => (at < 120_000 ? 20 : 33))],
  ['a floor that rises below a collection', floor((at) => 100 + at / 2_000 + (at % 8_000) / 40)],
  ['a file a second', peak((at) => 100 + at / 1_000)],
  ['turns that become longer', peak((at) => 100 + ((at % 20_000) / 100) * (1 + at / 60_000))],
  ['what is above its most all the time', peak(() => 1_500, 1_400)],
  ['what comes above its most', peak((at) => (at < 100_000 ? 1_390 : 1_401), 1_400)],
])('%s is not flat', (_, series) => {
  expect(flatnessOf(series, LIFE_MS)).toMatchObject({ isFlat: false });
});

test('what was hardly measured is not flat: nobody knows', () => {
  const { points, ...rest } = floor(() => 20);
  expect(flatnessOf({ ...rest, points: [] }, LIFE_MS)).toMatchObject({ first: null, last: null, isFlat: false });
  expect(flatnessOf({ ...rest, points: points.filter(({ atMs }) => atMs < 100_000) }, LIFE_MS)).toMatchObject({
    first: 20,
    last: null,
    isFlat: false,
  });
  expect(flatnessOf({ ...rest, points: points.filter(({ atMs }) => atMs > 100_000) }, LIFE_MS)).toMatchObject({
    first: null,
    isFlat: false,
  });
});

test('the middle third does not count', () => {
  const series = floor((at) => (at >= 60_000 && at < 120_000 ? 900 : 20));
  expect(flatnessOf(series, LIFE_MS)).toMatchObject({ first: 20, last: 20, allowed: 32, isFlat: true });
});
