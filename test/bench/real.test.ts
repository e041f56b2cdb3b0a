// The real bench runs a cluster of processes, and what that commits is right; how fast it is, no test asks.
import { expect, test } from 'vitest';
import { measureLatency, runTotals, type RealSizes } from '../../bench/real/measure-real.ts';
import { expectedOutcome } from '../../bench/real/job.ts';
import { valuesOf } from '../../src/core/columns/column.ts';
import { numberColumnFrom, numbersFrom } from '../../bench/real/records.ts';
import { realLines } from '../../bench/real/report-real.ts';

const tiny: RealSizes = { warmUpMs: 0, windows: 1, windowMs: 200, latencyMs: 1_000, fewKeys: 10_000, manyKeys: 20_000 };

test('totals by key: the output was compared, and every figure is a number above 0', async () => {
  const { throughput, startToCommitMs } = await runTotals(tiny, tiny.fewKeys, 100, null);
  expect(throughput.name).toBe('10,000 keys, a checkpoint each 0.1 s');
  const { recordsPerSecond, cpuSecondsPerMillion, memory } = throughput;
  for (const figure of [recordsPerSecond, cpuSecondsPerMillion, startToCommitMs, ...Object.values(memory)])
    expect(figure).toBeGreaterThan(0);
  const lines = realLines({ throughput: [throughput], latency: [], startToCommitMs }, tiny).join('\n');
  expect(lines).toMatch(/^10,000 keys, a checkpoint each 0\.1 s {2,}\d/m);
});

test('latency: samples came, none below 0', async () => {
  const latency = await measureLatency(tiny, 1);
  expect(latency.samples).toBeGreaterThan(0);
  expect(latency.p50Ms).toBeGreaterThan(0);
  expect(latency.p99Ms).toBeGreaterThanOrEqual(latency.p50Ms);
});

test('what is expected is what a count of the records themselves says', () => {
  const records = [...numbersFrom(0, 0, 1_234, 500), ...numbersFrom(1, 0, 777, 500)];
  const shown = records.filter(({ key }) => key % 100 === 0);
  const sum = shown.reduce((total, { value }) => total + value, 0);
  expect(expectedOutcome([1_234, 777], { keys: 500, shownEvery: 100 })).toEqual({
    shown: shown.length,
    count: shown.length,
    sum,
  });
  expect(numbersFrom(1, 700, 77, 500)).toEqual(numbersFrom(1, 0, 777, 500).slice(700));
  expect(valuesOf(numberColumnFrom(1, 700, 77, 500))).toEqual(numbersFrom(1, 700, 77, 500));
  expect(new Set(numbersFrom(0, 0, 500, 500).map(({ key }) => key)).size).toBe(500);
});
