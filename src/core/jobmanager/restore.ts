// The restore point of an attempt: the latest completed checkpoint, read back from storage and checked. "No checkpoint yet" is one too.
// What cannot be read is read again: an older checkpoint is never taken instead, as its successor may have been committed outside.
import { deepFreeze } from '../base/state.ts';
import type { Result } from '../base/value.ts';
import { closeCall } from '../base/retry.ts';
import type { CheckpointMetadata } from '../checkpoint/metadata.ts';
import type { CompletedCheckpoint } from '../protocol/ha-records.ts';
import type { AnswerReason, StoredReason, SubtaskId } from '../protocol/reasons.ts';
import { noteReferences, readMetadata } from './checkpoints/references.ts';
import { recordRestore } from './checkpoints/statistics.ts';
import { isEnding, subtaskKey } from './jobs.ts';
import type { JobMaster, Leader } from './state.ts';
import { ask, answerReason, isCallDue, leadingEpoch, retryCall, type Answered, type Step } from './step.ts';

/** Once per attempt, and only when no pointer write is open: the latest checkpoint is then known for certain. */
export function reconcileRestorePoint(step: Step, leader: Leader, job: JobMaster): void {
  const { restore, store, jobId } = job;
  if (restore.ready || store.write !== null) return;
  const latest = store.completed.at(-1);
  if (latest === undefined) restore.ready = true;
  else if (isCallDue(step, leader, restore.call)) {
    const { checkpointId, metadata } = latest;
    restore.call.request = ask(
      step,
      { kind: 'load-metadata', epoch: leader.epoch, jobId, checkpointId },
      { kind: 'storage-get', name: metadata.name },
    );
  }
}

export function onMetadataLoaded(step: Step, job: JobMaster, checkpointId: number, answered: Answered): void {
  const { restore } = job;
  const latest = job.store.completed.at(-1);
  if (latest?.checkpointId !== checkpointId || !closeCall(restore.call, answered)) return;
  const { answer } = answered;
  const metadata: Result<CheckpointMetadata, StoredReason | AnswerReason> =
    answer.kind === 'loaded' ? readOwnMetadata(job, latest, answer.bytes) : { ok: false, reason: answerReason(answer) };
  if (!metadata.ok) {
    if (step.out.noted) {
      const { reason } = metadata;
      step.out.note({ kind: 'restore-stopped', jobId: job.jobId, epoch: leadingEpoch(step), checkpointId, reason });
    }
    // What is lost for certain would keep a job for ever that nobody wants any more.
    if (!isEnding(job) || answer.kind === 'failed') return retryCall(step, restore.call);
    restore.ready = true;
    return;
  }
  restore.metadata = deepFreeze(metadata.value); // its handles go out with the deployment
  restore.ready = true;
  noteReferences(job.store, metadata.value);
  if (isEnding(job)) return; // it is read for its transactions alone
  const externalPath = latest.metadata.name;
  recordRestore(job.coordinator.statistics, { id: checkpointId, restoreTimestamp: step.wallTime, externalPath });
}

/** The metadata, if it is complete and made for this very job. */
function readOwnMetadata(
  job: JobMaster,
  pointer: CompletedCheckpoint,
  bytes: Uint8Array,
): Result<CheckpointMetadata, StoredReason> {
  const metadata = readMetadata(job.jobId, pointer, bytes);
  const reason = metadata.ok ? mismatch(job, metadata.value) : null;
  return reason === null ? metadata : { ok: false, reason };
}

function mismatch(job: JobMaster, metadata: CheckpointMetadata): StoredReason | null {
  const { maxParallelism } = job.record.graph;
  if (metadata.maxParallelism !== maxParallelism)
    return { kind: 'of-other-max-parallelism', found: metadata.maxParallelism, expected: maxParallelism };
  const found = idsOf(metadata.subtasks);
  const expected = idsOf(job.executions);
  const isSame = found.map(subtaskKey).join() === expected.map(subtaskKey).join();
  return isSame ? null : { kind: 'of-other-subtasks', found, expected };
}

/** In one order, so that two lists of the same subtasks are equal. */
function idsOf(subtasks: readonly SubtaskId[]): readonly SubtaskId[] {
  return subtasks
    .map(({ vertex, subtask }) => ({ vertex, subtask }))
    .toSorted((a, b) => a.vertex - b.vertex || a.subtask - b.subtask);
}
