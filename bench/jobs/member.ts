// A process of the bench with many jobs: a JobManager, or a TaskManager whose source and sink have no disk. It answers questions about itself, and ends
// when it is told to, or when its parent is gone.
import type { JobProgram } from '../../src/core/graph/functions.ts';
import { isAllRunning } from '../../src/core/jobmanager/jobs.ts';
import { jobManager, type JobManagerState } from '../../src/core/jobmanager/job-manager.ts';
import type { ClusterOptions } from '../../src/core/protocol/cluster-options.ts';
import { taskManager } from '../../src/core/taskmanager/task-manager.ts';
import type { Port } from '../../src/net-real/port.ts';
import { startMachine, type RunningMachine } from '../../src/net-real/processes.ts';
import { countingSink } from '../real/counting-sink.ts';
import { generatorSource } from '../real/generator-source.ts';
import { ARTIFACT, totalsJob, type JobSize } from '../real/job.ts';
import { benchJobs } from '../real/jobs.ts';
import { StepClock, type StepTimes } from './step-times.ts';

export interface JobsMemberPlan {
  readonly role: 'jobmanager' | 'taskmanager';
  readonly ha: string;
  readonly storage: string;
  readonly work: string;
  readonly options: ClusterOptions;
  readonly size: JobSize;
  /** Of a TaskManager. */
  readonly slots: number;
}

/** `read` looks, `take` takes the times of steps too, `stop` ends the process in good order, `die` at once: as a kill, but with its CPU profile. */
export type JobsOrder = 'read' | 'take' | 'stop' | 'die';

export interface JobsReading {
  readonly cpuMs: number;
  readonly rssMb: number;
  /** The epoch under which it leads; 0: it does not. */
  readonly epoch: number;
  /** What is stored was read. */
  readonly recovered: boolean;
  /** Jobs that are there, and those of which all tasks run. */
  readonly jobs: number;
  readonly running: number;
  /** Completed checkpoints of all jobs under this leader. */
  readonly checkpoints: number;
  /** Why the first job that failed did so, or null. */
  readonly failure: string | null;
  /** Of `take`, since the last time; else empty. */
  readonly steps: readonly (readonly [name: string, times: StepTimes])[];
}

const loadedArtifact: Port = {
  serves: ['artifact-load'],
  request: async () => ({ kind: 'artifact-loaded', hash: ARTIFACT }),
  close: async () => {},
};

const plan = JSON.parse(process.argv[2] ?? '') as JobsMemberPlan;
const { options, size, slots } = plan;
const config = {
  listen: '127.0.0.1:0',
  advertise: null,
  ha: plan.ha,
  storage: plan.storage,
  work: plan.work,
  trace: null,
  options,
  log: (line: string) => console.error(line),
};
const clock = new StepClock();
const running = await (plan.role === 'jobmanager' ? startLeader() : startWorker());

process.on('disconnect', () => void running.stop());
process.on('message', (order: JobsOrder) => void obey(order));
say('read');

function startLeader(): Promise<RunningMachine<unknown>> {
  return startMachine(config, (address) => clock.time(jobManager({ address, options })), [countingSink()]);
}

function startWorker(): Promise<RunningMachine<unknown>> {
  const artifacts = new Map<string, JobProgram>([[ARTIFACT, totalsJob(size).program]]);
  const machineAt = (address: string) => clock.time(taskManager({ address, slots, options, artifacts }));
  const source = generatorSource((...from) => benchJobs.totals.recordsFrom(...from, size));
  return startMachine(config, machineAt, [source, countingSink(), loadedArtifact]);
}

async function obey(order: JobsOrder): Promise<void> {
  if (order === 'die') process.exit(0);
  say(order);
  if (order !== 'stop') return;
  await running.stop();
  process.disconnect?.();
}

function say(order: JobsOrder): void {
  process.send?.(readingNow(order));
}

function readingNow(order: JobsOrder): JobsReading {
  const { user, system } = process.cpuUsage();
  const leader = plan.role === 'jobmanager' ? (running.state() as JobManagerState).leader : null;
  const jobs = [...(leader?.jobs.values() ?? [])];
  return {
    cpuMs: (user + system) / 1_000,
    rssMb: process.memoryUsage.rss() / 1_048_576,
    epoch: leader?.epoch ?? 0,
    recovered: leader?.recovery.done ?? false,
    jobs: jobs.length,
    running: jobs.filter((job) => job.status === 'RUNNING' && isAllRunning(job)).length,
    checkpoints: jobs.reduce((sum, { coordinator }) => sum + coordinator.statistics.completed, 0),
    failure: jobs.flatMap(({ exceptions }) => exceptions.slice(0, 1)).map((one) => JSON.stringify(one))[0] ?? null,
    steps: order === 'take' ? clock.take() : [],
  };
}
