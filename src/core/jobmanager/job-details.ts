// What clients are told of a job as a whole: its graph, its tasks, and since when. A job that is over is told as it ended, for as long as its archive is kept:
// that of the last few, in the memory of the leader under which they ended.
import { deepFreeze } from '../base/state.ts';
import type { ResultRecord } from '../protocol/ha-records.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import {
  createExecutionTimes,
  createJobTimes,
  vertexLine,
  type JobDetails,
  type SubtaskLine,
  type TaskCounts,
} from '../protocol/overview.ts';
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

/** Its archive is gone. */
function detailsOfPast(jobId: string, { submitted, status, reason, endedAt }: PastJob): JobDetails {
  const times = { ...createJobTimes(), INITIALIZING: submitted.at, [status]: endedAt };
  const unknown = { name: '', maxParallelism: 0, restart: null, vertices: [], subtasks: [] };
  return { jobId, submitted, status, reason, endedAt, times, ...unknown };
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

// ---- Jobs of the past

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
