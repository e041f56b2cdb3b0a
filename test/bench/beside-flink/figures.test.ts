// The arithmetic of the bench beside Flink.
import { expect, test } from 'vitest';
import { figuresOf, isLevel, isWarm, median, percentile, type Window } from '../../../bench/beside-flink/figures.ts';

const windowOf = (records: number, cpuMs: number, checkpointsMs: readonly number[] = []): Window => ({
  records,
  ms: 2_000,
  cpuMs,
  checkpointsMs,
});

test('the ratio is the median of the ratios of pairs, and not the ratio of medians', () => {
  const figures = figuresOf([
    { millrace: windowOf(1_000_000, 500), flink: windowOf(2_000_000, 500) },
    { millrace: windowOf(2_000_000, 600), flink: windowOf(1_000_000, 100) },
    { millrace: windowOf(4_000_000, 1_600), flink: windowOf(1_000_000, 400) },
  ]);
  expect(figures.ratios.map((ratio) => Number(ratio.toFixed(6)))).toEqual([2, 3, 1]);
  expect(figures.ratio).toBeCloseTo(2);
  expect([figures.millrace, figures.flink]).toEqual([0.4, 0.25]);
  expect(figures.recordsPerSecond).toEqual({ millrace: 1_000_000, flink: 500_000 });
  expect(figures.checkpointP95Ms).toEqual({ millrace: null, flink: null });
});

test('checkpoints of all windows of a side are one set', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  const { checkpointP95Ms } = figuresOf([
    { millrace: windowOf(1, 1, hundred.slice(0, 50)), flink: windowOf(1, 1, [7]) },
    { millrace: windowOf(1, 1, hundred.slice(50)), flink: windowOf(1, 1) },
  ]);
  expect(checkpointP95Ms).toEqual({ millrace: 95, flink: 7 });
});

test('medians and percentiles', () => {
  expect([median([3]), median([3, 1]), median([3, 1, 2])]).toEqual([3, 2, 2]);
  expect([percentile([1, 2, 3], 0), percentile([1, 2, 3], 0.5), percentile([1, 2, 3], 1)]).toEqual([1, 2, 3]);
  expect(percentile([], 0.5)).toBeNull();
});

test('level is a tenth of the larger one at most', () => {
  expect(isLevel(windowOf(1_000, 100), windowOf(1_000, 91))).toBe(true);
  expect(isLevel(windowOf(1_000, 91), windowOf(1_000, 100))).toBe(true);
  expect(isLevel(windowOf(1_000, 100), windowOf(1_000, 89))).toBe(false);
});

test('warm is who had the time of the clock and of the CPU, and who waited six times as long', () => {
  expect([isWarm(19, 38, 20), isWarm(20, 19, 20), isWarm(20, 20, 20)]).toEqual([false, false, true]);
  expect([isWarm(119, 3, 20), isWarm(120, 3, 20), isWarm(0, 0, 0)]).toEqual([false, true, true]);
});
