// The one deleter of files. It lists what lies in storage, and deletes what is dead for certain: files of checkpoints that this leader
// knows to be over and that no pointer names or may come to name. Aborted and subsumed checkpoints and late uploads all end here.
import { parseBlobName } from '../../checkpoint/blob-names.ts';
import type { JobMaster, Leader } from '../state.ts';
import { ask, closeCall, isCallDue, retryCall, wakeBy, type Answered, type Step } from '../step.ts';

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
    collection.waiting.delete(name);
    if (isGarbage(leader, name)) deleteFile(step, leader, name);
  }
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

/** Takes up those of the names that are garbage. */
export function collectFiles(leader: Leader, names: readonly string[]): void {
  const { waiting, deleting } = leader.collection;
  for (const name of names) {
    if (waiting.size >= WAITING_MAX) return;
    if (!deleting.has(name) && isGarbage(leader, name)) waiting.add(name);
  }
}

/** Deleted or not: if the file is still there, the next listing shows it. */
export function onFileDeleted(step: Step, leader: Leader, name: string, { answer }: Answered): void {
  leader.collection.deleting.delete(name);
  if (answer.kind === 'deleted' && step.out.noted) {
    step.out.note({ kind: 'file-deleted', epoch: leader.epoch, name });
  }
}

/** Certain to stay unneeded for ever. What no checkpoint's blob is called, or a blob of an unknown job, is not ours to judge. */
export function isGarbage(leader: Leader, name: string): boolean {
  const blob = parseBlobName(name);
  if (blob === null) return false;
  const job = leader.jobs.get(blob.jobId);
  if (job !== undefined) return isDeadCheckpoint(job, blob.checkpointId);
  return leader.results.has(blob.jobId) && leader.cleanUps.get(blob.jobId)?.stage !== 'POINTERS';
}

/**
 * An id above the counter may be a successor's that we have not noticed yet. One whose pointer is being written counts as pending: it may
 * turn out to be written even if we are told otherwise.
 */
function isDeadCheckpoint({ store, coordinator }: JobMaster, checkpointId: number): boolean {
  if (checkpointId > coordinator.lastCheckpointId || coordinator.pending.has(checkpointId)) return false;
  return store.completed.every((checkpoint) => checkpoint.checkpointId !== checkpointId);
}
