// The CheckpointCoordinator: when a checkpoint is triggered, who is told, and how it ends.
// Store, then promise: the id is durable before the trigger, the metadata before the pointer, the pointer before anybody hears of it.
import { NEVER } from '../base/machine.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import { handleOf } from '../checkpoint/handles.ts';
import { encodeMetadata } from '../checkpoint/metadata-codec.ts';
import { counterKey } from '../protocol/ha-keys.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import { decodeCounter, encodeCounter } from '../protocol/records-codec.ts';
import { beginPointerWrite, isStoreIdle } from './completed-store.ts';
import {
  attemptIdOf,
  executionOf,
  isAllRunning,
  jobTimer,
  latestCheckpointId,
  recordFailure,
  subtaskKey,
  vertexOf,
} from './jobs.ts';
import {
  acknowledge,
  acknowledgementRefusal,
  createPending,
  isFinal,
  isFullyAcknowledged,
  metadataName,
  metadataOf,
  movePending,
} from './pending-checkpoint.ts';
import { NONE, type Execution, type JobMaster, type Leader, type PendingCheckpoint } from './state.ts';
import { ask, closeCall, describeAnswerFailure, isCallDue, retryCall, type Answered, type Step } from './step.ts';
import { tellTask, type MessageOfKinds } from './task-managers.ts';

/** Ended checkpoints that are remembered by name, for the reasons in traces. */
export const ENDED_REMEMBERED = 16;

/** Only while all tasks run: arms the trigger, and drives what is pending. */
export function reconcileCoordinator(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  for (const pending of coordinator.pending.values()) reconcilePending(step, leader, job, pending);
  const isIdle = coordinator.pending.size === 0 && coordinator.finalCheckpointId === NONE;
  if (isIdle && coordinator.triggerAt === NEVER && isAllRunning(job))
    triggerAt(step, leader, job, step.now + step.options.checkpointIntervalMs);
}

function triggerAt(step: Step, leader: Leader, job: JobMaster, at: number): void {
  job.coordinator.triggerAt = Math.max(step.now, at);
  setTimer(leader.timers, jobTimer('checkpoint', job), job.coordinator.triggerAt);
}

function reconcilePending(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  if (pending.state !== 'FINALIZING') return;
  if (latestCheckpointId(job) === pending.checkpointId) complete(step, leader, job, pending);
  else if (job.store.write === null) putMetadata(step, leader, job, pending);
}

/** The periodic trigger. One checkpoint at a time; none follows a final one in its attempt. */
export function onTriggerDue(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  if (
    job.status !== 'RUNNING' ||
    coordinator.pending.size > 0 ||
    coordinator.finalCheckpointId !== NONE ||
    !isAllRunning(job)
  ) {
    coordinator.triggerAt = NEVER;
  } else if (isStoreIdle(job.store) && coordinator.counter.request === NONE) writeCounter(step, leader, job);
  else triggerAt(step, leader, job, step.now + step.options.requestRetryMs);
}

/** The id is durable before anybody hears of it, so that no leader ever uses it again. */
function writeCounter(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  const checkpointId = coordinator.lastCheckpointId + 1;
  coordinator.pending.set(checkpointId, createPending(job, checkpointId, step.now, step.wallTime));
  coordinator.counter.request = ask(
    step,
    { kind: 'write-counter', epoch: leader.epoch, jobId: job.jobId, checkpointId },
    {
      kind: 'ha-write',
      key: counterKey(job.jobId),
      value: encodeCounter({ lastCheckpointId: checkpointId }),
      ifRevision: coordinator.counterRevision,
      ifEpoch: leader.epoch,
    },
  );
}

