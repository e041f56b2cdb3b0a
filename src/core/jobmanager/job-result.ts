// The end of a job: its result is durable before anybody hears of it, and begins as dirty, which is the order to clean up.
import { must } from '../base/assert.ts';
import { closeCall } from '../base/retry.ts';
import { resultKey } from '../protocol/ha-keys.ts';
import { unreadableBytes } from '../protocol/reasons.ts';
import { decodeResult, encodeResult } from '../protocol/records-codec.ts';
import { beginCleanUp } from './clean-up.ts';
import { tellStatus } from './dispatcher.ts';
import { cancelJobTimers, moveJob } from './jobs.ts';
import { releaseSlots } from './slots.ts';
import type { JobMaster, Leader, Outcome } from './state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';

/** Until this is durable a new leader goes on from what is stored: it starts from the final checkpoint again, or cancels again. */
export function reconcileResult(step: Step, leader: Leader, job: JobMaster, outcome: Outcome): void {
  if (!isCallDue(step, leader, job.result)) return;
  const value = encodeResult({ jobId: job.jobId, ...outcome, clean: false });
  job.result.request = ask(
    step,
    { kind: 'write-result', epoch: leader.epoch, jobId: job.jobId },
    { kind: 'ha-write', key: resultKey(job.jobId), value, ifRevision: 0, ifEpoch: leader.epoch },
  );
}

/** A conflict under our own epoch means that an earlier try was written: whatever is there is the result. */
export function onResultWritten(step: Step, leader: Leader, job: JobMaster, answered: Answered): void {
  if (!closeCall(job.result, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') return finishJob(step, leader, job, must(job.outcome, 'the outcome of a job'));
  const found = answer.kind === 'ha-conflict' && answer.entry !== null ? decodeResult(answer.entry.value) : null;
  if (found?.ok) return finishJob(step, leader, job, found.value);
  if (step.out.noted) {
    const reason = found === null ? answerReason(answer) : unreadableBytes(found.reason);
    step.out.note({ kind: 'result-write-retried', jobId: job.jobId, epoch: leader.epoch, reason });
  }
  retryCall(step, job.result);
}

function finishJob(step: Step, leader: Leader, job: JobMaster, { status, reason }: Outcome): void {
  moveJob(step, job, status);
  leader.results.set(job.jobId, { status, reason });
  leader.jobs.delete(job.jobId);
  cancelJobTimers(leader, job);
  releaseSlots(step, leader, job, { kind: 'job-over' });
  beginCleanUp(leader, job.jobId);
  for (const client of job.change?.clients ?? []) tellStatus(step, leader, client, job.jobId);
}
