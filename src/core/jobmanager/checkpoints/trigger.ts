// How a checkpoint begins: at its time, if all tasks run, with an id that is durable before anybody hears of it.
import { NEVER } from '../../base/machine.ts';
import { setTimer } from '../../base/timers.ts';
import { closeCall } from '../../base/retry.ts';
import { counterKey } from '../../protocol/ha-keys.ts';
import { decodeCounter, encodeCounter } from '../../protocol/records-codec.ts';
import { abortCheckpoint, armTimeout } from './end.ts';
import { attemptIdOf, isAllRunning, isEnding, jobTimer, stopOf, vertexOf } from '../jobs.ts';
import { createPending, movePending } from './pending.ts';
import { isSavepointPending, savepointOf, waitingSavepoint } from './savepoint-requests.ts';
import { NONE, type JobMaster, type Leader, type PendingCheckpoint } from '../state.ts';
import { ask, answerReason, type Answered, type Step } from '../step.ts';
import { tellTask } from '../task-managers.ts';

/** Triggers the next savepoint, at once, and arms the timer of the next periodic trigger, as soon as nothing but time stands against it. */
export function reconcileTrigger(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  const savepoint = waitingSavepoint(coordinator);
  if (savepoint !== undefined && mayTrigger(step, job)) savepoint.checkpointId = writeCounter(step, leader, job);
  if (coordinator.triggerAt !== NEVER || stopOf(job) !== null || !mayTrigger(step, job)) return;
  if (coordinator.periodicAt === NEVER) coordinator.periodicAt = step.now + firstDelay(step);
  coordinator.triggerAt = Math.max(step.now, coordinator.periodicAt, coordinator.pausedUntil);
  setTimer(leader.timers, jobTimer('checkpoint', job), coordinator.triggerAt);
}

/** Whoever waits for output has the first of it before a whole interval is over. */
function firstDelay({ options }: Step): number {
  return Math.min(options.firstCheckpointMs, options.checkpointIntervalMs);
}

/** The periodic trigger. What stands against it meanwhile is looked at again in each step. */
export function onTriggerDue(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  coordinator.triggerAt = NEVER;
  if (stopOf(job) !== null || !mayTrigger(step, job)) return; // nothing but its savepoint comes behind the wish to stop it
  coordinator.periodicAt = step.now + step.options.checkpointIntervalMs;
  writeCounter(step, leader, job);
}

/** All tasks run, another checkpoint may be pending, and none follows a final one in its attempt. One id is written at a time. */
function mayTrigger({ options }: Step, job: JobMaster): boolean {
  const { pending, finalCheckpointId, counter } = job.coordinator;
  const isAtEnd = job.store.completed.at(-1)?.final === true; // one after the other, so that one of them is the last and ends the job
  if (pending.size >= (isAtEnd ? 1 : options.maxConcurrentCheckpoints) || finalCheckpointId !== NONE) return false;
  if (counter.request !== NONE || job.store.revision === NONE || isSavepointPending(job.coordinator)) return false;
  return job.status === 'RUNNING' && !isEnding(job) && isAllRunning(job);
}

/** The id is durable before anybody hears of it, so that no leader ever uses it again. */
function writeCounter(step: Step, leader: Leader, job: JobMaster): number {
  const { coordinator } = job;
  const checkpointId = coordinator.lastCheckpointId + 1;
  coordinator.pending.set(checkpointId, createPending(job, checkpointId, step.now, step.wallTime));
  coordinator.counter.request = ask(
    step,
    { kind: 'write-counter', epoch: leader.epoch, jobId: job.jobId, checkpointId },
    {
      kind: 'ha-write',
      key: counterKey(job.jobId),
      value: encodeCounter({ lastCheckpointId: checkpointId }),
      ifRevision: coordinator.counterRevision,
      ifEpoch: leader.epoch,
    },
  );
  return checkpointId;
}

/** The facts about the counter count even if the checkpoint is gone meanwhile: then its id is burned. */
export function onCounterAnswered(
  step: Step,
  leader: Leader,
  job: JobMaster,
  checkpointId: number,
  answered: Answered,
): void {
  const { coordinator } = job;
  if (!closeCall(coordinator.counter, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') noteCounter(job, checkpointId, answer.revision);
  // An earlier try of unknown outcome was applied: the ids up to it are burned.
  if (answer.kind === 'ha-conflict' && answer.entry !== null) {
    const found = decodeCounter(answer.entry.value);
    if (found.ok) noteCounter(job, found.value.lastCheckpointId, answer.entry.revision);
  }
  const pending = coordinator.pending.get(checkpointId);
  if (pending === undefined) return;
  if (answer.kind === 'ha-written') return trigger(step, leader, job, pending);
  abortCheckpoint(step, leader, job, pending, { kind: 'id-not-stored', reason: answerReason(answer) });
  coordinator.periodicAt = step.now;
  coordinator.pausedUntil = step.now + step.options.requestRetryMs;
}

function noteCounter(job: JobMaster, checkpointId: number, revision: number): void {
  job.coordinator.lastCheckpointId = Math.max(job.coordinator.lastCheckpointId, checkpointId);
  job.coordinator.counterRevision = revision;
}

function trigger(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  movePending(pending, 'PENDING');
  pending.expiresAt = step.now + step.options.checkpointTimeoutMs;
  armTimeout(leader, job);
  const { checkpointId, timestamp } = pending;
  const drain = isDrain(job, checkpointId);
  if (step.out.noted) {
    const { jobId, attempt } = job;
    step.out.note({ kind: 'checkpoint-triggered', jobId, epoch: leader.epoch, attempt, checkpointId });
  }
  for (const execution of job.executions) {
    if (vertexOf(job, execution).inputs.length > 0) continue;
    tellTask(step, leader, execution, 'trigger-checkpoint', {
      attempt: attemptIdOf(job, execution),
      checkpointId,
      timestamp,
      drain,
    });
  }
}

/** It is the savepoint with which the job is to be stopped, and its sources end before it. */
function isDrain(job: JobMaster, checkpointId: number): boolean {
  const stop = stopOf(job);
  if (stop === null || !stop.drain) return false;
  return savepointOf(job.coordinator, checkpointId) === stop.savepointId;
}
