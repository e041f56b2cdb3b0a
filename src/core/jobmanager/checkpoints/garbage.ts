// The one deleter of files. It lists storage, and deletes what is dead for certain: files of checkpoints that are over, which no retained
// metadata names and no pending checkpoint may come to name. Aborted and subsumed checkpoints and late uploads all end here.
import { closeCall } from '../../base/retry.ts';
import { blobPrefix, parseBlobName, type BlobName } from '../../checkpoint/blob-names.ts';
import type { Savepoint } from '../savepoint-state.ts';
import type { CleanUpStage, JobMaster, Leader } from '../state.ts';
import { areReferencesKnown, isReferenced, isRetained, readReferences } from './references.ts';
import { judgeByRetained, readRetained } from './retained-files.ts';
import { ask, isCallDue, retryCall, wakeBy, type Answered, type Step } from '../step.ts';

/** Deletions in flight at once: enough to hide their latency, few enough not to hold up snapshots. */
export const DELETIONS_AT_ONCE = 8;
/** Names that wait for their deletion; the rest is found by the next listing. */
export const WAITING_MAX = 10_000;

/** Begins with a listing right after a takeover: the files of checkpoints that were pending then belong to nobody. */
export function beginCollection(leader: Leader, now: number): void {
  leader.collection.list.retryAt = now;
}

export function reconcileCollection(step: Step, leader: Leader): void {
  const { collection } = leader;
  if (isCallDue(step, leader, collection.list)) {
    collection.list.request = ask(
      step,
      { kind: 'list-files', epoch: leader.epoch },
      { kind: 'storage-list', prefix: '' },
    );
  }
  for (const name of collection.waiting) {
    if (collection.deleting.size >= DELETIONS_AT_ONCE) return;
    const verdict = judge(leader, name);
    if (verdict === 'undecided') readReferencesFor(step, leader, name);
    else collection.waiting.delete(name);
    if (verdict === 'dead') deleteFile(step, leader, name);
  }
}

function readReferencesFor(step: Step, leader: Leader, name: string): void {
  const blob = parseBlobName(name);
  const job = jobOf(leader, blob);
  if (job !== undefined) readReferences(step, leader, job);
  if (blob !== null) readRetained(step, leader, blob.jobId);
}

/** Files of the job that are undecided are passed over: the next listing shows them again. */
export function passOver(leader: Leader, job: JobMaster): void {
  const { waiting } = leader.collection;
  for (const name of waiting)
    if (jobOf(leader, parseBlobName(name)) === job && judge(leader, name) === 'undecided') waiting.delete(name);
}

function deleteFile(step: Step, leader: Leader, name: string): void {
  leader.collection.deleting.add(name);
  ask(step, { kind: 'delete-file', epoch: leader.epoch, name }, { kind: 'storage-delete', name });
}

export function onFilesListed(step: Step, leader: Leader, answered: Answered): void {
  const { list } = leader.collection;
  if (!closeCall(list, answered)) return;
  if (answered.answer.kind !== 'listed') return retryCall(step, list);
  list.retryAt = step.now + step.options.collectionIntervalMs;
  wakeBy(leader, list.retryAt);
  collectFiles(leader, answered.answer.names);
}

/** Takes up those of the names that are garbage, or may be. */
export function collectFiles(leader: Leader, names: readonly string[]): void {
  const { waiting, deleting } = leader.collection;
  for (const name of names) {
    if (waiting.size >= WAITING_MAX) return;
    if (!deleting.has(name) && judge(leader, name) !== 'needed') waiting.add(name);
  }
}

/** Deleted or not: if the file is still there, the next listing shows it. */
export function onFileDeleted(step: Step, leader: Leader, name: string, { answer }: Answered): void {
  leader.collection.deleting.delete(name);
  if (answer.kind === 'deleted' && step.out.noted) {
    step.out.note({ kind: 'file-deleted', epoch: leader.epoch, name });
  }
}

