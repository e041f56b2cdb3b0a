// The wanted state of a job: data in its HA record, written before anybody is told of it, so that whoever leads goes on towards it.
import { sameBytes } from '../base/bytes.ts';
import { closeCall } from '../base/retry.ts';
import { deepFreeze } from '../base/state.ts';
import { jobKey } from '../protocol/ha-keys.ts';
import type { JobRecord } from '../protocol/ha-records.ts';
import { decodeJob, encodeJob } from '../protocol/records-codec.ts';
import { tellStatus } from './dispatcher.ts';
import type { Change, JobMaster, Leader } from './state.ts';
import { answerReason, ask, isCallDue, retryCall, type Answered, type Step } from './step.ts';

export function reconcileChange(step: Step, leader: Leader, job: JobMaster): void {
  const { change, jobId } = job;
  if (change === null || !isCallDue(step, leader, change.call)) return;
  change.call.request = ask(
    step,
    { kind: 'change-job', epoch: leader.epoch, jobId },
    {
      kind: 'ha-write',
      key: jobKey(jobId),
      value: encodeJob(change.record),
      ifRevision: job.recordRevision,
      ifEpoch: leader.epoch,
    },
  );
}

/** A conflict under our own epoch shows what an earlier try of the write left. */
export function onChangeWritten(step: Step, leader: Leader, job: JobMaster, answered: Answered): void {
  const { change } = job;
  if (change === null || !closeCall(change.call, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') return settleChange(step, leader, job, change, answer.revision);
  if (answer.kind === 'ha-conflict' && answer.entry !== null) {
    const { value, revision } = answer.entry;
    if (sameBytes(value, encodeJob(change.record))) return settleChange(step, leader, job, change, revision);
    const found = decodeJob(value);
    if (found.ok) setRecord(job, found.value, revision);
  }
  if (step.out.noted) {
    const { jobId } = job;
    step.out.note({ kind: 'job-write-retried', jobId, epoch: leader.epoch, reason: answerReason(answer) });
  }
  retryCall(step, change.call);
}

function setRecord(job: JobMaster, record: JobRecord, revision: number): void {
  job.record = deepFreeze(record);
  job.recordRevision = revision;
}

function settleChange(step: Step, leader: Leader, job: JobMaster, { record, clients }: Change, revision: number): void {
  setRecord(job, record, revision);
  job.change = null;
  if (step.out.noted) {
    step.out.note({ kind: 'job-wanted', jobId: job.jobId, epoch: leader.epoch, wanted: record.wanted });
  }
  for (const client of clients) tellStatus(step, leader, client, job.jobId);
}
