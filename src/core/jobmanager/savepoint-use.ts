// Who needs a savepoint: a job that started from it, until it has a checkpoint of its own, and a job that is being stopped with it.
import type { RestoreOrigin } from '../protocol/ha-records.ts';
import { savepointName } from './checkpoints/savepoint-requests.ts';
import { stopOf } from './jobs.ts';
import { isBeingKept } from './retained-checkpoints.ts';
import type { Savepoint } from './savepoint-state.ts';
import type { JobMaster, Leader } from './state.ts';

/** A job that has a checkpoint of its own never goes back to the savepoint that it started from. */
export function disposeClaimed(leader: Leader, { record: { restore }, store }: JobMaster): void {
  if (restore?.claimMode !== 'CLAIM' || store.completed.length === 0) return;
  const savepoint = leader.savepoints.get(savepointName(restore.jobId, restore.savepointId));
  if (savepoint?.stage !== 'DURABLE' || !isOrigin(savepoint, restore) || isBeingKept(leader, savepoint)) return;
  if (userOf(leader, savepoint) === null) savepoint.stage = 'MARKING';
}

/** Another savepoint may have the name of one that was disposed. */
function isOrigin({ record }: Savepoint, { metadata }: RestoreOrigin): boolean {
  return record.metadata.name === metadata.name;
}

/** A job that may have to be started from it, or, behind a take-over, ended with it; or null. */
export function userOf({ jobs, submissions }: Leader, savepoint: Savepoint): string | null {
  const { jobId, savepointId } = savepoint.record;
  const stopped = jobs.get(jobId);
  if (stopped !== undefined && stopOf(stopped)?.savepointId === savepointId) return jobId;
  for (const { record, store } of jobs.values())
    if (record.restore !== null && store.completed.length === 0 && isOrigin(savepoint, record.restore))
      return record.jobId;
  for (const { record } of submissions.values())
    if (record.restore !== null && isOrigin(savepoint, record.restore)) return record.jobId;
  return null;
}
