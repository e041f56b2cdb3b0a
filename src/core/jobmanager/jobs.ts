// A job under this leader: how it begins, where its parts are found, its status by one door.
import { must } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import { deepFreeze } from '../base/state.ts';
import { cancelTimer, timerNames } from '../base/timers.ts';
import { createCall } from '../base/retry.ts';
import { chainOperators, requiredSlots } from '../graph/chaining.ts';
import { regionsOf } from '../graph/regions.ts';
import { withParallelism, type JobVertex } from '../graph/job-graph.ts';
import type { JobRecord, WantedState } from '../protocol/ha-records.ts';
import { comparePlaces } from '../protocol/ids.ts';
import type { AttemptId } from '../protocol/messages.ts';
import { createExecutionTimes, createJobTimes } from '../protocol/overview.ts';
import type { ExecutionReason, FailureReason, JobReason, SubtaskId } from '../protocol/reasons.ts';
import { createStatistics } from './checkpoints/statistics.ts';
import { checkTransition, jobTransitions, type JobStatus } from '../protocol/states.ts';
import {
  NONE,
  type CompletedStore,
  type Coordinator,
  type Execution,
  type JobMaster,
  type JobTimer,
  type Leader,
  type Region,
  type RegionTimer,
  type RestorePoint,
} from './state.ts';
import { createFailureCounts } from './restart-strategy.ts';
import { leadingEpoch, type Step } from './step.ts';

/** The first attempt under a leader, unless a job of that id may have been removed. A new leader counts from 1 again, under its higher epoch. */
const FIRST_ATTEMPT = 1;

/** It is INITIALIZING until `admitJob`. */
export function createJob(
  { record, revision }: { readonly record: JobRecord; readonly revision: number },
  store: CompletedStore,
  counter: { readonly last: number; readonly revision: number },
  attempt = FIRST_ATTEMPT,
): JobMaster {
  const shape = createShape(record, attempt);
  return {
    jobId: record.jobId,
    record: deepFreeze(record),
    recordRevision: revision,
    change: null,
    ...shape,
    status: 'INITIALIZING',
    attempt,
    allocations: Array.from({ length: requiredSlots(shape.graph) }, () => null),
    slotWait: { since: NEVER, turns: 0, hadSlots: store.completed.length > 0 },
    leavesBehind: null,
    restore: createRestorePoint(),
    store,
    coordinator: createCoordinator(Math.max(counter.last, record.restore?.checkpointId ?? NONE), counter.revision),
    failures: createFailureCounts(),
    exceptions: [],
    fatal: null,
    stopping: false,
    sinkWriters: null,
    outcome: null,
    endedAt: 0,
    result: createCall(),
    times: createJobTimes(),
  };
}

/** The record of the job is durable, and was read: from now on the leader runs it. */
export function admitJob(step: Step, leader: Leader, job: JobMaster): void {
  leader.jobs.set(job.jobId, job);
  job.times = { ...job.times, INITIALIZING: job.record.submitted.at };
  moveJob(step, job, 'CREATED');
  stampCreated(step, job);
}

/** Executions that are new since the step before. */
export function stampCreated({ wallTime }: Step, job: JobMaster): void {
  job.executions = job.executions.map((execution) => {
    return execution.times.CREATED > 0 ? execution : { ...execution, times: { ...execution.times, CREATED: wallTime } };
  });
}

/** What follows from the parallelism of a job. */
export function createShape(
  record: JobRecord,
  attempt: number,
): Pick<JobMaster, 'graph' | 'vertices' | 'executions' | 'regions'> {
  const graph = deepFreeze(withParallelism(record.graph, record.parallelism));
  const vertices = deepFreeze(chainOperators(graph).vertices); // they share edges and operators
  const executions = createExecutions(vertices, attempt);
  return { graph, vertices, executions, regions: createRegions(executions, attempt) };
}

/** In the order of submission: writes of several may be answered in another one. */
export function sortJobs({ jobs }: Leader): void {
  sortMap(jobs, ({ record: a }, { record: b }) => comparePlaces(a.submitted, b.submitted));
}

