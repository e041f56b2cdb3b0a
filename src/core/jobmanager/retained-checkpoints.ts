// The checkpoint that outlives a job which was cancelled or failed (Flink: externalized checkpoints). The result of the job says which one it is; while the
// job is cleaned up it gets a record beside those of savepoints, under an id that no client makes, and from then on is as one of them.
import { createCall } from '../base/retry.ts';
import { parseBlobName } from '../checkpoint/blob-names.ts';
import type { RetainedCheckpoint } from '../protocol/ha-records.ts';
import { savepointName } from './checkpoints/savepoint-requests.ts';
import type { Savepoint } from './savepoint-state.ts';
import { NONE, type JobMaster, type Leader, type Outcome } from './state.ts';
import type { Step } from './step.ts';

/** By the number in `externalizedCheckpointRetention`: of which ends a checkpoint is kept. */
const RETENTIONS: readonly (readonly Outcome['status'][])[] = [[], ['FAILED'], ['FAILED', 'CANCELED']];

/** What is kept of a job that ends so: its latest completed checkpoint, if its metadata could be read. */
export function retainedOf({ options }: Step, job: JobMaster, status: Outcome['status']): RetainedCheckpoint | null {
  const latest = job.store.completed.at(-1);
  if (RETENTIONS[options.externalizedCheckpointRetention]?.includes(status) !== true || latest === undefined)
    return null;
  const { checkpointId, metadata } = latest;
  return job.restore.metadata?.checkpointId === checkpointId ? { checkpointId, metadata } : null;
}

/** The id of its record: checkpoint and epoch, so that two jobs of one id, one after the other, never have the same. */
export function retainedId({ checkpointId, metadata }: RetainedCheckpoint): string {
  return `chk-${checkpointId}-e${epochOf(metadata.name)}`;
}

/** No client makes such an id. */
export function isRetainedId(savepointId: string): boolean {
  return /^chk-\d+-e\d+$/.test(savepointId);
}

function epochOf(metadataName: string): number {
  return parseBlobName(metadataName)?.epoch ?? NONE;
}

// ---- Its record

/** Whether the checkpoint that the result of a job names has its record; else that is being written. */
export function isKept(step: Step, leader: Leader, jobId: string): boolean {
  const retained = leader.results.get(jobId)?.retained ?? null;
  if (retained === null) return true;
  const savepointId = retainedId(retained);
  const name = savepointName(jobId, savepointId);
  if (leader.recovery.unreadableSavepoints.has(name)) return true;
  const { checkpointId, metadata } = retained;
  const known = leader.savepoints.get(name);
  if (known !== undefined) return known.stage !== 'STORING';
  leader.savepoints.set(name, {
    record: {
      kind: 'checkpoint',
      jobId,
      savepointId,
      checkpointId,
      metadata,
      completedAt: step.wallTime,
      disposed: false,
    },
    epoch: epochOf(metadata.name),
    stage: 'STORING',
    revision: NONE,
    unsettled: false,
    clients: [],
    call: createCall(),
    files: null,
    isUnreadable: false,
    reading: createCall(),
  });
  return false;
}

/** Its job is being cleaned up: whoever goes on with that would give it its record once more. */
export function isBeingKept({ results, cleanUps }: Leader, { record }: Savepoint): boolean {
  const retained = cleanUps.has(record.jobId) ? results.get(record.jobId)?.retained : undefined;
  return retained !== undefined && retained !== null && retainedId(retained) === record.savepointId;
}
