// The Dispatcher: a job is durable before it is accepted. A repeated submission is answered, not run twice; one of a job that is over is
// answered with its result. Job ids name keys and folders, so their letters are limited.
import { sameBytes } from '../base/bytes.ts';
import type { Address } from '../base/machine.ts';
import { createCall, closeCall } from '../base/retry.ts';
import { validateGraph } from '../graph/validate.ts';
import { jobKey } from '../protocol/ha-keys.ts';
import type { JobRecord } from '../protocol/ha-records.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { RejectReason } from '../protocol/reasons.ts';
import { encodeJob } from '../protocol/records-codec.ts';
import { createJob, createStore, failureOf } from './jobs.ts';
import { NONE, type Leader, type Submission } from './state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';

export const SUBMISSIONS_MAX = 64;
/** Clients that wait for one submission; a client repeats it anyway. */
export const CLIENTS_MAX = 64;
/** Begins with a letter or digit: `.` and `..` would be folders of somebody else. */
const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Only a leader that knows everything stored can tell a new job from an old one. */
function recoveredLeader(step: Step, message: MessageOfKind<'submit-job' | 'request-job-status'>): Leader | null {
  const { leader } = step.state;
  if (leader !== null && leader.recovery.done) return leader;
  step.out.ignore(message, { kind: leader === null ? 'not-leading' : 'not-recovered' });
  return null;
}

export function onSubmitJob(step: Step, message: MessageOfKind<'submit-job'>): void {
  const leader = recoveredLeader(step, message);
  if (leader === null) return;
  const { jobId, graph, artifact } = message.body;
  const record: JobRecord = { jobId, graph, artifact };
  if (leader.results.has(jobId)) return tellStatus(step, leader, message.from, jobId);
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const known = leader.jobs.get(jobId)?.record ?? leader.submissions.get(jobId)?.record;
  if (known === undefined) return beginSubmission(step, leader, message, record);
  if (!isSameJob(known, record)) return reject(step, leader, message.from, jobId, { kind: 'job-id-taken' });
  if (leader.jobs.has(jobId)) return accept(step, leader, message.from, jobId);
  addClient(leader.submissions.get(jobId), message.from);
}

function beginSubmission(step: Step, leader: Leader, message: MessageOfKind<'submit-job'>, record: JobRecord): void {
  const refusal = submissionRefusal(record);
  if (refusal !== null) return reject(step, leader, message.from, record.jobId, refusal);
  if (leader.submissions.size >= SUBMISSIONS_MAX)
    return step.out.ignore(message, { kind: 'submissions-full', max: SUBMISSIONS_MAX });
  leader.submissions.set(record.jobId, { record, clients: [message.from], call: createCall() });
}

function submissionRefusal(record: JobRecord): RejectReason | null {
  if (!JOB_ID.test(record.jobId)) return { kind: 'job-id-malformed' };
  const graph = validateGraph(record.graph);
  return graph.ok ? null : { kind: 'graph-invalid', text: graph.reason };
}

function isSameJob(a: JobRecord, b: JobRecord): boolean {
  return sameBytes(encodeJob(a), encodeJob(b));
}

function addClient(submission: Submission | undefined, client: Address): void {
  if (submission === undefined || submission.clients.includes(client) || submission.clients.length >= CLIENTS_MAX)
    return;
  submission.clients.push(client);
}

function accept(step: Step, leader: Leader, client: Address, jobId: string): void {
  step.out.send(client, 'job-accepted', { epoch: leader.epoch, jobId });
}

function reject(step: Step, leader: Leader, client: Address, jobId: string, reason: RejectReason): void {
  step.out.send(client, 'job-rejected', { epoch: leader.epoch, jobId, reason });
}

export function reconcileSubmission(step: Step, leader: Leader, { record, call }: Submission): void {
  if (!isCallDue(step, leader, call)) return;
  call.request = ask(
    step,
    { kind: 'write-job', epoch: leader.epoch, jobId: record.jobId },
    { kind: 'ha-write', key: jobKey(record.jobId), value: encodeJob(record), ifRevision: 0, ifEpoch: leader.epoch },
  );
}

/** After an unknown outcome the write is repeated: it then finds what an earlier try left. */
export function onJobWritten(step: Step, leader: Leader, jobId: string, answered: Answered): void {
  const submission = leader.submissions.get(jobId);
  if (submission === undefined || !closeCall(submission.call, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') return beginJob(step, leader, submission);
  if (answer.kind === 'ha-conflict' && answer.entry !== null) {
    if (sameBytes(answer.entry.value, encodeJob(submission.record))) return beginJob(step, leader, submission);
    return refuseSubmission(step, leader, submission, { kind: 'job-id-taken' });
  }
  if (step.out.noted) {
    const { epoch } = leader;
    step.out.note({ kind: 'job-write-retried', jobId, epoch, reason: answerReason(answer) });
  }
  retryCall(step, submission.call);
}

function beginJob(step: Step, leader: Leader, { record, clients }: Submission): void {
  leader.submissions.delete(record.jobId);
  leader.jobs.set(record.jobId, createJob(record, createStore([], NONE), { last: NONE, revision: NONE }));
  if (step.out.noted) step.out.note({ kind: 'job-stored', jobId: record.jobId, epoch: leader.epoch });
  for (const client of clients) accept(step, leader, client, record.jobId);
}

function refuseSubmission(step: Step, leader: Leader, { record, clients }: Submission, reason: RejectReason): void {
  leader.submissions.delete(record.jobId);
  for (const client of clients) reject(step, leader, client, record.jobId, reason);
}

export function onRequestJobStatus(step: Step, message: MessageOfKind<'request-job-status'>): void {
  const leader = recoveredLeader(step, message);
  if (leader !== null) tellStatus(step, leader, message.from, message.body.jobId);
}

function tellStatus(step: Step, leader: Leader, client: Address, jobId: string): void {
  step.out.send(client, 'job-status', { epoch: leader.epoch, jobId, ...statusOf(leader, jobId) });
}

/** What is durable: a job whose result is not written yet still runs. */
function statusOf(leader: Leader, jobId: string): Pick<MessageOfKind<'job-status'>['body'], 'status' | 'reason'> {
  const result = leader.results.get(jobId);
  if (result !== undefined) return { status: result.status, reason: result.reason };
  const unreadable = leader.recovery.unreadable.get(jobId);
  if (unreadable !== undefined) return { status: 'INITIALIZING', reason: unreadable };
  const job = leader.jobs.get(jobId);
  if (job !== undefined) return { status: job.status, reason: failureOf(job) };
  return { status: leader.submissions.has(jobId) ? 'INITIALIZING' : 'UNKNOWN', reason: null };
}
