// What was measured of the real cluster, as tables for people.
import { formatNumber, formatTable } from '../../src/cli/terminal.ts';
import type { RealMeasured, RealSizes } from './measure-real.ts';
import { REAL_OPTIONS } from './measure-real.ts';
import type { Share } from './profile.ts';

export function realLines(
  { throughput, latency, startToCommitMs }: RealMeasured,
  { windows, windowMs }: RealSizes,
): readonly string[] {
  const heads = [
    'two TaskManagers over TCP',
    'records/s',
    'CPU s per million',
    'checkpoints',
    'JobManager',
    'TaskManager',
  ];
  const rows = throughput.map(({ name, recordsPerSecond, cpuSecondsPerMillion, checkpoints, memory }) => [
    name,
    formatNumber(recordsPerSecond),
    cpuSecondsPerMillion.toFixed(3),
    String(checkpoints),
    `${memory.jobManagerMb.toFixed(0)} MB`,
    `${memory.taskManagerMb.toFixed(0)} MB`,
  ]);
  const latencies = latency.map(({ name, p50Ms, p99Ms }) => [name, `${p50Ms.toFixed(1)} ms`, `${p99Ms.toFixed(1)} ms`]);
  return [
    ...formatTable([heads, ...rows]),
    '',
    ...formatTable([['source to sink', 'p50', 'p99'], ...latencies]),
    '',
    `start of the processes to the first committed output: ${(startToCommitMs / 1_000).toFixed(2)} s`,
    `best of ${windows} windows of ${windowMs / 1_000} s of one run; CPU of all three processes; memory: the most there was`,
    Object.entries(REAL_OPTIONS)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  ];
}

export function shareLines(process: string, shares: readonly Share[]): readonly string[] {
  return formatTable([
    [`where ${process} spends its time`, ''],
    ...shares.map(({ area, share }) => [area, `${(share * 100).toFixed(1)} %`]),
  ]);
}
