// What tasks say of a pending checkpoint: they acknowledge it with their snapshot, or decline it.
import type { MessageOfKind } from '../../protocol/messages.ts';
import type { IgnoreReason } from '../../protocol/reasons.ts';
import { executionOf, subtaskKey } from '../jobs.ts';
import type { JobMaster, Leader } from '../state.ts';
import type { Step } from '../step.ts';
import { abortCheckpoint } from './end.ts';
import { acknowledge, acknowledgementRefusal, isFullyAcknowledged, movePending } from './pending.ts';

export function onAcknowledgeCheckpoint(
  step: Step,
  job: JobMaster,
  message: MessageOfKind<'acknowledge-checkpoint'>,
): void {
  const pending = job.coordinator.pending.get(message.body.checkpointId);
  if (pending === undefined) return step.out.ignore(message, endedReason(job, message.body.checkpointId));
  const refusal = acknowledgementRefusal(pending, message.body) ?? foreignSender(job, message);
  if (refusal !== null) return step.out.ignore(message, refusal);
  acknowledge(step, pending, message.body);
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
  abortCheckpoint(step, leader, job, pending, { kind: 'declined', attempt, reason });
}

/** An attempt runs in one place: it is heard from there alone. */
function foreignSender(
  job: JobMaster,
  message: MessageOfKind<'acknowledge-checkpoint' | 'decline-checkpoint'>,
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
