// A process of the real bench: a JobManager as it is, or a TaskManager whose source and sink have no disk. It answers questions about itself, and ends
// when it is told to, or when its parent is gone.
import { join } from 'node:path';
import { peakMiB } from '../peak-memory.ts';
import type { JobProgram } from '../../src/core/graph/functions.ts';
import type { ClusterOptions } from '../../src/core/protocol/cluster-options.ts';
import { jobManager } from '../../src/core/jobmanager/job-manager.ts';
import { taskManager, type TaskManagerState } from '../../src/core/taskmanager/task-manager.ts';
import type { Note } from '../../src/core/protocol/notes.ts';
import type { Port } from '../../src/net-real/port.ts';
import { createProcessLog, type SaidKind } from '../../src/net-real/log/process-log.ts';
import { startMachine, type RunningMachine } from '../../src/net-real/processes.ts';
import { countingSink } from './counting-sink.ts';
import { generatorSource } from './generator-source.ts';
import { ARTIFACT, type JobSize, type Outcome } from './job.ts';
import { benchJobs, type JobName } from './jobs.ts';

export interface MemberPlan {
  readonly role: 'jobmanager' | 'taskmanager';
  readonly ha: string;
  readonly storage: string;
  readonly work: string;
  readonly options: ClusterOptions;
  readonly job: JobName;
  readonly size: JobSize;
}

/** `read` looks, `results` too; `pause` and `resume` are of the input, `finish` ends it, `stop` the process. Each is answered by a reading. */
export type Order = 'read' | 'results' | 'pause' | 'resume' | 'finish' | 'stop';

export interface Reading {
  /** On the clock of the process, in ms. */
  readonly at: number;
  readonly cpuMs: number;
  /** Resident memory now, and the most there was, in MB. */
  readonly rssMb: number;
  readonly rssMbMax: number;
  /** Records that keyed tasks took. */
  readonly records: number;
  /** A task is not the first attempt under the first leader: something failed, and nothing that was measured counts. */
  readonly restarted: boolean;
  readonly positions: readonly (readonly [split: number, position: number])[];
  readonly outcome: Outcome;
  readonly commits: number;
  readonly firstCommitAt: number | null;
  /** In µs, since the reading before. */
  readonly latencies: readonly number[];
  /** Of a JobManager: from trigger to completion in ms, of checkpoints that were completed since the reading before. */
  readonly checkpointsMs: readonly number[];
  /** Of `results`: what was committed last under each name. */
  readonly results: readonly (readonly [name: string, numbers: readonly number[]])[];
}

const loadedArtifact: Port = {
  serves: ['artifact-load'],
  request: async () => ({ kind: 'artifact-loaded', hash: ARTIFACT }),
  close: async () => {},
};

const plan = JSON.parse(process.argv[2] ?? '') as MemberPlan;
/** As a process of a cluster tells what happens; what is told here is read by nobody, unless it is grave. */
const log = createProcessLog({
  name: plan.role,
  level: 'info',
  write: (text) => (text.includes('"level":"info"') ? null : console.error(text)),
  format: 'json',
  file: join(plan.work, 'log'),
});
const config = {
  listen: '127.0.0.1:0',
  advertise: null,
  ha: plan.ha,
  storage: plan.storage,
  work: plan.work,
  trace: null,
  options: plan.options,
  log: (line: string, kind: SaidKind = 'network') => log.say(kind, line),
  onNote: (note: Note) => {
    timeCheckpoint(note);
    log.note(note);
  },
};
const { define, recordsFrom, endless } = benchJobs[plan.job];
const source = generatorSource((...from) => recordsFrom(...from, plan.size), plan.size.recordsPerSplit);
const sink = countingSink(plan.size.recordsPerSplit > 0 || !endless);
const triggeredAt = new Map<number, number>();
let checkpointsMs: number[] = [];
const running = await (plan.role === 'jobmanager' ? startLeader() : startWorker());

process.on('disconnect', () => void running.stop());
process.on('message', (order: Order) => void obey(order));
say(readingNow());

function startLeader(): Promise<RunningMachine<unknown>> {
  return startMachine(config, (address) => jobManager({ address, options: plan.options }), [sink]);
}

function startWorker(): Promise<RunningMachine<TaskManagerState>> {
  const { program } = define(plan.size);
  const artifacts = new Map<string, JobProgram>([[ARTIFACT, program]]);
  const machineAt = (address: string) => taskManager({ address, slots: 1, options: plan.options, artifacts });
  return startMachine(config, machineAt, [source, sink, loadedArtifact]);
}

async function obey(order: Order): Promise<void> {
  if (order === 'finish') source.end();
  if (order === 'pause' || order === 'resume') source.pause(order === 'pause');
  say({ ...readingNow(), results: order === 'results' ? sink.results() : [] });
  if (order !== 'stop') return;
  await running.stop();
  process.disconnect?.();
}

function say(reading: Reading): void {
  process.send?.(reading);
}

function readingNow(): Reading {
  const { user, system } = process.cpuUsage();
  const { tasks } = plan.role === 'taskmanager' ? (running.state() as TaskManagerState) : { tasks: [] };
  let records = 0;
  for (const { gate } of tasks) for (const channel of gate.channels) records += channel.records;
  return {
    at: performance.now(),
    cpuMs: (user + system) / 1_000,
    rssMb: process.memoryUsage.rss() / 1_048_576,
    rssMbMax: peakMiB(),
    records,
    restarted: tasks.some(({ descriptor, epoch }) => descriptor.attempt.attempt > 1 || epoch > 1),
    positions: [...source.positions],
    outcome: sink.outcome(),
    commits: sink.commits(),
    firstCommitAt: sink.firstCommitAt(),
    latencies: sink.takeNumbers(),
    checkpointsMs: takeCheckpoints(),
    results: [],
  };
}

function timeCheckpoint(note: Note): void {
  if (note.kind === 'checkpoint-triggered') triggeredAt.set(note.checkpointId, performance.now());
  if (note.kind !== 'checkpoint-completed') return;
  const began = triggeredAt.get(note.checkpointId);
  triggeredAt.delete(note.checkpointId);
  if (began !== undefined) checkpointsMs.push(performance.now() - began);
}

function takeCheckpoints(): readonly number[] {
  const taken = checkpointsMs;
  checkpointsMs = [];
  return taken;
}
