// The real cluster: how many records it takes by the clock and by CPU time, how long one of them is on its way, and what memory it needs.
import type { ClusterOptions } from '../../src/core/protocol/cluster-options.ts';
import { pause, startBenchCluster, type BenchCluster } from './cluster.ts';
import { expectedOutcome, type JobSize, type Outcome } from './job.ts';
import type { Reading } from './member.ts';

/** How much is measured. */
export interface RealSizes {
  /** Not counted, from the first record on: until the code is compiled and all keys were seen. */
  readonly warmUpMs: number;
  /** Windows of one run, of which the best counts. */
  readonly windows: number;
  readonly windowMs: number;
  readonly latencyMs: number;
  readonly fewKeys: number;
  readonly manyKeys: number;
}

export const WHOLE_REAL: RealSizes = {
  warmUpMs: 4_000,
  windows: 3,
  windowMs: 2_000,
  latencyMs: 5_000,
  fewKeys: 10_000,
  manyKeys: 1_000_000,
};

export interface Throughput {
  readonly name: string;
  readonly recordsPerSecond: number;
  /** Of all three processes. */
  readonly cpuSecondsPerMillion: number;
  /** In all windows. */
  readonly checkpoints: number;
  readonly memory: Memory;
}

/** The most resident memory that there was, in MB; of the larger TaskManager. */
export interface Memory {
  readonly jobManagerMb: number;
  readonly taskManagerMb: number;
}

export interface Latency {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

export interface RealMeasured {
  readonly throughput: readonly Throughput[];
  readonly latency: readonly Latency[];
  /** From the start of the first process to the first record that is visible behind the sink. */
  readonly startToCommitMs: number;
}

export const PARALLELISM = 2;
export const LATENCY_RECORDS_PER_SECOND = 50_000;
export const SHOWN_EVERY = 1_000;
export const NEVER_MS = 3_600_000;
/** Neither job looks at event time. */
const ENDLESS = { recordsPerMs: 1, recordsPerSplit: 0 } as const;

/**
 * What differs from the defaults, which are made for few records and quick failover: larger batches, snapshots in small pieces, and timeouts that a
 * machine with other things to do, or a disk that syncs large snapshots, does not reach.
 */
export const REAL_OPTIONS: Partial<ClusterOptions> = {
  batchSizeRecords: 512,
  sourceReadRecords: 4_096,
  creditsPerChannel: 8,
  snapshotKeyGroupsPerStep: 1,
  checkpointTimeoutMs: 60_000,
  heartbeatTimeoutMs: 20_000,
  leaseMs: 10_000,
};

/** @param profileFolder where the processes of the first run leave their CPU profiles; null: nowhere. */
export async function measureReal(
  sizes: RealSizes,
  profileFolder: string | null,
  onProgress: (text: string) => void,
): Promise<RealMeasured> {
  const { fewKeys, manyKeys } = sizes;
  const run = (keys: number, intervalMs: number, folder: string | null): Promise<Run> => {
    onProgress(`the real cluster, ${keys} keys, ${nameOfCheckpoints(intervalMs)}`);
    return runTotals(sizes, keys, intervalMs, folder);
  };
  const runs = [
    await run(fewKeys, NEVER_MS, null),
    await run(fewKeys, 1_000, profileFolder),
    await run(manyKeys, NEVER_MS, null),
    await run(manyKeys, 1_000, null),
  ];
  const latency: Latency[] = [];
  for (const bufferTimeoutMs of [100, 1]) {
    onProgress(`the latency of the real cluster, buffer timeout ${bufferTimeoutMs} ms`);
    latency.push(await measureLatency(sizes, bufferTimeoutMs));
  }
  return {
    throughput: runs.map(({ throughput }) => throughput),
    latency,
    startToCommitMs: runs[1]!.startToCommitMs,
  };
}

function nameOfCheckpoints(intervalMs: number): string {
  return intervalMs === NEVER_MS ? 'no checkpoints' : `a checkpoint each ${intervalMs / 1_000} s`;
}

interface Run {
  readonly throughput: Throughput;
  readonly startToCommitMs: number;
}

export async function runTotals(
  sizes: RealSizes,
  keys: number,
  checkpointIntervalMs: number,
  profileFolder: string | null,
): Promise<Run> {
  const size: JobSize = { ...ENDLESS, keys, parallelism: PARALLELISM, recordsPerSecond: 0, shownEvery: SHOWN_EVERY };
  const options = { ...REAL_OPTIONS, checkpointIntervalMs };
  const cluster = await startBenchCluster({ job: 'totals', size, options, profileFolder });
  try {
    const windows = await readWindows(cluster, sizes);
    if (checkpointIntervalMs !== NEVER_MS) checkOutcome(size, await cluster.finish());
    const last = await cluster.ask('read');
    return {
      throughput: throughputOf(keys, checkpointIntervalMs, windows, last),
      startToCommitMs: startToCommit(cluster, last),
    };
  } finally {
    await cluster.stop();
  }
}

/** Readings at the borders of the windows. */
async function readWindows(
  cluster: BenchCluster,
  { warmUpMs, windows, windowMs }: RealSizes,
): Promise<readonly (readonly Reading[])[]> {
  await untilRunning(cluster);
  await pause(warmUpMs);
  const borders = [await cluster.ask('read')];
  for (let window = 0; window < windows; window++) {
    await pause(windowMs);
    borders.push(await cluster.ask('read'));
  }
  return borders;
}

const LOOK_MS = 50;
const START_MS_MAX = 60_000;

export async function untilRunning(cluster: BenchCluster): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += LOOK_MS) {
    const readings = await cluster.ask('read');
    if (readings.slice(1).every(({ records }) => records > 0)) return;
    await pause(LOOK_MS);
  }
  throw new Error(`no records flowed within ${START_MS_MAX} ms`);
}

