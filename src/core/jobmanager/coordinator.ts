// The CheckpointCoordinator: what is pending is driven to its end. How it begins and how it ends lie in the files beside this one.
// Store, then promise: the id is durable before the trigger, the metadata before the pointer, the pointer before anybody hears of it.
import { NEVER } from '../base/machine.ts';
import { cancelTimer } from '../base/timers.ts';
import { handleOf } from '../checkpoint/handles.ts';
import { encodeMetadata } from '../checkpoint/metadata-codec.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { IgnoreReason, SubtaskId } from '../protocol/reasons.ts';
import { completeCheckpoint, failCheckpoint, scheduleTrigger } from './checkpoint-end.ts';
import { beginPointerWrite } from './completed-store.ts';
import { executionOf, isAllRunning, jobTimer, latestCheckpointId, subtaskKey } from './jobs.ts';
import {
  acknowledge,
  acknowledgementRefusal,
  isFinal,
  isFullyAcknowledged,
  metadataName,
  metadataOf,
  movePending,
} from './pending-checkpoint.ts';
import { NONE, type JobMaster, type Leader, type PendingCheckpoint } from './state.ts';
import { ask, closeCall, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';
import type { MessageOfKinds } from './task-managers.ts';

/** Only while all tasks run: arms the trigger, and drives what is pending. */
export function reconcileCoordinator(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  for (const pending of coordinator.pending.values()) reconcilePending(step, leader, job, pending);
  const isIdle = coordinator.pending.size === 0 && coordinator.finalCheckpointId === NONE;
  if (isIdle && coordinator.triggerAt === NEVER && isAllRunning(job))
    scheduleTrigger(step, leader, job, step.now + step.options.checkpointIntervalMs);
}

function reconcilePending(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  if (pending.state !== 'FINALIZING') return;
  if (latestCheckpointId(job) === pending.checkpointId) completeCheckpoint(step, leader, job, pending);
  else if (job.store.write === null) putMetadata(step, leader, job, pending);
}

export function onAcknowledgeCheckpoint(
  step: Step,
  job: JobMaster,
  message: MessageOfKind<'acknowledge-checkpoint'>,
): void {
  const pending = job.coordinator.pending.get(message.body.checkpointId);
  if (pending === undefined) return step.out.ignore(message, endedReason(job, message.body.checkpointId));
  const refusal = acknowledgementRefusal(pending, message.body) ?? foreignSender(job, message);
  if (refusal !== null) return step.out.ignore(message, refusal);
  acknowledge(pending, message.body);
  if (isFullyAcknowledged(pending)) movePending(pending, 'FINALIZING');
}

export function onDeclineCheckpoint(
  step: Step,
  leader: Leader,
  job: JobMaster,
  message: MessageOfKind<'decline-checkpoint'>,
): void {
  const { attempt, checkpointId, reason } = message.body;
  const pending = job.coordinator.pending.get(checkpointId);
  if (pending === undefined) return step.out.ignore(message, endedReason(job, checkpointId));
  const expected = pending.participants.get(subtaskKey(attempt));
  if (expected !== attempt.attempt)
    return step.out.ignore(message, { kind: 'stale-attempt', attempt, current: expected ?? null });
  const refusal = foreignSender(job, message);
  if (refusal !== null) return step.out.ignore(message, refusal);
  if (pending.state !== 'PENDING')
    return step.out.ignore(message, { kind: 'checkpoint-settled', checkpointId, state: pending.state });
  failCheckpoint(step, leader, job, pending, { kind: 'declined', attempt, reason });
}

/** An attempt runs in one place: it is heard from there alone. */
function foreignSender(
  job: JobMaster,
  message: MessageOfKinds<'acknowledge-checkpoint' | 'decline-checkpoint'>,
): IgnoreReason | null {
  const execution = executionOf(job, message.body.attempt);
  if (execution?.taskManager === message.from) return null;
  return { kind: 'sender-foreign', taskManager: execution?.taskManager || null };
}

function endedReason(job: JobMaster, checkpointId: number): IgnoreReason {
  const how = job.coordinator.ended.find((ended) => ended.checkpointId === checkpointId)?.how;
  return how === undefined
    ? { kind: 'checkpoint-unknown', checkpointId }
    : { kind: 'checkpoint-over', checkpointId, how };
}

/** Expires what waits for acknowledgements or for its metadata. A pointer that is being written can no longer be given up. */
export function onCheckpointTimeout(step: Step, leader: Leader, job: JobMaster): void {
  for (const pending of job.coordinator.pending.values()) {
    if (job.store.write?.checkpointId !== pending.checkpointId)
      failCheckpoint(step, leader, job, pending, { kind: 'expired', missing: missingIn(job, pending) });
  }
}

/** Who did not acknowledge. The executions are those that took part: with the next ones all pending checkpoints are aborted. */
function missingIn(job: JobMaster, pending: PendingCheckpoint): readonly SubtaskId[] {
  return job.executions
    .filter((execution) => !pending.acknowledged.has(subtaskKey(execution)))
    .map(({ vertex, subtask }) => ({ vertex, subtask }));
}

function putMetadata(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  if (!isCallDue(step, leader, pending.metadata)) return;
  const { checkpointId } = pending;
  const name = metadataName(job.jobId, checkpointId, leader.epoch);
  const bytes = encodeMetadata(metadataOf(job, pending, leader.epoch));
  pending.metadata.request = ask(
    step,
    { kind: 'put-metadata', epoch: leader.epoch, jobId: job.jobId, checkpointId },
    { kind: 'storage-put', name, bytes },
  );
}

/** Whatever a failed put did, the same bytes are put again under the same name. */
export function onMetadataPut(
  step: Step,
  leader: Leader,
  job: JobMaster,
  checkpointId: number,
  answered: Answered,
): void {
  const pending = job.coordinator.pending.get(checkpointId);
  if (pending === undefined || !closeCall(pending.metadata, answered)) return;
  if (answered.answer.kind !== 'stored') {
    if (step.out.noted) {
      const reason = answerReason(answered.answer);
      step.out.note({ kind: 'metadata-put-retried', jobId: job.jobId, epoch: leader.epoch, checkpointId, reason });
    }
    return retryCall(step, pending.metadata);
  }
  const bytes = encodeMetadata(metadataOf(job, pending, leader.epoch));
  const metadata = handleOf(metadataName(job.jobId, checkpointId, leader.epoch), bytes);
  cancelTimer(leader.timers, jobTimer('checkpoint-timeout', job));
  beginPointerWrite(job, { checkpointId, metadata, final: isFinal(pending) }, step.options.retainedCheckpoints);
}
