// Both clusters at once, in turn: while one has its input, the other one waits. Before that, both compute a bounded input, and are compared.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../real/cluster.ts';
import { REAL_OPTIONS } from '../real/measure-real.ts';
import {
  comparedSize,
  LATENCY,
  latencySize,
  measuredSize,
  workNames,
  works,
  type Work,
  type WorkName,
} from './works.ts';
import { differenceOf, expectedResults } from './compare.ts';
import {
  figuresOf,
  isLevel,
  isWarm,
  median,
  percentile,
  type BothSides,
  type Pair,
  type PairFigures,
  type Window,
} from './figures.ts';
import { FlinkCluster } from './flink-cluster.ts';
import { resultsOfFlink, startFlink } from './flink-side.ts';
import { resultsOfMillrace, startMillrace, type SidePlan } from './millrace-side.ts';
import type { BesideOptions } from './options.ts';
import type { Side, SideReading } from './side.ts';
import type { Toolchain } from './toolchain.ts';

export interface WorkMeasured extends PairFigures {
  /** The most resident memory that the larger TaskManager had. */
  readonly taskManagerMb: BothSides<number>;
  /** The last two windows of the warm-up cost the same, or nearly. */
  readonly level: BothSides<boolean>;
}

export interface LatencyMeasured {
  readonly bufferTimeoutMs: number;
  /** Medians of the windows. */
  readonly p50Ms: BothSides<number>;
  readonly p99Ms: BothSides<number>;
}

export interface BesideMeasured {
  readonly besideFlink: { readonly [name in WorkName]?: WorkMeasured };
  readonly latencyBesideFlink: readonly LatencyMeasured[];
  /** Processes that wanted to run, before and behind: of others too. */
  readonly load: readonly [before: number, after: number];
}

const BUFFER_TIMEOUT_MS = 100;
const LATENCY_BUFFER_TIMEOUTS_MS = [100, 1];
/** A side that has its input again fills its queues and caches. */
const LEAD_IN_MS = 1_000;
const LEVEL_WINDOW_MS = 2_000;
/** Windows in which a side may become level; on a busy machine it may never. */
const LEVEL_WINDOWS_MAX = 10;

export async function measureBeside(
  toolchain: Toolchain,
  options: BesideOptions,
  onProgress: (text: string) => void,
): Promise<BesideMeasured> {
  const before = loadavg()[0] as number;
  const measured = new Map<WorkName, WorkMeasured>();
  for (const name of workNames) {
    if (options.only !== null && options.only !== name) continue;
    measured.set(name, await measureWork(toolchain, name, options, onProgress));
  }
  const latency: LatencyMeasured[] = [];
  for (const bufferTimeoutMs of LATENCY_BUFFER_TIMEOUTS_MS)
    if (options.only === null || options.only === LATENCY)
      latency.push(await measureLatency(toolchain, bufferTimeoutMs, options, onProgress));
  const load = [before, loadavg()[0] as number] as const;
  return { besideFlink: Object.fromEntries(measured), latencyBesideFlink: latency, load };
}

async function measureWork(
  toolchain: Toolchain,
  name: WorkName,
  options: BesideOptions,
  onProgress: (text: string) => void,
): Promise<WorkMeasured> {
  const work: Work = works[name];
  const say = (text: string): void => onProgress(`${name}: ${text}`);
  return withFlink(toolchain, async (cluster, root) => {
    await compare(cluster, root, work, say);
    const { checkpointIntervalMs } = work;
    const plan = { job: work.job, size: measuredSize(work), checkpointIntervalMs, bufferTimeoutMs: BUFFER_TIMEOUT_MS };
    return withBothSides(cluster, root, plan, async (sides) => {
      const level = await warmUpBoth(sides, options, say);
      const pairs: Pair[] = [];
      let last: BothSides<SideReading> | null = null;
      for (let number = 1; number <= options.pairs; number++) {
        say(`pair ${number} of ${options.pairs}`);
        const millrace = await measureWindow(sides.millrace, options.seconds * 1_000);
        const flink = await measureWindow(sides.flink, options.seconds * 1_000);
        pairs.push({ millrace: millrace.window, flink: flink.window });
        last = { millrace: millrace.reading, flink: flink.reading };
      }
      const taskManagerMb = { millrace: last!.millrace.taskManagerMb, flink: last!.flink.taskManagerMb };
      return { ...figuresOf(pairs), taskManagerMb, level };
    });
  });
}

/** Throws where a side computes anything else than what a count of the records says. */
async function compare(cluster: FlinkCluster, root: string, work: Work, say: (text: string) => void): Promise<void> {
  const size = comparedSize(work);
  const plan = { job: work.job, size, checkpointIntervalMs: 1_000, bufferTimeoutMs: BUFFER_TIMEOUT_MS };
  say('what Flink computes');
  const flink = await resultsOfFlink(cluster, root, plan);
  say('what Millrace computes');
  const millrace = await resultsOfMillrace(plan);
  const difference = differenceOf({ millrace, flink }, expectedResults(work.job, size));
  if (difference !== null) throw new Error(`the job ${work.job}: ${difference}`);
}