export function sortMap<V>(map: Map<string, V>, order: (a: V, b: V) => number): void {
  if (isSorted(map, order)) return;
  const sorted = [...map].toSorted(([, a], [, b]) => order(a, b));
  map.clear();
  for (const [key, value] of sorted) map.set(key, value);
}

function isSorted<V>(map: ReadonlyMap<string, V>, order: (a: V, b: V) => number): boolean {
  let before: V | undefined;
  for (const value of map.values()) {
    if (before !== undefined && order(before, value) > 0) return false;
    before = value;
  }
  return true;
}

export function createStore(completed: CompletedStore['completed'], revision: number): CompletedStore {
  return {
    completed: deepFreeze(completed),
    revision,
    write: null,
    call: createCall(),
    references: new Map(),
    reading: createCall(),
  };
}

function createCoordinator(lastCheckpointId: number, counterRevision: number): Coordinator {
  return {
    lastCheckpointId,
    counterRevision,
    counter: createCall(),
    pending: new Map(),
    savepoints: [],
    taken: [],
    stopRetryAt: 0,
    triggerAt: NEVER,
    periodicAt: counterRevision === NONE ? NEVER : 0, // what ran before under another leader has waited long enough
    pausedUntil: 0,
    failuresInARow: 0,
    finalCheckpointId: NONE,
    ended: [],
    statistics: createStatistics(),
  };
}

/** By vertex, which are in topological order, then by subtask. */
function createExecutions(vertices: readonly JobVertex[], attempt: number): Execution[] {
  const regions = regionsOf(vertices);
  const executions: Execution[] = [];
  for (const { index, parallelism } of vertices) {
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const region = must(regions[executions.length], 'the region of a subtask');
      executions.push(createExecution({ vertex: index, subtask, region }, attempt));
    }
  }
  return executions;
}

/** One more attempt of a subtask. */
export function createExecution(
  { vertex, subtask, region }: Pick<Execution, 'vertex' | 'subtask' | 'region'>,
  attempt: number,
): Execution {
  const times = createExecutionTimes();
  return { vertex, subtask, region, attempt, state: 'CREATED', taskManager: '', reported: false, times };
}

function createRegions(executions: readonly Execution[], attempt: number): readonly Region[] {
  const count = executions.reduce((most, { region }) => Math.max(most, region + 1), 0);
  return Array.from({ length: count }, (): Region => {
    return { state: 'RUNNING', attempt, failure: null, restartAt: 0 };
  });
}

export function createRestorePoint(): RestorePoint {
  return { call: createCall(), ready: false, metadata: null, takeOver: null, stopped: null };
}

export function moveJob(step: Step, job: JobMaster, to: JobStatus): void {
  const from = job.status;
  job.status = checkTransition(jobTransitions, from, to, `job ${job.jobId}`);
  job.times = { ...job.times, [to]: step.wallTime };
  if (step.out.noted) {
    step.out.note({ kind: 'job-status-changed', jobId: job.jobId, epoch: leadingEpoch(step), from, to });
  }
}

/** Of a region, the first reason counts; what follows from it is no news. Frozen, as other parts of the state may hold the same reason. */
export function recordFailure(job: JobMaster, execution: Execution, reason: ExecutionReason): void {
  const region = regionOf(job, execution);
  region.failure ??= deepFreeze({ kind: 'execution-failed', attempt: attemptIdOf(job, execution), reason });
}

/** A failure of a region as a whole. */
export function recordRegionFailure(region: Region, reason: FailureReason): void {
  region.failure ??= deepFreeze(reason);
}

/** A failure of all that runs (Flink: a global failure). */
export function recordGlobalFailure(job: JobMaster, reason: FailureReason): void {
  deepFreeze(reason);
  for (const region of job.regions) region.failure ??= reason;
}

export function regionOf(job: JobMaster, { region }: Execution): Region {
  return must(job.regions[region], 'the region of an execution');
}

/** The executions of a region, in the order of the job's. */
export function executionsOfRegion(job: JobMaster, region: Region): readonly Execution[] {
  const index = job.regions.indexOf(region);
  return job.executions.filter((execution) => execution.region === index);
}

