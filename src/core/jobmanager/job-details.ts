// What clients are told of a job as a whole: its graph, its tasks, and since when. A job that is over is told as it ended: by its archive, which the leader under
// which it ended keeps of the last few, else by what its result keeps.
import { deepFreeze } from '../base/state.ts';
import type { ResultRecord } from '../protocol/ha-records.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import {
  createExecutionTimes,
  createJobTimes,
  ENDED_OPERATORS_MAX,
  vertexLine,
  type EndedGraph,
  type EndedVertex,
  type JobDetails,
  type SubtaskLine,
  type TaskCounts,
} from '../protocol/overview.ts';
import type { ExecutionState } from '../protocol/states.ts';
import { refuse, statusOf, wellNamed } from './dispatcher.ts';
import type { Execution, JobArchive, JobMaster, Leader, PastJob } from './state.ts';
import type { Step } from './step.ts';

/** Jobs of the past of which all is kept that is shown: the memory of a leader is bounded. */
export const ARCHIVES_MAX = 32;

export function onRequestJobDetails(step: Step, message: MessageOfKind<'request-job-details'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  const details = detailsOf(leader, jobId);
  if (details !== null) return step.out.send(message.from, 'job-details', { epoch: leader.epoch, ...details });
  const { status } = statusOf(leader, jobId);
  refuse(step, leader, message.from, jobId, { kind: 'history-not-kept', status });
}

function detailsOf(leader: Leader, jobId: string): JobDetails | null {
  const job = leader.jobs.get(jobId);
  if (job !== undefined) return detailsOfJob(leader, job);
  const past = leader.results.get(jobId);
  return past === undefined ? null : (past.archive?.details ?? detailsOfPast(jobId, past));
}

/** A copy: what is sent never changes, and the times of a job do. */
function detailsOfJob(leader: Leader, job: JobMaster): JobDetails {
  const { jobId, record, graph, times, vertices, executions } = job;
  const { status, reason } = statusOf(leader, jobId);
  return {
    jobId,
    name: graph.name,
    submitted: record.submitted,
    status: status === 'UNKNOWN' ? job.status : status,
    reason,
    endedAt: null,
    maxParallelism: graph.maxParallelism,
    restart: graph.restart?.kind ?? null,
    times: { ...times },
    vertices: vertices.map(vertexLine),
    subtasks: executions.map(subtaskLine),
  };
}

/** Its archive is gone: what its result keeps is left. */
function detailsOfPast(jobId: string, past: PastJob): JobDetails {
  const { submitted, status, reason, endedAt, graph } = past;
  const { name, maxParallelism, restart, vertices } = graph;
  return {
    jobId,
    name,
    submitted,
    status,
    reason,
    endedAt,
    maxParallelism,
    restart,
    times: { ...createJobTimes(), INITIALIZING: submitted.at, [status]: endedAt },
    vertices: vertices.map(({ id, name: shown, parallelism, operators, inputs }) => {
      return { id, name: shown, parallelism, operators, inputs };
    }),
    subtasks: vertices.flatMap(endedSubtasks),
  };
}

/** Where it ran, and since when, is not kept. */
function endedSubtasks({ ended }: EndedVertex, vertex: number): readonly SubtaskLine[] {
  const states = ended.flatMap(({ state, subtasks }) => Array<ExecutionState>(subtasks).fill(state));
  return states.map((state, subtask) => {
    return { vertex, subtask, attempt: 0, state, taskManager: '', times: createExecutionTimes() };
  });
}

function subtaskLine({ vertex, subtask, attempt, state, taskManager, times }: Execution): SubtaskLine {
  return { vertex, subtask, attempt, state, taskManager, times: { ...times } };
}

/** How many executions are in each state. */
export function countTasks(executions: readonly Pick<Execution, 'state'>[]): TaskCounts {
  const counts = createExecutionTimes();
  for (const { state } of executions) counts[state] += 1;
  return counts;
}

/** The same of a job of the past. */
export function countEnded({ vertices }: EndedGraph): TaskCounts {
  const counts = createExecutionTimes();
  for (const { ended } of vertices) for (const { state, subtasks } of ended) counts[state] += subtasks;
  return counts;
}

// ---- Jobs of the past

/** For its result. */
export function endedGraphOf({ graph, vertices, executions }: JobMaster): EndedGraph {
  const { name, maxParallelism, restart } = graph;
  const isKept = graph.operators.length <= ENDED_OPERATORS_MAX;
  const kept = isKept ? vertices : [];
  return {
    name,
    maxParallelism,
    restart: restart?.kind ?? null,
    vertices: kept.map((vertex) => ({ ...vertexLine(vertex), ended: endedStates(executions, vertex.index) })),
  };
}

function endedStates(executions: readonly Execution[], vertex: number): EndedVertex['ended'] {
  const ended: { state: ExecutionState; subtasks: number }[] = [];
  for (const { state } of executions.filter((execution) => execution.vertex === vertex)) {
    const last = ended.at(-1);
    if (last?.state === state) last.subtasks += 1;
    else ended.push({ state, subtasks: 1 });
  }
  return ended;
}

/** Of a job that just ended, as its result has it. */
export function archiveOf(leader: Leader, job: JobMaster, result: Omit<ResultRecord, 'clean'>): JobArchive {
  const { status, reason, endedAt } = result;
  const details = { ...detailsOfJob(leader, job), status, reason, endedAt };
  const { statistics } = job.coordinator;
  return deepFreeze({ details, checkpoints: { ...statistics, history: [...statistics.history] } });
}

/** Of more than so many those go that ended first. */
export function dropArchives({ results }: Leader): void {
  const archived = [...results.values()].filter(({ archive }) => archive !== null);
  for (const past of archived.slice(0, Math.max(0, archived.length - ARCHIVES_MAX))) past.archive = null;
}
