// What clients are told of the life of a job: its checkpoints under this leader, and its failures. Each answer is bounded: so much is kept at most.
import type { CheckpointLine, CheckpointStatistics } from '../protocol/job-history.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import { isTriggered } from './checkpoints/pending.ts';
import { savepointOf } from './checkpoints/savepoint-requests.ts';
import { checkpointStatistics, type JobCheckpointStatistics } from './checkpoints/statistics.ts';
import { refuse, statusOf, wellNamed } from './dispatcher.ts';
import { EXCEPTIONS_MAX } from './exception-history.ts';
import type { JobMaster, Leader } from './state.ts';
import type { Step } from './step.ts';

/** Of a job that runs, or ended under this leader not long ago. */
export function onRequestJobCheckpoints(step: Step, message: MessageOfKind<'request-job-checkpoints'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  const kept = keptOf(leader, jobId);
  if (kept === null) return refuseUnkept(step, leader, message);
  const { completed, failed, restored, latestCompleted, latestSavepoint, latestFailed, latestRestored } = kept.ended;
  step.out.send(message.from, 'job-checkpoints', {
    epoch: leader.epoch,
    jobId,
    counts: { completed, failed, restored, inProgress: kept.pending.length },
    latestCompleted: latestCompleted === null ? null : lineOf(latestCompleted),
    latestSavepoint: latestSavepoint === null ? null : lineOf(latestSavepoint),
    latestFailed: latestFailed === null ? null : lineOf(latestFailed),
    latestRestored,
    history: allOf(kept).map(lineOf),
  });
}

/** One checkpoint of those that a list shows, with its subtasks. */
export function onRequestCheckpointDetails(step: Step, message: MessageOfKind<'request-checkpoint-details'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId, checkpointId } = message.body;
  const kept = keptOf(leader, jobId);
  if (kept === null) return refuseUnkept(step, leader, message);
  const { latestCompleted, latestSavepoint, latestFailed } = kept.ended;
  const known = [...allOf(kept), latestCompleted, latestSavepoint, latestFailed];
  const checkpoint = known.find((one) => one?.id === checkpointId) ?? null;
  step.out.send(message.from, 'checkpoint-details', { epoch: leader.epoch, jobId, checkpointId, checkpoint });
}

function refuseUnkept(step: Step, leader: Leader, { from, body }: MessageOfKind<AboutHistory>): void {
  const { status } = statusOf(leader, body.jobId);
  refuse(step, leader, from, body.jobId, { kind: 'history-not-kept', status });
}

type AboutHistory = 'request-job-checkpoints' | 'request-checkpoint-details' | 'request-job-exceptions';

interface KeptCheckpoints {
  readonly ended: JobCheckpointStatistics;
  readonly pending: readonly CheckpointStatistics[];
}

function keptOf(leader: Leader, jobId: string): KeptCheckpoints | null {
  const job = leader.jobs.get(jobId);
  if (job !== undefined) return { ended: job.coordinator.statistics, pending: pendingOf(job) };
  const archive = leader.results.get(jobId)?.archive ?? null;
  return archive === null ? null : { ended: archive.checkpoints, pending: [] };
}

/** Those that have an id of their own: before that another one may get it. */
function pendingOf({ coordinator }: JobMaster): readonly CheckpointStatistics[] {
  const triggered = [...coordinator.pending.values()].filter(isTriggered);
  return triggered.map((one) => checkpointStatistics(one, savepointOf(coordinator, one.checkpointId), null));
}

/** Newest first. Ids rise, and one that ended late stands where its id does. */
function allOf({ ended, pending }: KeptCheckpoints): readonly CheckpointStatistics[] {
  return [...ended.history, ...pending].toReversed().toSorted((a, b) => b.id - a.id);
}

/** How many acknowledged is in it; what each of them said is not, as a job may have thousands. */
function lineOf(one: CheckpointStatistics): CheckpointLine {
  const { id, status, triggerTimestamp, latestAckTimestamp, endTimestamp, endToEndDurationMs } = one;
  const { stateSizeBytes, numSubtasks, numAcknowledgedSubtasks, savepointId, externalPath, failure } = one;
  return {
    id,
    status,
    triggerTimestamp,
    latestAckTimestamp,
    endTimestamp,
    endToEndDurationMs,
    stateSizeBytes,
    numSubtasks,
    numAcknowledgedSubtasks,
    savepointId,
    externalPath,
    failure,
  };
}

/** As long as there is a job, or its result. */
export function onRequestJobExceptions(step: Step, message: MessageOfKind<'request-job-exceptions'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId, max } = message.body;
  const kept = leader.jobs.get(jobId)?.exceptions ?? leader.results.get(jobId)?.exceptions;
  if (kept === undefined) return refuseUnkept(step, leader, message);
  const told = Math.max(0, Math.min(max, EXCEPTIONS_MAX));
  const exceptions = kept.toReversed().slice(0, told);
  const truncated = exceptions.length < kept.length;
  step.out.send(message.from, 'job-exceptions', { epoch: leader.epoch, jobId, max, exceptions, truncated });
}
