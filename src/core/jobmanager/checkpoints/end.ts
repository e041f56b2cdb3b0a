// How a checkpoint ends: completed, failed or aborted; who hears of it, and when the next one follows.
import { NEVER } from '../../base/machine.ts';
import { deepFreeze } from '../../base/state.ts';
import { cancelTimer, setTimer } from '../../base/timers.ts';
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
import { acknowledgedSnapshots, isFinal, movePending } from './pending.ts';
import { noteReferences } from './references.ts';
import { NONE, type Execution, type JobMaster, type Leader, type PendingCheckpoint } from '../state.ts';
import type { Step } from '../step.ts';
import { tellTask } from '../task-managers.ts';

/** Ended checkpoints that are remembered by name, for the reasons in traces. */
export const ENDED_REMEMBERED = 16;

/** Not in the past: a trigger that is overdue follows at once. */
export function scheduleTrigger(step: Step, leader: Leader, job: JobMaster, at: number): void {
  job.coordinator.triggerAt = Math.max(step.now, at);
  setTimer(leader.timers, jobTimer('checkpoint', job), job.coordinator.triggerAt);
}

/** The pointer is durable. The tasks hear of it, unless they are about to end: then a restore tells their successors. */
export function completeCheckpoint(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  const { coordinator } = job;
  const { checkpointId } = pending;
  const final = isFinal(pending);
  noteReferences(job.store, { checkpointId, subtasks: acknowledgedSnapshots(pending) });
  movePending(pending, 'COMPLETED');
  end(job, pending, { kind: 'completed', final });
  if (step.out.noted) {
    const { jobId, attempt } = job;
    step.out.note({ kind: 'checkpoint-completed', jobId, epoch: leader.epoch, attempt, checkpointId, final });
  }
  coordinator.failuresInARow = 0;
  if (isEnding(job)) return;
  const allRun = failureOf(job) === null;
  if (final && !allRun) return; // those that hear of it would end, and could not take part in the next one
  if (final) coordinator.finalCheckpointId = checkpointId;
  for (const execution of participantsOf(job, pending)) {
    if (regionOf(job, execution).failure !== null) continue;
    tellTask(step, leader, execution, 'notify-checkpoint-complete', {
      attempt: attemptIdOf(job, execution),
      checkpointId,
      final,
    });
  }
  const { checkpointIntervalMs, checkpointMinPauseMs } = step.options;
  if (!final && allRun)
    scheduleTrigger(
      step,
      leader,
      job,
      Math.max(pending.triggeredAt + checkpointIntervalMs, step.now + checkpointMinPauseMs),
    );
}

/** A failed checkpoint counts once; too many in a row restart the job. */
export function failCheckpoint(
  step: Step,
  leader: Leader,
  job: JobMaster,
  pending: PendingCheckpoint,
  reason: CheckpointReason,
): void {
  abortCheckpoint(step, leader, job, pending, reason);
  job.coordinator.failuresInARow += 1;
  if (job.coordinator.failuresInARow > step.options.tolerableFailedCheckpoints) {
    const times = job.coordinator.failuresInARow;
    recordGlobalFailure(job, { kind: 'checkpoints-failed', times, last: reason });
  }
  scheduleTrigger(step, leader, job, pending.triggeredAt + step.options.checkpointIntervalMs);
}

export function abortCheckpoint(
  step: Step,
  leader: Leader,
  job: JobMaster,
  pending: PendingCheckpoint,
  reason: CheckpointReason,
): void {
  const wasTriggered = pending.state !== 'TRIGGERING';
  movePending(pending, 'ABORTED');
  end(job, pending, reason);
  cancelTimer(leader.timers, jobTimer('checkpoint-timeout', job));
  const { checkpointId } = pending;
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

function end(job: JobMaster, pending: PendingCheckpoint, how: CheckpointEnd): void {
  const { coordinator } = job;
  coordinator.pending.delete(pending.checkpointId);
  coordinator.ended.push({ checkpointId: pending.checkpointId, how: deepFreeze(how) }); // a failure of the job may hold it too
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
  cancelTimer(leader.timers, jobTimer('checkpoint', job));
  coordinator.triggerAt = NEVER;
  coordinator.finalCheckpointId = NONE;
  coordinator.failuresInARow = 0;
}