/** Certain to stay unneeded for ever. */
export function isGarbage(leader: Leader, name: string): boolean {
  return judge(leader, name) === 'dead';
}

/** It is garbage, or may be. */
export function isOpen(leader: Leader, name: string): boolean {
  return judge(leader, name) !== 'needed';
}

/**
 * Whether a file is needed. What no checkpoint's blob is called, or a blob of an unknown job, is not ours to judge and counts as needed.
 * `undecided`: only metadata that was not read yet can name it.
 */
function judge(leader: Leader, name: string): 'dead' | 'needed' | 'undecided' {
  const blob = parseBlobName(name);
  if (blob === null || isOfSavepoint(leader, blob)) return 'needed';
  const byRetained = judgeByRetained(leader, blob.jobId, name);
  if (byRetained === 'needed' || !mayGo(leader, blob, name)) return 'needed';
  const { store } = jobOf(leader, blob) ?? { store: null };
  const isKnown = byRetained === 'unneeded' && (store === null || areReferencesKnown(store));
  return isKnown ? 'dead' : 'undecided';
}

/** Nothing that the leader knows of its job needs it. */
function mayGo(leader: Leader, blob: BlobName, name: string): boolean {
  const job = jobOf(leader, blob);
  return job === undefined ? isOfOver(leader, blob) : !isOfOpen(job, blob) && !isReferenced(job, name);
}

function jobOf(leader: Leader, blob: BlobName | null): JobMaster | undefined {
  return blob === null ? undefined : leader.jobs.get(blob.jobId);
}

/** Its job is over, and no pointer is left that could name it. Of a job that is not known any more only what a disposed savepoint, or retained checkpoint, left is. */
function isOfOver(leader: Leader, blob: BlobName): boolean {
  const { results, cleanUps, submissions, recovery } = leader;
  const { jobId } = blob;
  if (results.has(jobId)) return !OPEN_STAGES.includes(cleanUps.get(jobId)?.stage);
  if (submissions.has(jobId) || recovery.unreadable.has(jobId)) return false;
  return savepointsOf(leader, blob).some(({ record }) => record.disposed) || hadRetained(leader, jobId);
}

/** Of a clean-up, in which pointers are there, or what is kept has no record yet. */
const OPEN_STAGES: readonly (CleanUpStage | undefined)[] = ['RETAINED', 'POINTERS'];

/** A retained checkpoint of it is being disposed, wherever its files lie. */
function hadRetained({ savepoints }: Leader, jobId: string): boolean {
  for (const { record } of savepoints.values())
    if (record.kind === 'checkpoint' && record.jobId === jobId && record.disposed) return true;
  return false;
}

/** A savepoint is whole in itself: it needs what was written for its checkpoint, and nothing else. */
function isOfSavepoint(leader: Leader, blob: BlobName): boolean {
  for (const name of leader.recovery.unreadableSavepoints) if (name.startsWith(blobPrefix(blob.jobId))) return true;
  return savepointsOf(leader, blob).some(({ record }) => !record.disposed);
}

function savepointsOf({ savepoints }: Leader, { jobId, checkpointId, epoch }: BlobName): readonly Savepoint[] {
  if (savepoints.size === 0) return [];
  return [...savepoints.values()].filter(({ record, epoch: own }) => {
    const isOwn = record.kind === 'savepoint' && record.jobId === jobId;
    return isOwn && record.checkpointId === checkpointId && own === epoch;
  });
}

/**
 * It was written for a checkpoint that is retained, or may come to be. An id above the counter may be a successor's that we have not noticed
 * yet. One whose pointer is being written counts as pending: it may turn out to be written even if we are told otherwise.
 */
function isOfOpen({ store, coordinator }: JobMaster, { checkpointId }: BlobName): boolean {
  if (checkpointId > coordinator.lastCheckpointId || coordinator.pending.has(checkpointId)) return true;
  return isRetained(store, checkpointId);
}
