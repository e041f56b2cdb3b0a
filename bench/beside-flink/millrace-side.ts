// Millrace's side: the processes of the real bench, with jobs and options of theirs.
import { startBenchCluster, type BenchCluster, type ClusterPlan } from '../real/cluster.ts';
import type { JobSize, Results } from '../real/job.ts';
import type { JobName } from '../real/jobs.ts';
import { NEVER_MS, REAL_OPTIONS, untilRunning } from '../real/measure-real.ts';
import type { Side, SideReading } from './side.ts';

export interface SidePlan {
  readonly job: JobName;
  readonly size: JobSize;
  /** 0: none. */
  readonly checkpointIntervalMs: number;
  readonly bufferTimeoutMs: number;
}

export async function startMillrace(plan: SidePlan): Promise<Side> {
  const cluster = await startBenchCluster(planOf(plan));
  try {
    await untilRunning(cluster);
    return new MillraceSide(cluster);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Of a job whose input ends. */
export async function resultsOfMillrace(plan: SidePlan): Promise<Results> {
  const cluster = await startBenchCluster(planOf(plan));
  try {
    await cluster.untilOver();
    return new Map((await cluster.ask('results')).flatMap(({ results }) => results));
  } finally {
    await cluster.stop();
  }
}

function planOf({ job, size, checkpointIntervalMs, bufferTimeoutMs }: SidePlan): ClusterPlan {
  const interval = checkpointIntervalMs === 0 ? NEVER_MS : checkpointIntervalMs;
  // Latencies are handed over soon where chunks are small; they are taken before.
  const chunk = job === 'latency' ? { sinkChunkRecords: 64 } : {};
  const options = { ...REAL_OPTIONS, checkpointIntervalMs: interval, bufferTimeoutMs, ...chunk };
  return { job, size, options, profileFolder: null };
}

class MillraceSide implements Side {
  readonly #cluster: BenchCluster;

  constructor(cluster: BenchCluster) {
    this.#cluster = cluster;
  }

  async read(): Promise<SideReading> {
    const readings = await this.#cluster.ask('read');
    const sum = (of: (reading: (typeof readings)[number]) => number): number =>
      readings.reduce((total, reading) => total + of(reading), 0);
    return {
      at: sum(({ at }) => at) / readings.length, // each process has a clock of its own, and all of them run alike
      cpuMs: sum(({ cpuMs }) => cpuMs),
      records: sum(({ records }) => records),
      checkpointsMs: readings.flatMap(({ checkpointsMs }) => checkpointsMs),
      latencies: readings.flatMap(({ latencies }) => latencies),
      taskManagerMb: Math.max(...readings.slice(1).map(({ rssMbMax }) => rssMbMax)),
    };
  }

  async pause(): Promise<void> {
    await this.#cluster.ask('pause');
  }

  async resume(): Promise<void> {
    await this.#cluster.ask('resume');
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }
}
