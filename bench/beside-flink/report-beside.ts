// What was measured of both sides, as tables for people.
import { formatNumber, formatTable } from '../../src/cli/terminal.ts';
import { FLINK_SETTINGS } from './flink-cluster.ts';
import { MILLRACE_SETTINGS, type BesideMeasured, type WorkMeasured } from './measure-beside.ts';
import type { BesideOptions } from './options.ts';
import { works, type WorkName } from './works.ts';

export function besideLines(measured: BesideMeasured, options: BesideOptions): readonly string[] {
  const { besideFlink, latencyBesideFlink, load } = measured;
  const rows = Object.entries(besideFlink) as [WorkName, WorkMeasured][];
  const throughput = rows.length === 0 ? [] : [...worksTable(rows), '', ...remarks(rows)];
  const latency = latencyBesideFlink.map(({ bufferTimeoutMs, p50Ms, p99Ms }) => [
    `50,000 records/s, buffer timeout ${bufferTimeoutMs} ms`,
    ...[p50Ms.millrace, p50Ms.flink, p99Ms.millrace, p99Ms.flink].map((ms) => `${ms.toFixed(1)} ms`),
  ]);
  const latencyHeads = ['source to sink', 'p50 Millrace', 'Flink', 'p99 Millrace', 'Flink'];
  return [
    ...throughput,
    ...(latency.length === 0 ? [] : [...formatTable([latencyHeads, ...latency]), '']),
    `medians of ${options.pairs} pairs of windows of ${options.seconds} s, in turn, behind a warm-up of ${options.warmUpSeconds} s of the clock and of CPU time for each side and until it was level; load ${load.map((of) => of.toFixed(1)).join(' before, ')} behind`,
    FLINK_SETTINGS,
    MILLRACE_SETTINGS,
  ];
}

function worksTable(rows: readonly (readonly [WorkName, WorkMeasured])[]): readonly string[] {
  const heads = [
    'Millrace / Flink',
    'ratio',
    'of pairs',
    'CPU s per million',
    'records/s',
    'checkpoint p95',
    'TaskManager',
  ];
  return formatTable([
    heads,
    ...rows.map(([name, { ratio, ratios, recordsPerSecond, checkpointP95Ms, taskManagerMb, ...cpu }]) => [
      name,
      ratio.toFixed(2),
      `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
      `${cpu.millrace.toFixed(3)} / ${cpu.flink.toFixed(3)}`,
      `${formatNumber(recordsPerSecond.millrace)} / ${formatNumber(recordsPerSecond.flink)}`,
      `${showMs(checkpointP95Ms.millrace)} / ${showMs(checkpointP95Ms.flink)}`,
      `${taskManagerMb.millrace.toFixed(0)} / ${taskManagerMb.flink.toFixed(0)} MB`,
    ]),
  ]);
}

function showMs(ms: number | null): string {
  return ms === null ? '–' : `${ms.toFixed(0)} ms`;
}

function remarks(rows: readonly (readonly [WorkName, WorkMeasured])[]): readonly string[] {
  return rows.flatMap(([name, { level }]) => [
    `${name}: ${works[name].about}`,
    ...(['millrace', 'flink'] as const)
      .filter((side) => !level[side])
      .map((side) => `  ${side === 'flink' ? 'Flink' : 'Millrace'} was not level when it was measured`),
  ]);
}
