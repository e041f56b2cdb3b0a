// Many jobs at once on real processes: how long until all run, how long the steps of the JobManager take, and how long a take-over of all of them does.
import type { ClusterOptions } from '../../src/core/protocol/cluster-options.ts';
import { pause } from '../real/cluster.ts';
import { JobsCluster, type MemberName } from './cluster.ts';
import type { JobsReading } from './member.ts';

export interface JobsSizes {
  readonly jobs: number;
  readonly slotsPerTaskManager: number;
  readonly recordsPerSecond: number;
  /** How long the steps of a cluster are counted in which all jobs run. */
  readonly steadyMs: number;
}

export const WHOLE_JOBS: JobsSizes = { jobs: 500, slotsPerTaskManager: 250, recordsPerSecond: 10, steadyMs: 20_000 };

/** Of one part of the run. */
export interface Phase {
  readonly name: string;
  readonly tookMs: number;
  /** Of each process that lived through it. */
  readonly members: readonly {
    readonly name: MemberName;
    readonly cpuMs: number;
    readonly rssMb: number;
    readonly steps: JobsReading['steps'];
  }[];
}

export interface JobsMeasured {
  readonly jobs: number;
  /** From the first submission to the last job that is accepted, and to the last one that runs. */
  readonly acceptedMs: number;
  readonly runningMs: number;
  /** Completed checkpoints of all jobs while all ran. */
  readonly checkpoints: number;
  /** From the kill of the leader on. */
  readonly takeOver: { readonly electedMs: number; readonly recoveredMs: number; readonly runningMs: number };
  readonly phases: readonly Phase[];
}

const LOOK_MS = 50;
const WAIT_MS_MAX = 300_000;

/** A checkpoint of each job every 10 s, as is usual: 500 jobs with one each second would measure the disk. */
export const JOBS_OPTIONS: Partial<ClusterOptions> = { checkpointIntervalMs: 10_000 };

/** @param profileFolder where the processes leave their CPU profiles, but for the killed one; null: nowhere. */
export async function measureJobs(
  sizes: JobsSizes,
  profileFolder: string | null,
  onProgress: (text: string) => void,
  options: Partial<ClusterOptions> = JOBS_OPTIONS,
): Promise<JobsMeasured> {
  const { jobs, slotsPerTaskManager, recordsPerSecond } = sizes;
  const size = { keys: 100, parallelism: 1, recordsPerSecond, shownEvery: 10, recordsPerMs: 1, recordsPerSplit: 0 };
  const cluster = new JobsCluster({ jobs, slotsPerTaskManager, size, options, profileFolder });
  try {
    return await measureIn(cluster, sizes, onProgress);
  } finally {
    await cluster.stop();
  }
}

async function measureIn(
  cluster: JobsCluster,
  { jobs, steadyMs }: JobsSizes,
  onProgress: (text: string) => void,
): Promise<JobsMeasured> {
  await cluster.start();
  await until(cluster, ({ leader }) => leader?.recovered === true);
  const phases: Phase[] = [];
  let before = await cluster.ask('take');
  const endPhase = async (name: string, tookMs: number): Promise<void> => {
    const after = await cluster.ask('take');
    phases.push(phaseOf(name, tookMs, before, after));
    before = after;
  };
  onProgress(`${jobs} jobs: until all run`);
  await cluster.submit();
  const submitted = await until(
    cluster,
    ({ leader }) => leader?.running === jobs,
    () => cluster.accepted() === jobs,
  );
  await endPhase('submission', submitted.tookMs);
  onProgress(`${jobs} jobs: all run`);
  await pause(steadyMs);
  const steady = await cluster.ask('read');
  const checkpoints = leaderOf(steady)[1].checkpoints - checkpointsIn(before);
  await endPhase('all run', steadyMs);
  onProgress(`${jobs} jobs: a take-over`);
  const [leading, { epoch }] = leaderOf(before);
  cluster.kill(leading);
  const isNew = (leader: JobsReading | null): leader is JobsReading => leader !== null && leader.epoch > epoch;
  const elected = await until(cluster, ({ leader }) => isNew(leader));
  const recovered = await until(cluster, ({ leader }) => isNew(leader) && leader.recovered);
  const running = await until(cluster, ({ leader }) => isNew(leader) && leader.running === jobs);
  const recoveredMs = elected.tookMs + recovered.tookMs;
  const runningMs = recoveredMs + running.tookMs;
  await endPhase('take-over', runningMs);
  return {
    jobs,
    acceptedMs: submitted.firstMs,
    runningMs: submitted.tookMs,
    checkpoints,
    takeOver: { electedMs: elected.tookMs, recoveredMs, runningMs },
    phases,
  };
}

interface Seen {
  readonly leader: JobsReading | null;
}

/** Looks until something holds. `first` is something that holds before it. */
async function until(
  cluster: JobsCluster,
  holds: (seen: Seen) => boolean,
  first: () => boolean = () => true,
): Promise<{ readonly tookMs: number; readonly firstMs: number }> {
  const beganAt = performance.now();
  let firstMs = 0;
  for (;;) {
    const readings = await cluster.ask('read');
    const leader = [...readings.values()].find(({ epoch }) => epoch > 0) ?? null;
    const tookMs = performance.now() - beganAt;
    if (!first()) firstMs = tookMs;
    if (holds({ leader })) return { tookMs, firstMs };
    if (tookMs > WAIT_MS_MAX)
      throw new Error(
        `after ${WAIT_MS_MAX} ms ${leader?.running ?? 0} of ${leader?.jobs ?? 0} jobs run; the first failure: ${leader?.failure ?? 'none'}`,
      );
    await pause(LOOK_MS);
  }
}

function leaderOf(readings: ReadonlyMap<MemberName, JobsReading>): readonly [MemberName, JobsReading] {
  const found = [...readings].find(([, { epoch }]) => epoch > 0);
  if (found === undefined) throw new Error('nobody leads');
  return found;
}

function checkpointsIn(readings: ReadonlyMap<MemberName, JobsReading>): number {
  return leaderOf(readings)[1].checkpoints;
}

function phaseOf(
  name: string,
  tookMs: number,
  before: ReadonlyMap<MemberName, JobsReading>,
  after: ReadonlyMap<MemberName, JobsReading>,
): Phase {
  const members = [...after].map(([member, { cpuMs, rssMb, steps }]) => ({
    name: member,
    cpuMs: cpuMs - (before.get(member)?.cpuMs ?? 0),
    rssMb,
    steps,
  }));
  return { name, tookMs, members };
}