/** Why the job, or something of it, must end or restarts, or null: the first region's reason stands for all. */
export function failureOf(job: JobMaster): JobReason | null {
  return job.fatal ?? job.regions.find(({ failure }) => failure !== null)?.failure ?? null;
}

export function attemptIdOf(job: JobMaster, execution: Execution): AttemptId {
  return { jobId: job.jobId, vertex: execution.vertex, subtask: execution.subtask, attempt: execution.attempt };
}

/** `vertex/subtask`: names a subtask over all its attempts. */
export function subtaskKey(id: SubtaskId): string {
  return `${id.vertex}/${id.subtask}`;
}

/** The current execution of a subtask, whatever its attempt; undefined if the job has no such subtask. */
export function executionOf(
  job: JobMaster,
  id: { readonly vertex: number; readonly subtask: number },
): Execution | undefined {
  return job.executions.find((execution) => execution.vertex === id.vertex && execution.subtask === id.subtask);
}

/** The executions of a vertex, subtask by subtask: they lie together, as `createExecutions` put them. */
export function executionsOfVertex(job: JobMaster, vertex: JobVertex): readonly Execution[] {
  let first = 0;
  for (const before of job.vertices.slice(0, vertex.index)) first += before.parallelism;
  return job.executions.slice(first, first + vertex.parallelism);
}

export function vertexOf(job: JobMaster, execution: Execution): JobVertex {
  return must(job.vertices[execution.vertex], 'the vertex of an execution');
}

/** Its executions are being cancelled, and no others will follow. */
export function isEnding({ status, stopping }: JobMaster): boolean {
  return stopping || status === 'CANCELLING' || status === 'FAILING';
}

/** The savepoint with which it is stopped is durable, and nothing else ended it since: its tasks finish. */
export function isStopping({ status, stopping }: JobMaster): boolean {
  return stopping && status === 'RUNNING';
}

/** What is wanted of it, or is about to be: the wish is being written. */
export function wantedOf({ change, record }: JobMaster): WantedState {
  return (change?.record ?? record).wanted;
}

/** With which savepoint it is to be stopped, and how; null: it is not. */
export function stopOf({ record: { wanted } }: JobMaster): Extract<WantedState, { kind: 'STOPPED' }> | null {
  return wanted.kind === 'STOPPED' ? wanted : null;
}

export function latestCheckpointId(job: JobMaster): number {
  return job.store.completed.at(-1)?.checkpointId ?? NONE;
}

export function isAllRunning(job: JobMaster): boolean {
  return job.executions.every((execution) => execution.state === 'RUNNING');
}

const jobTimerNames = {
  'slot-wait': timerNames('slot-wait'),
  checkpoint: timerNames('checkpoint'),
  'checkpoint-timeout': timerNames('checkpoint-timeout'),
} satisfies Record<JobTimer, unknown>;

/** All of them, as the type says. */
const JOB_TIMERS = Object.keys(jobTimerNames) as readonly JobTimer[];
const REGION_TIMERS = Object.keys({ deploy: null, cancel: null } satisfies Record<
  RegionTimer,
  null
>) as readonly RegionTimer[];

/** The timer of a job. */
export function jobTimer<K extends JobTimer>(kind: K, { jobId }: Pick<JobMaster, 'jobId'>): `${K} ${string}` {
  return jobTimerNames[kind](jobId) as `${K} ${string}`;
}

/** The timer of a region: job id and index of the region, as in `deploy words/0`. */
export function regionTimer<K extends RegionTimer>(
  kind: K,
  job: JobMaster,
  region: Region,
): `${K} ${string}/${number}` {
  return `${kind} ${job.jobId}/${job.regions.indexOf(region)}`;
}

export function cancelJobTimers(leader: Leader, job: JobMaster): void {
  for (const kind of JOB_TIMERS) cancelTimer(leader.timers, jobTimer(kind, job));
  for (const region of job.regions)
    for (const kind of REGION_TIMERS) cancelTimer(leader.timers, regionTimer(kind, job, region));
}