/** The facts about the counter count even if the checkpoint is gone meanwhile: then its id is burned. */
export function onCounterAnswered(
  step: Step,
  leader: Leader,
  job: JobMaster,
  checkpointId: number,
  answered: Answered,
): void {
  const { coordinator } = job;
  if (!closeCall(coordinator.counter, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') noteCounter(job, checkpointId, answer.revision);
  // An earlier try of unknown outcome was applied: the ids up to it are burned.
  if (answer.kind === 'ha-conflict' && answer.entry !== null) {
    const found = decodeCounter(answer.entry.value);
    if (found.ok) noteCounter(job, found.value.lastCheckpointId, answer.entry.revision);
  }
  const pending = coordinator.pending.get(checkpointId);
  if (pending === undefined) return;
  if (answer.kind === 'ha-written') return trigger(step, leader, job, pending);
  abort(step, leader, job, pending, `its id was not stored: ${describeAnswerFailure(answer)}`);
  triggerAt(step, leader, job, step.now + step.options.requestRetryMs);
}

function noteCounter(job: JobMaster, checkpointId: number, revision: number): void {
  job.coordinator.lastCheckpointId = Math.max(job.coordinator.lastCheckpointId, checkpointId);
  job.coordinator.counterRevision = revision;
}

function trigger(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  movePending(pending, 'PENDING');
  setTimer(leader.timers, jobTimer('checkpoint-timeout', job), step.now + step.options.checkpointTimeoutMs);
  step.out.trace(() => `checkpoint ${pending.checkpointId} of ${job.jobId} triggered`);
  const { checkpointId, timestamp } = pending;
  for (const execution of job.executions) {
    if (vertexOf(job, execution).inputs.length > 0) continue;
    tellTask(step, leader, execution, 'trigger-checkpoint', {
      attempt: attemptIdOf(job, execution),
      checkpointId,
      timestamp,
    });
  }
}

export function onAcknowledgeCheckpoint(
  step: Step,
  job: JobMaster,
  message: MessageOfKind<'acknowledge-checkpoint'>,
): void {
  const pending = job.coordinator.pending.get(message.body.checkpointId);
  if (pending === undefined) return step.out.ignore(message, describeEnded(job, message.body.checkpointId));
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
  if (pending === undefined) return step.out.ignore(message, describeEnded(job, checkpointId));
  const expected = pending.participants.get(subtaskKey(attempt));
  if (expected !== attempt.attempt)
    return step.out.ignore(
      message,
      `stale attempt ${subtaskKey(attempt)}#${attempt.attempt}, current #${expected ?? 'none'}`,
    );
  const refusal = foreignSender(job, message);
  if (refusal !== null) return step.out.ignore(message, refusal);
  if (pending.state !== 'PENDING') return step.out.ignore(message, `checkpoint ${checkpointId} is ${pending.state}`);
  fail(step, leader, job, pending, `declined by ${subtaskKey(attempt)}#${attempt.attempt}: ${reason}`);
}

/** An attempt runs in one place: it is heard from there alone. */
function foreignSender(
  job: JobMaster,
  message: MessageOfKinds<'acknowledge-checkpoint' | 'decline-checkpoint'>,
): string | null {
  const execution = executionOf(job, message.body.attempt);
  return execution?.taskManager === message.from
    ? null
    : `the attempt runs on ${execution?.taskManager || 'no TaskManager'}`;
}

function describeEnded(job: JobMaster, checkpointId: number): string {
  const how = job.coordinator.ended.find((ended) => ended.checkpointId === checkpointId)?.how;
  return how === undefined ? `checkpoint ${checkpointId} is not known` : `checkpoint ${checkpointId} is over: ${how}`;
}

/** Expires what waits for acknowledgements or for its metadata. A pointer that is being written can no longer be given up. */
export function onCheckpointTimeout(step: Step, leader: Leader, job: JobMaster): void {
  for (const pending of job.coordinator.pending.values()) {
    if (job.store.write?.checkpointId !== pending.checkpointId)
      fail(step, leader, job, pending, `expired ${describeMissing(pending)}`);
  }
}

function describeMissing(pending: PendingCheckpoint): string {
  const missing = [...pending.participants.keys()].filter((key) => !pending.acknowledged.has(key));
  return missing.length === 0 ? 'before its metadata was stored' : `without ${missing.join(', ')}`;
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
    step.out.trace(
      () => `metadata of checkpoint ${checkpointId} is put again: ${describeAnswerFailure(answered.answer)}`,
    );
    return retryCall(step, pending.metadata);
  }
  const bytes = encodeMetadata(metadataOf(job, pending, leader.epoch));
  const metadata = handleOf(metadataName(job.jobId, checkpointId, leader.epoch), bytes);
  cancelTimer(leader.timers, jobTimer('checkpoint-timeout', job));
  beginPointerWrite(job, { checkpointId, metadata, final: isFinal(pending) }, step.options.retainedCheckpoints);
}

/** The pointer is durable. The tasks hear of it, unless they are about to end: then a restore tells their successors. */
function complete(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  const { coordinator } = job;
  const { checkpointId } = pending;
  const final = isFinal(pending);
  movePending(pending, 'COMPLETED');
  end(job, pending, final ? 'completed, final' : 'completed');
  step.out.trace(() => `checkpoint ${checkpointId} of ${job.jobId} completed${final ? ', final' : ''}`);
  coordinator.failuresInARow = 0;
  if (job.status !== 'RUNNING' || job.failure !== null) return;
  if (final) coordinator.finalCheckpointId = checkpointId;
  for (const execution of participantsOf(job, pending)) {
    tellTask(step, leader, execution, 'notify-checkpoint-complete', {
      attempt: attemptIdOf(job, execution),
      checkpointId,
      final,
    });
  }
  const { checkpointIntervalMs, checkpointMinPauseMs } = step.options;
  if (!final)
    triggerAt(step, leader, job, Math.max(pending.triggeredAt + checkpointIntervalMs, step.now + checkpointMinPauseMs));
}

/** A failed checkpoint counts once; too many in a row restart the job. */
function fail(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint, reason: string): void {
  abort(step, leader, job, pending, reason);
  job.coordinator.failuresInARow += 1;
  if (job.coordinator.failuresInARow > step.options.tolerableFailedCheckpoints) {
    recordFailure(job, `${job.coordinator.failuresInARow} checkpoints failed in a row, the last one: ${reason}`);
  }
  triggerAt(step, leader, job, pending.triggeredAt + step.options.checkpointIntervalMs);
}

function abort(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint, reason: string): void {
  const wasTriggered = pending.state !== 'TRIGGERING';
  movePending(pending, 'ABORTED');
  end(job, pending, reason);
  cancelTimer(leader.timers, jobTimer('checkpoint-timeout', job));
  const { checkpointId } = pending;
  step.out.trace(() => `checkpoint ${checkpointId} of ${job.jobId} aborted: ${reason}`);
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

function end(job: JobMaster, pending: PendingCheckpoint, how: string): void {
  const { coordinator } = job;
  coordinator.pending.delete(pending.checkpointId);
  coordinator.ended.push({ checkpointId: pending.checkpointId, how });
  if (coordinator.ended.length > ENDED_REMEMBERED) coordinator.ended.shift();
}

/** Those attempts that took part and still run. */
function participantsOf(job: JobMaster, pending: PendingCheckpoint): readonly Execution[] {
  return job.executions.filter((execution) => {
    return execution.state === 'RUNNING' && pending.participants.get(subtaskKey(execution)) === execution.attempt;
  });
}

/** The tasks end. What is pending is aborted, but for a checkpoint whose pointer is being written: its outcome is awaited. */
export function stopCheckpoints(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator, store } = job;
  for (const pending of coordinator.pending.values()) {
    if (store.write?.checkpointId !== pending.checkpointId) abort(step, leader, job, pending, 'the job restarts');
  }
  cancelTimer(leader.timers, jobTimer('checkpoint', job));
  coordinator.triggerAt = NEVER;
  coordinator.finalCheckpointId = NONE;
  coordinator.failuresInARow = 0;
}
