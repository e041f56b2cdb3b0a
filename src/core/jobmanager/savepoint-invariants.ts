// What must hold of savepoints on their way, and of a job that is stopped with one. A throw here is a bug.
import { assert } from '../base/assert.ts';
import { savepointName, SAVEPOINT_REQUESTS_MAX } from './checkpoints/savepoint-requests.ts';
import { latestCheckpointId, stopOf } from './jobs.ts';
import { NONE, type JobMaster, type Leader } from './state.ts';

/** Each that is pending has its checkpoint, one at a time, and none outlives its job. */
export function checkSavepointRequests({ jobId, coordinator, outcome }: JobMaster): void {
  const { savepoints, pending } = coordinator;
  if (savepoints.length === 0) return;
  assert(savepoints.length <= SAVEPOINT_REQUESTS_MAX, 'too many savepoints on their way');
  const triggered = savepoints.filter(({ checkpointId }) => checkpointId !== NONE);
  assert(triggered.length <= 1, () => `${triggered.length} savepoints of ${jobId} are pending`);
  for (const { savepointId, checkpointId } of triggered)
    assert(
      pending.has(checkpointId),
      () => `savepoint ${savepointId} waits for checkpoint ${checkpointId} without end`,
    );
  assert(outcome === null, () => `a savepoint of ${jobId} is waited for without end`);
}

/** The savepoint with which a job is stopped is its latest checkpoint, and the job ends with it. */
export function checkStop(leader: Leader, job: JobMaster): void {
  const { jobId, stopping, outcome, record } = job;
  const stop = stopOf(job);
  assert(
    !stopping || stop !== null || record.wanted.kind === 'CANCELED',
    () => `job ${jobId} is being stopped, and nobody wanted that`,
  );
  assert(
    (outcome?.savepointId ?? null) === null || (stopping && outcome?.status === 'FINISHED'),
    () => `job ${jobId} ends with a savepoint without being stopped`,
  );
  const savepoint = stop === null ? undefined : leader.savepoints.get(savepointName(jobId, stop.savepointId));
  assert(
    savepoint === undefined || savepoint.record.checkpointId === latestCheckpointId(job),
    () => `job ${jobId} is stopped with a savepoint that is not checkpoint ${latestCheckpointId(job)}`,
  );
}
