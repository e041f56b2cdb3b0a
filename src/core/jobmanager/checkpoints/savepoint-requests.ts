// Savepoints on their way. Each waits for its turn, is a checkpoint as any other, and is kept for itself once that is completed. Whoever asked for one that
// fails hears why; nothing was promised before. One with which a job is to be stopped is taken again (`../stop.ts`).
import { must } from '../../base/assert.ts';
import { createCall } from '../../base/retry.ts';
import type { CheckpointReason } from '../../protocol/reasons.ts';
import { stopOf } from '../jobs.ts';
import type { SavepointRequest } from '../savepoint-state.ts';
import { NONE, type Coordinator, type JobMaster, type Leader } from '../state.ts';
import type { Step } from '../step.ts';
import { recordSavepoint } from './statistics.ts';

/** Savepoints of a job on their way at once. */
export const SAVEPOINT_REQUESTS_MAX = 16;

/** `<job>/<savepoint>`: two jobs may have savepoints of one id. */
export function savepointName(jobId: string, savepointId: string): string {
  return `${jobId}/${savepointId}`;
}

/** The first one that waits for its turn. */
export function waitingSavepoint({ savepoints }: Coordinator): SavepointRequest | undefined {
  return savepoints.find(({ checkpointId }) => checkpointId === NONE);
}

/** While one is pending nothing else is triggered: no later checkpoint can subsume it. */
export function isSavepointPending({ savepoints }: Coordinator): boolean {
  return savepoints.some(({ checkpointId }) => checkpointId !== NONE);
}

/** Of which savepoint a pending checkpoint is, or one that just ended; null: of none. */
export function savepointOf({ savepoints }: Coordinator, id: number): string | null {
  return savepoints.find(({ checkpointId, isKept }) => isKept && checkpointId === id)?.savepointId ?? null;
}

/** What a client asked for under this id: a savepoint that is on its way, or a checkpoint. */
export function requestIn({ savepoints }: Coordinator, id: string, isKept: boolean): SavepointRequest | undefined {
  return savepoints.find((request) => request.savepointId === id && request.isKept === isKept);
}

/** The checkpoint that a client asked for is completed, which the pointers say: a savepoint needs its job no more from here on. */
export function onRequestedCompleted(step: Step, leader: Leader, job: JobMaster, checkpointId: number): void {
  const request = takeSavepoint(job, checkpointId);
  if (request?.isKept === true) keepLatest(step, leader, job, request);
  else if (request !== undefined) rememberTaken(step, leader, job, request);
}

/** Checkpoints that clients asked for and got: so many are remembered, so that whoever asks again is told of the same. */
export const TAKEN_REMEMBERED = 16;

function rememberTaken(
  step: Step,
  { epoch }: Leader,
  { jobId, coordinator }: JobMaster,
  { savepointId: triggerId, checkpointId, clients }: SavepointRequest,
): void {
  coordinator.taken.push({ triggerId, checkpointId });
  if (coordinator.taken.length > TAKEN_REMEMBERED) coordinator.taken.shift();
  for (const client of clients)
    step.out.send(client, 'checkpoint-status', { epoch, jobId, triggerId, status: 'COMPLETED', checkpointId });
}

/** Keeps the latest completed checkpoint, which this leader completed. */
export function keepLatest(
  step: Step,
  leader: Leader,
  job: JobMaster,
  { savepointId, clients }: Pick<SavepointRequest, 'savepointId' | 'clients'>,
): void {
  const { jobId, store, coordinator } = job;
  const { checkpointId, metadata } = must(store.completed.at(-1), 'the pointer of a savepoint');
  recordSavepoint(coordinator.statistics, checkpointId, savepointId);
  leader.savepoints.set(savepointName(jobId, savepointId), {
    record: {
      kind: 'savepoint',
      jobId,
      savepointId,
      checkpointId,
      metadata,
      completedAt: step.wallTime,
      disposed: false,
    },
    epoch: leader.epoch,
    stage: 'STORING',
    revision: NONE,
    unsettled: false,
    clients,
    call: createCall(),
    files: null,
    isUnreadable: false,
    reading: createCall(),
  });
}

/** @param checkpointId of the checkpoint that failed; NONE: all that wait for their turn fail with it */
export function failSavepoints(
  step: Step,
  leader: Leader,
  job: JobMaster,
  checkpointId: number,
  reason: CheckpointReason,
): void {
  for (
    let request = takeSavepoint(job, checkpointId);
    request !== undefined;
    request = takeSavepoint(job, checkpointId)
  ) {
    if (request.isKept && request.savepointId === stopOf(job)?.savepointId)
      job.coordinator.stopRetryAt = step.now + step.options.requestRetryMs;
    for (const client of request.clients)
      step.out.send(client, 'request-refused', {
        epoch: leader.epoch,
        jobId: job.jobId,
        reason: { kind: request.isKept ? 'savepoint-failed' : 'checkpoint-failed', reason },
      });
  }
}

function takeSavepoint({ coordinator }: JobMaster, checkpointId: number): SavepointRequest | undefined {
  const index = coordinator.savepoints.findIndex((request) => request.checkpointId === checkpointId);
  return index < 0 ? undefined : coordinator.savepoints.splice(index, 1)[0];
}
