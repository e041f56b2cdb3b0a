// Which files the retained checkpoints of a job need: those that their metadata names, whatever folder they lie in. A leader knows the names of
// the checkpoints that it completed or restored; of those that it took over it reads the metadata, once a file depends on it.
import { closeCall } from '../../base/retry.ts';
import type { Result } from '../../base/value.ts';
import { checkHandle } from '../../checkpoint/handles.ts';
import { decodeMetadata } from '../../checkpoint/metadata-codec.ts';
import type { CheckpointMetadata, SubtaskSnapshot } from '../../checkpoint/metadata.ts';
import type { CompletedCheckpoint } from '../../protocol/ha-records.ts';
import { unreadableBytes, type AnswerReason, type StoredReason } from '../../protocol/reasons.ts';
import type { CompletedStore, JobMaster, Leader } from '../state.ts';
import { answerReason, ask, isCallDue, retryCall, type Answered, type Step } from '../step.ts';

/** Keeps the names of the files that a retained checkpoint needs. */
export function noteReferences(
  store: CompletedStore,
  checkpoint: { readonly checkpointId: number; readonly subtasks: readonly SubtaskSnapshot[] },
): void {
  const names = checkpoint.subtasks.map(({ handle }) => handle.name);
  store.references.set(checkpoint.checkpointId, Object.freeze(names));
}

/** Forgets those of checkpoints that are not retained any more. */
export function forgetReferences(store: CompletedStore): void {
  for (const checkpointId of store.references.keys())
    if (!isRetained(store, checkpointId)) store.references.delete(checkpointId);
}

export function isRetained({ completed }: CompletedStore, checkpointId: number): boolean {
  for (const checkpoint of completed) if (checkpoint.checkpointId === checkpointId) return true;
  return false;
}

/** A retained or a pending checkpoint names this file, as far as its names are known. */
export function isReferenced({ store, coordinator }: JobMaster, name: string): boolean {
  for (const { metadata } of store.completed) if (metadata.name === name) return true;
  for (const names of store.references.values()) if (names.includes(name)) return true;
  for (const { acknowledged } of coordinator.pending.values())
    for (const { handle } of acknowledged.values()) if (handle.name === name) return true;
  return false;
}

/** The metadata of each retained checkpoint is known. */
export function areReferencesKnown({ completed, references }: CompletedStore): boolean {
  return completed.every(({ checkpointId }) => references.has(checkpointId));
}

/** Reads the oldest metadata that is not known yet. */
export function readReferences(step: Step, leader: Leader, { jobId, store }: JobMaster): void {
  const pointer = store.completed.find(({ checkpointId }) => !store.references.has(checkpointId));
  if (pointer === undefined || !isCallDue(step, leader, store.reading)) return;
  const { checkpointId, metadata } = pointer;
  store.reading.request = ask(
    step,
    { kind: 'read-references', epoch: leader.epoch, jobId, checkpointId },
    { kind: 'storage-get', name: metadata.name },
  );
}

/** False: the metadata was read and cannot be used, so it is not known which files of the job are needed. */
export function onReferencesRead(
  step: Step,
  leader: Leader,
  { jobId, store }: JobMaster,
  checkpointId: number,
  answered: Answered,
): boolean {
  const pointer = store.completed.find((checkpoint) => checkpoint.checkpointId === checkpointId);
  if (!closeCall(store.reading, answered) || pointer === undefined) return true;
  const { answer } = answered;
  const metadata: Result<CheckpointMetadata, StoredReason | AnswerReason> =
    answer.kind === 'loaded' ? readMetadata(jobId, pointer, answer.bytes) : { ok: false, reason: answerReason(answer) };
  if (metadata.ok) {
    noteReferences(store, metadata.value);
    return true;
  }
  if (step.out.noted) {
    const { reason } = metadata;
    step.out.note({ kind: 'collection-stopped', jobId, epoch: leader.epoch, checkpointId, reason });
  }
  if (answer.kind !== 'failed') return false;
  retryCall(step, store.reading);
  return true;
}

/** The metadata that a pointer names, if it is whole and of this checkpoint. */
export function readMetadata(
  jobId: string,
  pointer: Pick<CompletedCheckpoint, 'checkpointId' | 'metadata'>,
  bytes: Uint8Array,
): Result<CheckpointMetadata, StoredReason> {
  const checked = checkHandle(pointer.metadata, bytes);
  if (!checked.ok) return { ok: false, reason: unreadableBytes(checked.reason) };
  const decoded = decodeMetadata(checked.value);
  if (!decoded.ok) return { ok: false, reason: unreadableBytes(decoded.reason) };
  const metadata = decoded.value;
  if (metadata.jobId !== jobId) return { ok: false, reason: { kind: 'of-other-job', jobId: metadata.jobId } };
  if (metadata.checkpointId !== pointer.checkpointId)
    return { ok: false, reason: { kind: 'of-other-checkpoint', checkpointId: metadata.checkpointId } };
  return decoded;
}
