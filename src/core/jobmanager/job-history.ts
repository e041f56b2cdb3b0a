// What clients are told of the life of a job: its checkpoints under this leader, and its failures. Each answer is bounded: so much is kept at most.
import type { CheckpointLine, CheckpointStatistics } from '../protocol/job-history.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import { isTriggered } from './checkpoints/pending.ts';
import { checkpointStatistics } from './checkpoints/statistics.ts';
import { refuse, statusOf, wellNamed } from './dispatcher.ts';
import { EXCEPTIONS_MAX } from './exception-history.ts';
import type { JobMaster, PendingCheckpoint } from './state.ts';
import type { Step } from './step.ts';

/** Of a job that runs: what is over has a result, which keeps no statistics. */
export function onRequestJobCheckpoints(step: Step, message: MessageOfKind<'request-job-checkpoints'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  const job = leader.jobs.get(jobId);
  if (job === undefined) {
    const { status } = statusOf(leader, jobId);
    return refuse(step, leader, message.from, jobId, { kind: 'history-not-kept', status });
  }
  const { completed, failed, restored, latestCompleted, latestFailed, latestRestored } = job.coordinator.statistics;
  step.out.send(message.from, 'job-checkpoints', {
    epoch: leader.epoch,
    jobId,
    counts: { completed, failed, restored, inProgress: triggeredOf(job).length },
    latestCompleted: latestCompleted === null ? null : lineOf(latestCompleted),
    latestFailed: latestFailed === null ? null : lineOf(latestFailed),
    latestRestored,
    history: historyOf(job),
  });
}

/** Those that have an id of their own: before that another one may get it. */
function triggeredOf({ coordinator }: JobMaster): readonly PendingCheckpoint[] {
  return [...coordinator.pending.values()].filter(isTriggered);
}

/** Newest first. Ids rise, and one that ended late stands where its id does. */
function historyOf(job: JobMaster): readonly CheckpointLine[] {
  const pending = triggeredOf(job).map((one) => checkpointStatistics(one, null));
  return [...job.coordinator.statistics.history, ...pending]
    .map(lineOf)
    .toReversed()
    .toSorted((a, b) => b.id - a.id);
}

/** How many acknowledged is in it; what each of them said is not, as a job may have thousands. */
function lineOf(one: CheckpointStatistics): CheckpointLine {
  const { id, status, triggerTimestamp, latestAckTimestamp, endTimestamp, endToEndDurationMs } = one;
  const { stateSizeBytes, numSubtasks, numAcknowledgedSubtasks, failure } = one;
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
    failure,
  };
}

/** As long as there is a job, or its result. */
export function onRequestJobExceptions(step: Step, message: MessageOfKind<'request-job-exceptions'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId, max } = message.body;
  const kept = leader.jobs.get(jobId)?.exceptions ?? leader.results.get(jobId)?.exceptions;
  if (kept === undefined) {
    const { status } = statusOf(leader, jobId);
    return refuse(step, leader, message.from, jobId, { kind: 'history-not-kept', status });
  }
  const told = Math.max(0, Math.min(max, EXCEPTIONS_MAX));
  const exceptions = kept.toReversed().slice(0, told);
  const truncated = exceptions.length < kept.length;
  step.out.send(message.from, 'job-exceptions', { epoch: leader.epoch, jobId, max, exceptions, truncated });
}
