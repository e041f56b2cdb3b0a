// The end of a job that does not finish by itself: it is cancelled, can run no more, or is stopped with a savepoint. Its executions are cancelled, what is not certain is
// awaited, its sinks are closed, then its result is written.
import { must } from '../base/assert.ts';
import { deepFreeze } from '../base/state.ts';
import type { JobReason } from '../protocol/reasons.ts';
import { isTerminal } from '../protocol/states.ts';
import { cancelRegion } from './cancellation.ts';
import { stopCheckpoints } from './checkpoints/end.ts';
import { createRestorePoint, isEnding, moveJob, stopOf } from './jobs.ts';
import { reconcileRestorePoint } from './restore.ts';
import { retainedOf } from './retained-checkpoints.ts';
import { createSinkWriters, reconcileSinkWriters } from './sinks.ts';
import type { JobMaster, Leader, Outcome } from './state.ts';
import { isToStop } from './stop.ts';
import type { Step } from './step.ts';

/** A wish to cancel goes before a failure in progress (Flink: FAILING to CANCELLING). */
export function reconcileEnding(step: Step, leader: Leader, job: JobMaster): void {
  const isWanted = job.record.wanted.kind === 'CANCELED';
  if (isWanted && job.status !== 'CANCELLING') beginEnding(step, leader, job, 'CANCELLING');
  else if (!isWanted && job.fatal !== null && job.status !== 'FAILING') beginFailing(step, leader, job, job.fatal);
  else if (!isEnding(job) && isToStop(leader, job)) beginStopping(step, leader, job);
  if (isEnding(job) && isEnded(job) && areSinksClosed(step, leader, job)) job.outcome = outcomeOf(step, job);
}

function beginFailing(step: Step, leader: Leader, job: JobMaster, reason: JobReason): void {
  beginEnding(step, leader, job, 'FAILING');
  if (step.out.noted) step.out.note({ kind: 'job-failing', jobId: job.jobId, epoch: leader.epoch, reason });
}

function beginEnding(step: Step, leader: Leader, job: JobMaster, status: 'CANCELLING' | 'FAILING'): void {
  const isFirst = !isEnding(job);
  moveJob(step, job, status);
  if (isFirst) endExecutions(step, leader, job);
}

/** It is RUNNING until its result is durable, as in Flink, even if it waits for a restart, or for slots behind a take-over. */
function beginStopping(step: Step, leader: Leader, job: JobMaster): void {
  if (job.status !== 'RUNNING') moveJob(step, job, 'RUNNING');
  job.stopping = true;
  endExecutions(step, leader, job);
}

function endExecutions(step: Step, leader: Leader, job: JobMaster): void {
  stopCheckpoints(step, leader, job, { kind: 'job-ends' });
  job.restore = createRestorePoint();
  for (const region of job.regions) cancelRegion(step, leader, job, region);
}

/** No execution is left, no pointer write is open that might still add a checkpoint, and no wish is being written that might ask for another end. */
function isEnded({ executions, store, change }: JobMaster): boolean {
  return store.write === null && change === null && executions.every(({ state }) => isTerminal(state));
}

/** What the latest completed checkpoint says is read for it. */
function areSinksClosed(step: Step, leader: Leader, job: JobMaster): boolean {
  reconcileRestorePoint(step, leader, job);
  if (!job.restore.ready) return false;
  job.sinkWriters ??= createSinkWriters(job);
  return reconcileSinkWriters(step, leader, job, job.sinkWriters);
}

function outcomeOf(step: Step, job: JobMaster): Outcome {
  if (job.status === 'FAILING') return unfinished(step, job, 'FAILED');
  if (job.status === 'CANCELLING') return unfinished(step, job, 'CANCELED');
  const { savepointId } = must(stopOf(job), 'the stop of a job');
  return { status: 'FINISHED', reason: null, savepointId, retained: null };
}

function unfinished(step: Step, job: JobMaster, status: 'FAILED' | 'CANCELED'): Outcome {
  const reason = status === 'FAILED' ? job.fatal : null;
  return { status, reason, savepointId: null, retained: deepFreeze(retainedOf(step, job, status)) };
}
