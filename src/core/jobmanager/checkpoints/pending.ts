// One checkpoint on its way: who must acknowledge, who did, and what its metadata says. The states are `checkpointTransitions`.
import { NEVER } from '../../base/machine.ts';
import { createCall } from '../../base/retry.ts';
import { snapshotName } from '../../checkpoint/blob-names.ts';
import { verticesInCheckpoint, type CheckpointMetadata, type SubtaskSnapshot } from '../../checkpoint/metadata.ts';
import type { Bodies } from '../../protocol/messages.ts';
import type { IgnoreReason } from '../../protocol/reasons.ts';
import { checkTransition, checkpointTransitions, type CheckpointState } from '../../protocol/states.ts';
import { subtaskKey } from '../jobs.ts';
import type { JobMaster, PendingCheckpoint } from '../state.ts';
import type { Step } from '../step.ts';
import { subtaskStatistics } from './statistics.ts';

/** The participants are fixed here: all subtasks, each with its attempt. */
export function createPending(job: JobMaster, checkpointId: number, now: number, wallTime: number): PendingCheckpoint {
  return {
    checkpointId,
    state: 'TRIGGERING',
    triggeredAt: now,
    timestamp: wallTime,
    expiresAt: NEVER,
    participants: new Map(job.executions.map((execution) => [subtaskKey(execution), execution.attempt])),
    acknowledged: new Map(),
    statistics: new Map(),
    metadata: createCall(),
  };
}

/** Its id is durable, and never that of another one: tasks were told of it. */
export function isTriggered({ state }: PendingCheckpoint): boolean {
  return state !== 'TRIGGERING';
}

export function movePending(pending: PendingCheckpoint, to: CheckpointState): void {
  pending.state = checkTransition(checkpointTransitions, pending.state, to, `checkpoint ${pending.checkpointId}`);
}

/** Why an acknowledgement does not count, or null if it does. */
export function acknowledgementRefusal(
  pending: PendingCheckpoint,
  body: Bodies['acknowledge-checkpoint'],
): IgnoreReason | null {
  const { attempt, checkpointId, epoch, handle } = body;
  const { vertex, subtask } = attempt;
  const key = subtaskKey(attempt);
  const expected = pending.participants.get(key);
  if (expected === undefined) return { kind: 'no-participant', vertex, subtask, checkpointId };
  if (expected !== attempt.attempt) return { kind: 'stale-participant', attempt, checkpointId, expected };
  if (pending.acknowledged.has(key)) return { kind: 'acknowledged-before', vertex, subtask, checkpointId };
  if (pending.state !== 'PENDING') return { kind: 'checkpoint-settled', checkpointId, state: pending.state };
  if (handle.name !== snapshotName(attempt, checkpointId, epoch))
    return { kind: 'file-foreign', name: handle.name, checkpointId };
  return null;
}

export function acknowledge(step: Step, pending: PendingCheckpoint, body: Bodies['acknowledge-checkpoint']): void {
  const { attempt: attemptId, handle, atEnd, splits, transactions } = body;
  const { vertex, subtask, attempt } = attemptId;
  pending.statistics.set(subtaskKey(attemptId), subtaskStatistics(body, pending.triggeredAt, step));
  pending.acknowledged.set(subtaskKey(attemptId), { vertex, subtask, attempt, handle, atEnd, splits, transactions });
}

export function isFullyAcknowledged(pending: PendingCheckpoint): boolean {
  return pending.acknowledged.size === pending.participants.size;
}

/** All subtasks had sent their end when the barrier passed: nothing can follow. */
export function isFinal(pending: PendingCheckpoint): boolean {
  for (const { atEnd } of pending.acknowledged.values()) if (!atEnd) return false;
  return true;
}

/** By vertex and subtask, so that equal checkpoints have equal bytes in whatever order they were acknowledged. */
export function acknowledgedSnapshots(pending: PendingCheckpoint): readonly SubtaskSnapshot[] {
  return [...pending.acknowledged.values()].toSorted((a, b) => a.vertex - b.vertex || a.subtask - b.subtask);
}

/** The same for every try to store it. */
export function metadataOf(job: JobMaster, pending: PendingCheckpoint, epoch: number): CheckpointMetadata {
  return {
    format: 'millrace-checkpoint',
    version: 3,
    jobId: job.jobId,
    checkpointId: pending.checkpointId,
    epoch,
    maxParallelism: job.graph.maxParallelism,
    final: isFinal(pending),
    vertices: verticesInCheckpoint(job.vertices),
    subtasks: acknowledgedSnapshots(pending),
    coordinators: [],
  };
}
