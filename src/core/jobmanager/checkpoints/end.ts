// How a checkpoint ends: completed, or aborted for a reason, which may count against the job; and who hears of it.
import { NEVER } from '../../base/machine.ts';
import { deepFreeze } from '../../base/state.ts';
import { cancelTimer, setTimer } from '../../base/timers.ts';
import { checkpointFailureOf, isCounted } from '../../protocol/checkpoint-failures.ts';
import type { CheckpointEnd, CheckpointReason } from '../../protocol/reasons.ts';
import {
  attemptIdOf,
  failureOf,
  isEnding,
  jobTimer,
  latestCheckpointId,
  recordGlobalFailure,
  regionOf,
  subtaskKey,
} from '../jobs.ts';
import { acknowledgedSnapshots, isFinal, isTriggered, movePending } from './pending.ts';
import { noteReferences } from './references.ts';
import { failSavepoints, onRequestedCompleted, savepointOf } from './savepoint-requests.ts';
import { recordEnd } from './statistics.ts';
import { NONE, type Execution, type JobMaster, type Leader, type PendingCheckpoint } from '../state.ts';
import type { Step } from '../step.ts';
import { tellTask } from '../task-managers.ts';

/** Ended checkpoints that are remembered by name, for the reasons in traces. */
export const ENDED_REMEMBERED = 16;

/** The timer of the pending checkpoint that expires first. */
export function armTimeout(leader: Leader, { jobId, coordinator }: JobMaster): void {
  let first = NEVER;
  for (const { expiresAt } of coordinator.pending.values()) first = Math.min(first, expiresAt);
  const timer = jobTimer('checkpoint-timeout', { jobId });
  if (first === NEVER) cancelTimer(leader.timers, timer);
  else setTimer(leader.timers, timer, first);
}

/** The pointer is durable. The tasks hear of it, unless they are about to end: then a restore tells their successors. */
export function completeCheckpoint(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  const { coordinator } = job;
  const { checkpointId } = pending;
  const final = isFinal(pending) && !isFollowed(job, checkpointId);
  noteReferences(job.store, { checkpointId, subtasks: acknowledgedSnapshots(pending) });
  movePending(pending, 'COMPLETED');
  end(step, job, pending, { kind: 'completed', final }, true);
  if (step.out.noted) {
    const { jobId, attempt } = job;
    step.out.note({ kind: 'checkpoint-completed', jobId, epoch: leader.epoch, attempt, checkpointId, final });
  }
  onRequestedCompleted(step, leader, job, checkpointId);
  coordinator.failuresInARow = 0;
  coordinator.pausedUntil = step.now + step.options.checkpointMinPauseMs;
  abortSubsumed(step, leader, job, checkpointId);
  if (isEnding(job)) return;
  if (final && failureOf(job) !== null) return; // those that hear of it would end, and could not take part in the next one
  if (final) beginEnd(step, leader, job, checkpointId);
  for (const execution of participantsOf(job, pending)) {
    if (regionOf(job, execution).failure !== null) continue;
    tellTask(step, leader, execution, 'notify-checkpoint-complete', {
      attempt: attemptIdOf(job, execution),
      checkpointId,
      final,
    });
  }
}

/** What is pending below a completed checkpoint can complete no more. */
function abortSubsumed(step: Step, leader: Leader, job: JobMaster, checkpointId: number): void {
  for (const pending of job.coordinator.pending.values())
    if (pending.checkpointId < checkpointId)
      abortCheckpoint(step, leader, job, pending, { kind: 'subsumed', by: checkpointId });
}

/**
 * Tasks heard of a later checkpoint. Sinks prepared transactions for it, which only a later final one commits: the last that was triggered is
 * the final one.
 */
function isFollowed({ coordinator }: JobMaster, checkpointId: number): boolean {
  for (const pending of coordinator.pending.values())
    if (pending.checkpointId > checkpointId && isTriggered(pending)) return true;
  return false;
}

