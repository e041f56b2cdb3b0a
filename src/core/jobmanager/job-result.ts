// The end of a job: its result is durable before anybody hears of it, and begins as dirty, which is the order to clean up.
import { closeCall } from '../base/retry.ts';
import { resultKey } from '../protocol/ha-keys.ts';
import type { ResultRecord } from '../protocol/ha-records.ts';
import { unreadableBytes } from '../protocol/reasons.ts';
import { decodeResult, encodeResult } from '../protocol/records-codec.ts';
import { beginCleanUp } from './clean-up.ts';
import { cancelJobTimers, moveJob } from './jobs.ts';
import { releaseSlots } from './slots.ts';
import type { JobMaster, Leader } from './state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';

/** All executions are FINISHED. Until this is durable a new leader would start from the final checkpoint again. */
export function reconcileResult(step: Step, leader: Leader, job: JobMaster): void {
  if (!isCallDue(step, leader, job.result)) return;
  const value = encodeResult({ jobId: job.jobId, status: 'FINISHED', reason: null, clean: false });
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
  if (answer.kind === 'ha-written')
    return finishJob(step, leader, job, { jobId: job.jobId, status: 'FINISHED', reason: null, clean: false });
  const found = answer.kind === 'ha-conflict' && answer.entry !== null ? decodeResult(answer.entry.value) : null;
  if (found?.ok) return finishJob(step, leader, job, found.value);
  if (step.out.noted) {
    const reason = found === null ? answerReason(answer) : unreadableBytes(found.reason);
    step.out.note({ kind: 'result-write-retried', jobId: job.jobId, epoch: leader.epoch, reason });
  }
  retryCall(step, job.result);
}

function finishJob(step: Step, leader: Leader, job: JobMaster, { status, reason }: ResultRecord): void {
  moveJob(step, job, 'FINISHED');
  leader.results.set(job.jobId, { status, reason });
  leader.jobs.delete(job.jobId);
  cancelJobTimers(leader, job);
  releaseSlots(step, leader, job, { kind: 'job-over' });
  beginCleanUp(leader, job.jobId);
}
