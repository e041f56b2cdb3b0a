// The Dispatcher: a job is durable before it is accepted. A repeated submission is answered, not run twice; one of a job that is over is
// answered with its result. Job ids name keys and folders, so their letters are limited.
import { must } from '../base/assert.ts';
import { sameBytes } from '../base/bytes.ts';
import type { Address } from '../base/machine.ts';
import { createCall, closeCall } from '../base/retry.ts';
import { validateGraph } from '../graph/validate.ts';
import { jobKey } from '../protocol/ha-keys.ts';
import type { JobRecord } from '../protocol/ha-records.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { RejectReason } from '../protocol/reasons.ts';
import type { JobStatus } from '../protocol/states.ts';
import { encodeJob } from '../protocol/records-codec.ts';
import { createJob, createStore, failureOf } from './jobs.ts';
import { NONE, type JobMaster, type Leader, type Submission } from './state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';

export const SUBMISSIONS_MAX = 64;
/** Clients that wait for one submission; a client repeats it anyway. */
export const CLIENTS_MAX = 64;
/** Begins with a letter or digit: `.` and `..` would be folders of somebody else. */
const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Only a leader that knows everything stored can tell a new job from an old one. */
function recoveredLeader(
  step: Step,
  message: MessageOfKind<'submit-job' | 'cancel-job' | 'request-job-status'>,
): Leader | null {
  const { leader } = step.state;
  if (leader !== null && leader.recovery.done) return leader;
  step.out.ignore(message, { kind: leader === null ? 'not-leading' : 'not-recovered' });
  return null;
}

export function onSubmitJob(step: Step, message: MessageOfKind<'submit-job'>): void {
  const leader = recoveredLeader(step, message);
  if (leader === null) return;
  const { jobId, graph, artifact } = message.body;
  const record: JobRecord = { jobId, graph, artifact, wanted: 'RUNNING' };
  if (leader.results.has(jobId)) return tellStatus(step, leader, message.from, jobId);
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const known = leader.jobs.get(jobId)?.record ?? leader.submissions.get(jobId)?.record;
  if (known === undefined) return beginSubmission(step, leader, message, record);
  if (!isSameJob(known, record)) return reject(step, leader, message.from, jobId, { kind: 'job-id-taken' });
  if (leader.jobs.has(jobId)) return accept(step, leader, message.from, jobId);
  const { clients } = must(leader.submissions.get(jobId), 'the submission of a job that is known and does not run');
  if (!addClient(clients, message.from)) step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
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

/** Whatever is wanted of it meanwhile. */
function isSameJob(a: JobRecord, b: JobRecord): boolean {
  return sameBytes(encodeJob({ ...a, wanted: 'RUNNING' }), encodeJob({ ...b, wanted: 'RUNNING' }));
}

/** Whether the client will hear of it. */
function addClient(clients: Address[], client: Address): boolean {
  if (clients.includes(client)) return true;
  if (clients.length >= CLIENTS_MAX) return false;
  clients.push(client);
  return true;
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
  if (answer.kind === 'ha-written') return beginJob(step, leader, submission, answer.revision);
  if (answer.kind === 'ha-conflict' && answer.entry !== null) {
    const { value, revision } = answer.entry;
    if (sameBytes(value, encodeJob(submission.record))) return beginJob(step, leader, submission, revision);
    return refuseSubmission(step, leader, submission, { kind: 'job-id-taken' });
  }
  if (step.out.noted) {
    const { epoch } = leader;
    step.out.note({ kind: 'job-write-retried', jobId, epoch, reason: answerReason(answer) });
  }
  retryCall(step, submission.call);
}

function beginJob(step: Step, leader: Leader, { record, clients }: Submission, revision: number): void {
  leader.submissions.delete(record.jobId);
  const counter = { last: NONE, revision: NONE };
  leader.jobs.set(record.jobId, createJob({ record, revision }, createStore([], NONE), counter));
  if (step.out.noted) step.out.note({ kind: 'job-stored', jobId: record.jobId, epoch: leader.epoch });
  for (const client of clients) accept(step, leader, client, record.jobId);
}

function refuseSubmission(step: Step, leader: Leader, { record, clients }: Submission, reason: RejectReason): void {
  leader.submissions.delete(record.jobId);
  for (const client of clients) reject(step, leader, client, record.jobId, reason);
}

/** Repeated for as long as it is not answered. A job that is not stored yet cannot be changed, one that is over is told as that. */
export function onCancelJob(step: Step, message: MessageOfKind<'cancel-job'>): void {
  const leader = recoveredLeader(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  if (leader.submissions.has(jobId)) return step.out.ignore(message, { kind: 'job-not-stored', jobId });
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const job = leader.jobs.get(jobId);
  if (job === undefined || job.outcome !== null || job.record.wanted === 'CANCELED')
    return tellStatus(step, leader, message.from, jobId);
  job.change ??= { record: { ...job.record, wanted: 'CANCELED' }, clients: [], call: createCall() };
  if (!addClient(job.change.clients, message.from))
    step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
}

export function onRequestJobStatus(step: Step, message: MessageOfKind<'request-job-status'>): void {
  const leader = recoveredLeader(step, message);
  if (leader !== null) tellStatus(step, leader, message.from, message.body.jobId);
}

export function tellStatus(step: Step, leader: Leader, client: Address, jobId: string): void {
  step.out.send(client, 'job-status', { epoch: leader.epoch, jobId, ...statusOf(leader, jobId) });
}

/** From the moment that the wish is durable. */
function shownStatus({ record, outcome, status }: JobMaster): JobStatus {
  return record.wanted === 'CANCELED' && outcome === null ? 'CANCELLING' : status;
}

/** What is durable: a job whose result is not written yet still runs. */
function statusOf(leader: Leader, jobId: string): Pick<MessageOfKind<'job-status'>['body'], 'status' | 'reason'> {
  const result = leader.results.get(jobId);
  if (result !== undefined) return { status: result.status, reason: result.reason };
  const unreadable = leader.recovery.unreadable.get(jobId);
  if (unreadable !== undefined) return { status: 'INITIALIZING', reason: unreadable };
  const job = leader.jobs.get(jobId);
  if (job !== undefined) return { status: shownStatus(job), reason: failureOf(job) };
  return { status: leader.submissions.has(jobId) ? 'INITIALIZING' : 'UNKNOWN', reason: null };
}
