// The end of a job: its result is durable before anybody hears of it, and begins as dirty, which is the order to clean up.
import { must } from '../base/assert.ts';
import { closeCall } from '../base/retry.ts';
import { resultKey } from '../protocol/ha-keys.ts';
import { unreadableBytes } from '../protocol/reasons.ts';
import { decodeResult, encodeResult } from '../protocol/records-codec.ts';
import type { ResultRecord } from '../protocol/ha-records.ts';
import { beginCleanUp } from './clean-up.ts';
import { tellStatus } from './dispatcher.ts';
import { archiveOf, dropArchives, endedGraphOf } from './job-details.ts';
import { cancelJobTimers, moveJob } from './jobs.ts';
import { keptUntil, endTime, pastJob, sortPastJobs } from './past-jobs.ts';
import { releaseSlots } from './slots.ts';
import type { JobMaster, Leader, Outcome } from './state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';

/** Until this is durable a new leader goes on from what is stored: it starts from the final checkpoint again, or cancels again. */
export function reconcileResult(step: Step, leader: Leader, job: JobMaster, outcome: Outcome): void {
  if (!isCallDue(step, leader, job.result)) return;
  if (job.endedAt === 0) job.endedAt = endTime(step, leader);
  const value = encodeResult({ ...resultOf(job, outcome), clean: false });
  job.result.request = ask(
    step,
    { kind: 'write-result', epoch: leader.epoch, jobId: job.jobId },
    { kind: 'ha-write', key: resultKey(job.jobId), value, ifRevision: 0, ifEpoch: leader.epoch },
  );
}

function resultOf(job: JobMaster, { status, reason, savepointId, retained }: Outcome): Omit<ResultRecord, 'clean'> {
  const { jobId, record, endedAt, exceptions } = job;
  const { submitted } = record;
  return { jobId, submitted, endedAt, status, reason, savepointId, retained, exceptions, graph: endedGraphOf(job) };
}

/** A conflict under our own epoch means that an earlier try was written: whatever is there is the result. */
export function onResultWritten(step: Step, leader: Leader, job: JobMaster, answered: Answered): void {
  if (!closeCall(job.result, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') {
    const result = resultOf(job, must(job.outcome, 'the outcome of a job'));
    return finishJob(step, leader, job, result, answer.revision);
  }
  const entry = answer.kind === 'ha-conflict' ? answer.entry : null;
  const found = entry === null ? null : decodeResult(entry.value);
  if (entry !== null && found?.ok === true) return finishJob(step, leader, job, found.value, entry.revision);
  if (step.out.noted) {
    const reason = found === null || found.ok ? answerReason(answer) : unreadableBytes(found.reason);
    step.out.note({ kind: 'result-write-retried', jobId: job.jobId, epoch: leader.epoch, reason });
  }
  retryCall(step, job.result);
}

function finishJob(
  step: Step,
  leader: Leader,
  job: JobMaster,
  result: Omit<ResultRecord, 'clean'>,
  revision: number,
): void {
  moveJob(step, job, result.status);
  // The sinks of a job that did not finish by itself were closed above its last attempt.
  const archive = archiveOf(leader, job, result);
  const last = { lastAttempt: job.attempt + 1, lastCheckpointId: job.coordinator.lastCheckpointId, archive };
  leader.results.set(job.jobId, pastJob(result, { revision, keptUntil: keptUntil(step) }, last));
  sortPastJobs(leader);
  dropArchives(leader);
  leader.jobs.delete(job.jobId);
  cancelJobTimers(leader, job);
  releaseSlots(step, leader, job, { kind: 'job-over' });
  beginCleanUp(leader, job.jobId);
  for (const client of job.change?.clients ?? []) tellStatus(step, leader, client, job.jobId);
}