function commitsOf(readings: readonly Reading[]): number {
  return readings.reduce((sum, { commits }) => sum + commits, 0);
}

function throughputOf(
  keys: number,
  intervalMs: number,
  borders: readonly (readonly Reading[])[],
  last: readonly Reading[],
): Throughput {
  const windows = borders.slice(1).map((after, index) => spentBetween(borders[index]!, after));
  const [jobManager, ...taskManagers] = last.map(({ rssMbMax }) => rssMbMax);
  return {
    name: `${keys.toLocaleString('en-US')} keys, ${nameOfCheckpoints(intervalMs)}`,
    recordsPerSecond: Math.max(...windows.map(({ rate }) => rate)),
    cpuSecondsPerMillion: Math.min(...windows.map(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion)),
    checkpoints: Math.floor((commitsOf(borders.at(-1)!) - commitsOf(borders[0]!)) / PARALLELISM),
    memory: { jobManagerMb: jobManager!, taskManagerMb: Math.max(...taskManagers) },
  };
}

/** Each process by its own clock. */
function spentBetween(
  before: readonly Reading[],
  after: readonly Reading[],
): { readonly rate: number; readonly cpuSecondsPerMillion: number } {
  let rate = 0;
  let records = 0;
  let cpuMs = 0;
  for (const [index, now] of after.entries()) {
    const then = before[index]!;
    rate += ((now.records - then.records) * 1_000) / (now.at - then.at);
    records += now.records - then.records;
    cpuMs += now.cpuMs - then.cpuMs;
  }
  return { rate, cpuSecondsPerMillion: (cpuMs * 1_000) / records };
}

/** Everything that was committed, against what the number of records of each split says. */
function checkOutcome(size: JobSize, readings: readonly Reading[]): void {
  const positions = readings.flatMap((reading) => reading.positions).toSorted(([left], [right]) => left - right);
  const expected = expectedOutcome(
    positions.map(([, position]) => position),
    size,
  );
  const found: Outcome = { shown: 0, count: 0, sum: 0 };
  for (const { outcome } of readings) {
    found.shown += outcome.shown;
    found.count += outcome.count;
    found.sum += outcome.sum;
  }
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`the cluster committed ${JSON.stringify(found)}, right is ${JSON.stringify(expected)}`);
}

function startToCommit({ startedAt }: BenchCluster, readings: readonly Reading[]): number {
  const commits = readings.map(({ firstCommitAt }) => firstCommitAt ?? Number.POSITIVE_INFINITY);
  return Math.min(...commits) - startedAt;
}

export async function measureLatency(sizes: RealSizes, bufferTimeoutMs: number): Promise<Latency> {
  const size: JobSize = {
    ...ENDLESS,
    keys: sizes.fewKeys,
    parallelism: PARALLELISM,
    recordsPerSecond: LATENCY_RECORDS_PER_SECOND,
    shownEvery: SHOWN_EVERY / 100,
  };
  // Small chunks, so that latencies are handed over soon; they are taken before.
  const options = { ...REAL_OPTIONS, checkpointIntervalMs: 1_000, bufferTimeoutMs, sinkChunkRecords: 64 };
  const cluster = await startBenchCluster({ job: 'latency', size, options, profileFolder: null });
  try {
    await untilRunning(cluster);
    await pause(sizes.warmUpMs);
    await cluster.ask('read'); // and forget what came so far
    await pause(sizes.latencyMs);
    const latencies = (await cluster.ask('read')).flatMap((reading) => reading.latencies).toSorted((a, b) => a - b);
    const at = (share: number): number => (latencies[Math.floor(latencies.length * share)] ?? Number.NaN) / 1_000;
    return {
      name: `${LATENCY_RECORDS_PER_SECOND.toLocaleString('en-US')} records/s, buffer timeout ${bufferTimeoutMs} ms`,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      samples: latencies.length,
    };
  } finally {
    await cluster.stop();
  }
}