async function measureLatency(
  toolchain: Toolchain,
  bufferTimeoutMs: number,
  options: BesideOptions,
  onProgress: (text: string) => void,
): Promise<LatencyMeasured> {
  const say = (text: string): void => onProgress(`latency, buffer timeout ${bufferTimeoutMs} ms: ${text}`);
  const plan: SidePlan = { job: 'latency', size: latencySize, checkpointIntervalMs: 1_000, bufferTimeoutMs };
  return withFlink(toolchain, (cluster, root) =>
    withBothSides(cluster, root, plan, async (sides) => {
      await warmUpBoth(sides, options, say);
      const windows: BothSides<(readonly number[])[]> = { millrace: [], flink: [] };
      for (let number = 1; number <= options.pairs; number++)
        for (const name of ['millrace', 'flink'] as const) {
          say(`pair ${number} of ${options.pairs}`);
          windows[name].push((await measureWindow(sides[name], options.seconds * 1_000)).reading.latencies);
        }
      const ofShare = (share: number): BothSides<number> => ({
        millrace: latencyMs(windows.millrace, share),
        flink: latencyMs(windows.flink, share),
      });
      return { bufferTimeoutMs, p50Ms: ofShare(0.5), p99Ms: ofShare(0.99) };
    }),
  );
}

function latencyMs(windows: readonly (readonly number[])[], share: number): number {
  return median(windows.map((latencies) => (percentile(latencies, share) ?? Number.NaN) / 1_000));
}

async function withFlink<T>(
  toolchain: Toolchain,
  use: (cluster: FlinkCluster, root: string) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'millrace-beside-flink-'));
  try {
    const cluster = await FlinkCluster.start(toolchain, root);
    try {
      return await use(cluster, root);
    } finally {
      await cluster.stop();
    }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/** Neither has its input when they are handed over. */
async function withBothSides<T>(
  cluster: FlinkCluster,
  root: string,
  plan: SidePlan,
  use: (sides: BothSides<Side>) => Promise<T>,
): Promise<T> {
  const flink = await startFlink(cluster, root, plan);
  try {
    await flink.pause();
    const millrace = await startMillrace(plan);
    try {
      await millrace.pause();
      return await use({ millrace, flink });
    } finally {
      await millrace.stop();
    }
  } finally {
    await flink.stop();
  }
}

async function warmUpBoth(
  sides: BothSides<Side>,
  options: BesideOptions,
  say: (text: string) => void,
): Promise<BothSides<boolean>> {
  say('Flink warms up');
  const flink = await warmUp(sides.flink, options);
  say('Millrace warms up');
  return { flink, millrace: await warmUp(sides.millrace, options) };
}

/** Whether it became level. */
async function warmUp(side: Side, { warmUpSeconds }: BesideOptions): Promise<boolean> {
  const began = await side.read();
  await side.resume();
  for (
    let waitedSeconds = 0;
    !isWarm(waitedSeconds, cpuSecondsSince(began, await side.read()), warmUpSeconds);
    waitedSeconds++
  )
    await pause(1_000);
  let before: Window | null = null;
  let isDone = warmUpSeconds === 0;
  for (let number = 0; number < LEVEL_WINDOWS_MAX && !isDone; number++) {
    const { window } = await windowOf(side, LEVEL_WINDOW_MS);
    isDone = before !== null && isLevel(before, window);
    before = window;
  }
  await side.pause();
  return isDone && warmUpSeconds > 0;
}

function cpuSecondsSince(before: SideReading, after: SideReading): number {
  return (after.cpuMs - before.cpuMs) / 1_000;
}

interface Measured {
  readonly window: Window;
  /** At its end. */
  readonly reading: SideReading;
}

async function measureWindow(side: Side, ms: number): Promise<Measured> {
  await side.resume();
  await pause(LEAD_IN_MS);
  const measured = await windowOf(side, ms);
  await side.pause();
  return measured;
}

async function windowOf(side: Side, ms: number): Promise<Measured> {
  const before = await side.read();
  await pause(ms);
  const reading = await side.read();
  return {
    window: {
      records: reading.records - before.records,
      ms: reading.at - before.at,
      cpuMs: reading.cpuMs - before.cpuMs,
      checkpointsMs: reading.checkpointsMs,
    },
    reading,
  };
}

export const MILLRACE_SETTINGS = `Millrace: ${Object.entries(REAL_OPTIONS)
  .map(([name, value]) => `${name}=${value}`)
  .join(' ')}`;