/** Nothing follows a final checkpoint, not even one whose id is being written. */
function beginEnd(step: Step, leader: Leader, job: JobMaster, checkpointId: number): void {
  job.coordinator.finalCheckpointId = checkpointId;
  for (const pending of job.coordinator.pending.values())
    abortCheckpoint(step, leader, job, pending, { kind: 'job-ends' });
  failSavepoints(step, leader, job, NONE, { kind: 'job-ends' });
}

/** A failure that counts, counts once; too many in a row restart the job. */
export function abortCheckpoint(
  step: Step,
  leader: Leader,
  job: JobMaster,
  pending: PendingCheckpoint,
  reason: CheckpointReason,
): void {
  const wasTriggered = isTriggered(pending);
  movePending(pending, 'ABORTED');
  end(step, job, pending, reason, wasTriggered);
  armTimeout(leader, job);
  countFailure(step, job, reason);
  const { checkpointId } = pending;
  failSavepoints(step, leader, job, checkpointId, reason);
  if (step.out.noted) {
    const { jobId, attempt } = job;
    step.out.note({ kind: 'checkpoint-aborted', jobId, epoch: leader.epoch, attempt, checkpointId, reason });
  }
  if (!wasTriggered) return;
  const latestCompletedId = latestCheckpointId(job);
  for (const execution of participantsOf(job, pending)) {
    tellTask(step, leader, execution, 'abort-checkpoint', {
      attempt: attemptIdOf(job, execution),
      checkpointId,
      latestCompletedId,
    });
  }
}

function countFailure({ options }: Step, job: JobMaster, reason: CheckpointReason): void {
  const { coordinator } = job;
  if (!isCounted(checkpointFailureOf(reason))) return;
  coordinator.failuresInARow += 1;
  const times = coordinator.failuresInARow;
  if (times > options.tolerableFailedCheckpoints)
    recordGlobalFailure(job, { kind: 'checkpoints-failed', times, last: reason });
}

function end(
  { wallTime }: Step,
  job: JobMaster,
  pending: PendingCheckpoint,
  how: CheckpointEnd,
  wasTriggered: boolean,
): void {
  const { coordinator } = job;
  coordinator.pending.delete(pending.checkpointId);
  coordinator.ended.push({ checkpointId: pending.checkpointId, how: deepFreeze(how) }); // a failure of the job may hold it too
  const externalPath = how.kind === 'completed' ? (job.store.completed.at(-1)?.metadata.name ?? null) : null;
  const savepointId = savepointOf(coordinator, pending.checkpointId);
  if (wasTriggered) recordEnd(coordinator.statistics, pending, savepointId, { how, wallTime, externalPath });
  else coordinator.statistics.failed += 1; // without its id, which a later one may get (Flink: a failed checkpoint without in-progress)
  if (coordinator.ended.length > ENDED_REMEMBERED) coordinator.ended.shift();
}

/** Those attempts that took part and still run. */
function participantsOf(job: JobMaster, pending: PendingCheckpoint): readonly Execution[] {
  return job.executions.filter((execution) => {
    return execution.state === 'RUNNING' && pending.participants.get(subtaskKey(execution)) === execution.attempt;
  });
}

/** The tasks end. What is pending is aborted, but for a checkpoint whose pointer is being written: its outcome is awaited. */
export function stopCheckpoints(step: Step, leader: Leader, job: JobMaster, reason: CheckpointReason): void {
  const { coordinator, store } = job;
  for (const pending of coordinator.pending.values()) {
    if (store.write?.checkpointId !== pending.checkpointId) abortCheckpoint(step, leader, job, pending, reason);
  }
  failSavepoints(step, leader, job, NONE, reason);
  cancelTimer(leader.timers, jobTimer('checkpoint', job));
  coordinator.triggerAt = NEVER;
  coordinator.periodicAt = 0;
  coordinator.finalCheckpointId = NONE;
  coordinator.failuresInARow = 0;
}
