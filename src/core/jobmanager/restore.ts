// The restore point of an attempt: the latest completed checkpoint, read back from storage and checked. "No checkpoint yet" is one too; before the first
// one it is the savepoint that the job starts from. What its writers left is committed before anybody is deployed, where other writers follow them.
// What cannot be read is read again: an older checkpoint is never taken instead, as its successor may have been committed outside.
import { deepFreeze } from '../base/state.ts';
import type { Result } from '../base/value.ts';
import { closeCall } from '../base/retry.ts';
import type { CheckpointMetadata } from '../checkpoint/metadata.ts';
import type { CompletedCheckpoint } from '../protocol/ha-records.ts';
import type { PurposeOf } from '../protocol/purposes.ts';
import type { AnswerReason, StoredReason } from '../protocol/reasons.ts';
import { noteReferences, readMetadata } from './checkpoints/references.ts';
import { isRetainedId } from './retained-checkpoints.ts';
import { recordRestore } from './checkpoints/statistics.ts';
import { isEnding } from './jobs.ts';
import { reconcileSinkWriters, writersToTakeOver } from './sinks.ts';
import { describeMisfit } from './state-assignment.ts';
import type { JobMaster, Leader } from './state.ts';
import { ask, answerReason, isCallDue, leadingEpoch, retryCall, type Answered, type Step } from './step.ts';

/** Once per attempt, and only when no pointer write is open: the latest checkpoint is then known for certain. */
export function reconcileRestorePoint(step: Step, leader: Leader, job: JobMaster): void {
  const { restore, store, jobId } = job;
  if (restore.ready || store.write !== null) return;
  const latest = restorableOf(job);
  if (latest === null) {
    if (isEnding(job)) restore.ready = true;
    else restore.takeOver ??= writersToTakeOver(job, null);
  }
  if (restore.takeOver !== null) restore.ready = reconcileSinkWriters(step, leader, job, restore.takeOver);
  else if (latest !== null && isCallDue(step, leader, restore.call)) {
    const { checkpointId, metadata } = latest;
    restore.call.request = ask(
      step,
      { kind: 'load-metadata', epoch: leader.epoch, jobId, checkpointId },
      { kind: 'storage-get', name: metadata.name },
    );
  }
}

/** Reads of metadata that are no use, before it counts as lost: bytes may come damaged, and whole the next time. */
const READS_MAX = 3;

export function onMetadataLoaded(
  step: Step,
  job: JobMaster,
  read: PurposeOf<'load-metadata' | 'reload-metadata'>,
  answered: Answered,
): void {
  const { restore } = job;
  const { checkpointId } = read;
  const latest = restorableOf(job);
  if (latest?.checkpointId !== checkpointId || !closeCall(restore.call, answered)) return;
  const { answer } = answered;
  const metadata: Result<CheckpointMetadata, StoredReason | AnswerReason> =
    answer.kind === 'loaded' ? readFitting(job, latest, answer.bytes) : { ok: false, reason: answerReason(answer) };
  if (!metadata.ok) {
    restore.stopped = { kind: 'restore-stopped', checkpointId, reason: metadata.reason };
    if (step.out.noted) step.out.note({ ...restore.stopped, jobId: job.jobId, epoch: leadingEpoch(step) });
    if (!isUnwanted(job) || answer.kind === 'failed') return retryCall(step, restore.call);
    const tries = read.kind === 'reload-metadata' ? read.tries : 1;
    if (tries < READS_MAX) readAgain(step, job, latest, tries + 1);
    else restore.ready = true; // what is lost for certain would keep a job for ever that nobody wants any more
    return;
  }
  restore.stopped = null;
  restore.metadata = deepFreeze(metadata.value); // its handles go out with the deployment
  if (latest.jobId === job.jobId) noteReferences(job.store, metadata.value);
  if (isEnding(job)) {
    restore.ready = true; // it is read for its transactions alone
    return;
  }
  restore.takeOver = writersToTakeOver(job, metadata.value);
  const externalPath = latest.metadata.name;
  const restored = {
    id: checkpointId,
    restoreTimestamp: step.wallTime,
    externalPath,
    savepointId: savepointIn(job, latest),
  };
  recordRestore(job.coordinator.statistics, restored);
}

/** The savepoint that the job starts from, or its own latest checkpoint, if that is one under this leader. */
function savepointIn({ jobId, record, coordinator }: JobMaster, latest: Restorable): string | null {
  const { latestSavepoint } = coordinator.statistics;
  if (latest === record.restore && !isRetainedId(record.restore.savepointId)) return record.restore.savepointId;
  return latest.jobId === jobId && latestSavepoint?.id === latest.checkpointId ? latestSavepoint.savepointId : null;
}

function readAgain(step: Step, { jobId, restore }: JobMaster, latest: Restorable, tries: number): void {
  const { checkpointId, metadata } = latest;
  restore.call.request = ask(
    step,
    { kind: 'reload-metadata', epoch: leadingEpoch(step), jobId, checkpointId, tries },
    { kind: 'storage-get', name: metadata.name },
  );
}

function isUnwanted({ status }: JobMaster): boolean {
  return status === 'CANCELLING' || status === 'FAILING';
}

/** What a job goes on from, and of which job it is. */
interface Restorable extends Pick<CompletedCheckpoint, 'checkpointId' | 'metadata'> {
  readonly jobId: string;
  readonly allowNonRestoredState: boolean;
}

/** Its latest completed checkpoint; before the first one the savepoint that it starts from; null: nothing. */
function restorableOf({ jobId, record, store }: JobMaster): Restorable | null {
  const latest = store.completed.at(-1);
  return latest === undefined ? record.restore : { ...latest, jobId, allowNonRestoredState: false };
}

/** The metadata, if it is complete and the job can go on from it. */
function readFitting(
  job: JobMaster,
  restorable: Restorable,
  bytes: Uint8Array,
): Result<CheckpointMetadata, StoredReason> {
  const metadata = readMetadata(restorable.jobId, restorable, bytes);
  if (!metadata.ok) return metadata;
  const reason = describeMisfit(metadata.value, job.graph, restorable.allowNonRestoredState);
  return reason === null ? metadata : { ok: false, reason };
}
