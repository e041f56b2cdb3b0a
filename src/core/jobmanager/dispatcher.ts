// The Dispatcher: a job is durable before it is accepted. A repeated submission is answered, not run twice; one of a job that is over is
// answered with its result. Job ids name keys and folders, so their letters are limited. A savepoint that a job is to start from is looked at before
// the job is stored: what does not fit is refused, and nothing was promised.
import { must } from '../base/assert.ts';
import { sameBytes } from '../base/bytes.ts';
import type { Address } from '../base/machine.ts';
import { createCall, closeCall } from '../base/retry.ts';
import type { Result } from '../base/value.ts';
import { sinksOf, type JobGraph } from '../graph/job-graph.ts';
import { sinkAsWritten, sinkIdentity } from '../graph/sink-identity.ts';
import { validateGraph } from '../graph/validate.ts';
import { jobKey } from '../protocol/ha-keys.ts';
import type { JobRecord, RestoreOrigin } from '../protocol/ha-records.ts';
import type { Submitted } from '../protocol/ids.ts';
import type { MessageOfKind, RestoreSettings } from '../protocol/messages.ts';
import type { IgnoreReason, RefusalReason, RejectReason, StoredReason } from '../protocol/reasons.ts';
import type { JobStatus } from '../protocol/states.ts';
import { encodeJob } from '../protocol/records-codec.ts';
import { readMetadata } from './checkpoints/references.ts';
import { savepointName } from './checkpoints/savepoint-requests.ts';
import { admitJob, createJob, createStore, failureOf, sortJobs, stopOf, wantedOf } from './jobs.ts';
import { retainedId } from './retained-checkpoints.ts';
import { slotsMissing } from './slot-waits.ts';
import { describeMisfit } from './state-assignment.ts';
import { NONE, type JobMaster, type Leader, type Submission } from './state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';

export const SUBMISSIONS_MAX = 64;
/** Clients that wait for one submission; a client repeats it anyway. */
export const CLIENTS_MAX = 64;
/** Begins with a letter or digit: `.` and `..` would be folders of somebody else. */
const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

type AboutSavepoint = 'trigger-savepoint' | 'request-savepoint-status' | 'dispose-savepoint';
type AboutJob =
  | 'take-checkpoint'
  | 'request-checkpoint-status'
  | 'request-job-checkpoints'
  | 'request-job-exceptions'
  | 'request-job-details'
  | 'request-checkpoint-details'
  | 'cancel-job'
  | 'rescale-job'
  | 'request-job-status'
  | 'remove-job';

/** Whether it can be the id of a job, or of a savepoint. */
export function isId(id: string): boolean {
  return JOB_ID.test(id);
}

type AboutTaskManager = 'drain-task-manager' | 'undrain-task-manager' | 'request-drain-status';

/** Only a leader that knows everything stored can tell a new job from an old one. */
export function recoveredLeader(
  step: Step,
  message: MessageOfKind<
    | 'submit-job'
    | 'request-jobs'
    | 'request-cluster-overview'
    | 'stop-job'
    | AboutJob
    | AboutSavepoint
    | AboutTaskManager
  >,
): Leader | null {
  const { leader } = step.state;
  if (leader !== null && leader.recovery.done) return leader;
  step.out.ignore(message, { kind: leader === null ? 'not-leading' : 'not-recovered' });
  return null;
}

/** As before, for a request about a job; whose id is none is refused. */
export function wellNamed(step: Step, message: MessageOfKind<AboutJob>): Leader | null {
  const leader = recoveredLeader(step, message);
  const { jobId } = message.body;
  if (leader === null || JOB_ID.test(jobId)) return leader;
  refuse(step, leader, message.from, jobId, { kind: 'job-id-malformed' });
  return null;
}

export function refuse(step: Step, leader: Leader, client: Address, jobId: string, reason: RefusalReason): void {
  step.out.send(client, 'request-refused', { epoch: leader.epoch, jobId, reason });
}

export function onSubmitJob(step: Step, message: MessageOfKind<'submit-job'>): void {
  const leader = recoveredLeader(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  if (leader.results.has(jobId)) return tellStatus(step, leader, message.from, jobId);
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const known = leader.jobs.get(jobId)?.record ?? leader.submissions.get(jobId)?.record;
  if (known === undefined) return beginSubmission(step, leader, message);
  if (!isSameJob(known, message.body)) return reject(step, leader, message.from, jobId, { kind: 'job-id-taken' });
  if (leader.jobs.has(jobId)) return accept(step, leader, message.from, jobId);
  const { clients } = must(leader.submissions.get(jobId), 'the submission of a job that is known and does not run');
  if (!addClient(clients, message.from)) step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
}

function beginSubmission(step: Step, leader: Leader, message: MessageOfKind<'submit-job'>): void {
  const { jobId } = message.body;
  const refusal = submissionRefusal(leader, message.body);
  if (refusal !== null) return reject(step, leader, message.from, jobId, refusal);
  const origin = originOf(leader, message.body.restore);
  if (!origin.ok) {
    const { reason } = origin;
    return reason.kind === 'savepoint-unreadable' || reason.kind === 'savepoint-not-stored'
      ? step.out.ignore(message, reason)
      : reject(step, leader, message.from, jobId, reason);
  }
  if (leader.submissions.size >= SUBMISSIONS_MAX)
    return step.out.ignore(message, { kind: 'submissions-full', max: SUBMISSIONS_MAX });
  const restore = origin.value;
  const record = recordOf({ ...message.body, restore }, nextPlace(step, leader));
  leader.submissions.set(jobId, { record, fits: restore === null, clients: [message.from], call: createCall() });
}

type Submitting = MessageOfKind<'submit-job'>['body'];

function recordOf(
  { jobId, graph, artifact, restore }: Pick<JobRecord, 'jobId' | 'graph' | 'artifact' | 'restore'>,
  submitted: Submitted,
): JobRecord {
  return { jobId, submitted, graph, artifact, wanted: { kind: 'RUNNING' }, parallelism: [], restore };
}

/** The client asks again: it may be known then. */
type NotYet = Extract<IgnoreReason, { readonly kind: 'savepoint-unreadable' | 'savepoint-not-stored' }>;

/** The savepoint that a job is to start from, as it is stored. */
function originOf(
  leader: Leader,
  settings: RestoreSettings | null,
): Result<RestoreOrigin | null, RejectReason | NotYet> {
  if (settings === null) return { ok: true, value: null };
  const { jobId: of, savepointId } = settings;
  const name = savepointName(of, savepointId);
  if (leader.recovery.unreadableSavepoints.has(name))
    return { ok: false, reason: { kind: 'savepoint-unreadable', savepointId } };
  const savepoint = leader.savepoints.get(name);
  if (savepoint?.stage === 'STORING') return { ok: false, reason: { kind: 'savepoint-not-stored', savepointId } };
  if (savepoint?.stage !== 'DURABLE') return { ok: false, reason: { kind: 'no-such-savepoint', of, savepointId } };
  const { checkpointId, metadata } = savepoint.record;
  return { ok: true, value: { ...settings, checkpointId, metadata } };
}

function nextPlace(step: Step, leader: Leader): Submitted {
  leader.submitted += 1;
  return { epoch: leader.epoch, number: leader.submitted, at: step.wallTime };
}

function submissionRefusal(leader: Leader, given: Submitting): RejectReason | null {
  if (!JOB_ID.test(given.jobId)) return { kind: 'job-id-malformed' };
  const graph = validateGraph(given.graph);
  return graph.ok ? takenSink(leader, given.graph) : { kind: 'graph-invalid', text: graph.reason };
}

/** Two jobs at a time on one sink would write over each other: the one that was there first keeps it until its result is durable. */
function takenSink({ jobs, submissions }: Leader, graph: JobGraph): RejectReason | null {
  const wanted = sinksOf(graph).map((sink) => sinkIdentity(sink));
  for (const all of [jobs, submissions])
    for (const { record } of all.values()) {
      const taken = firstSinkOf(record.graph, wanted);
      if (taken !== null) return { kind: 'sink-taken', sink: sinkAsWritten(taken), by: record.jobId };
    }
  return null;
}

/** The first one of a job that is among these: asked of every job at each submission, so that it makes no list. */
function firstSinkOf({ operators }: JobGraph, identities: readonly string[]): string | null {
  for (const operator of operators)
    if (operator.kind === 'sink' && identities.includes(sinkIdentity(operator.sink))) return operator.sink;
  return null;
}

/** Whatever is wanted of it meanwhile, and whenever it came. */
function isSameJob(known: JobRecord, given: Submitting): boolean {
  if ((known.restore === null) !== (given.restore === null)) return false;
  const restore = known.restore === null ? null : { ...known.restore, ...given.restore };
  return sameBytes(
    encodeJob(recordOf(known, known.submitted)),
    encodeJob(recordOf({ ...given, restore }, known.submitted)),
  );
}

/** Whether the client will hear of it. */
export function addClient(clients: Address[], client: Address): boolean {
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

export function reconcileSubmission(step: Step, leader: Leader, { record, fits, call }: Submission): void {
  if (!isCallDue(step, leader, call)) return;
  if (!fits) {
    const { metadata } = must(record.restore, 'the savepoint that a submission waits for');
    const purpose = { kind: 'check-savepoint', epoch: leader.epoch, jobId: record.jobId } as const;
    call.request = ask(step, purpose, { kind: 'storage-get', name: metadata.name });
    return;
  }
  call.request = ask(
    step,
    { kind: 'write-job', epoch: leader.epoch, jobId: record.jobId },
    { kind: 'ha-write', key: jobKey(record.jobId), value: encodeJob(record), ifRevision: 0, ifEpoch: leader.epoch },
  );
}

/** What is not there, or not whole, is no savepoint to start from. A storage that does not answer is asked again. */
export function onSavepointChecked(step: Step, leader: Leader, jobId: string, answered: Answered): void {
  const submission = leader.submissions.get(jobId);
  if (submission === undefined || !closeCall(submission.call, answered)) return;
  const origin = must(submission.record.restore, 'the savepoint that a submission waits for');
  const { answer } = answered;
  if (answer.kind !== 'loaded' && answer.kind !== 'not-found') {
    if (step.out.noted)
      step.out.note({ kind: 'savepoint-check-retried', jobId, epoch: leader.epoch, reason: answerReason(answer) });
    return retryCall(step, submission.call);
  }
  const read = answer.kind === 'loaded' ? readMetadata(origin.jobId, origin, answer.bytes) : missing(origin);
  const reason = read.ok
    ? describeMisfit(read.value, submission.record.graph, origin.allowNonRestoredState)
    : read.reason;
  if (reason === null) submission.fits = true;
  else {
    const { savepointId } = origin;
    refuseSubmission(step, leader, submission, { kind: 'savepoint-misfit', savepointId, reason });
  }
}

function missing({ metadata }: RestoreOrigin): { readonly ok: false; readonly reason: StoredReason } {
  return { ok: false, reason: { kind: 'file-missing', name: metadata.name } };
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
  const counter = { last: leader.removed.checkpointId, revision: NONE };
  const job = createJob({ record, revision }, createStore([], NONE), counter, firstAttempt(leader, record));
  if (step.out.noted) step.out.note({ kind: 'job-stored', jobId: record.jobId, epoch: leader.epoch });
  admitJob(step, leader, job);
  sortJobs(leader);
  for (const client of clients) accept(step, leader, client, record.jobId);
}

/**
 * Above all of a removed job, which may have had this id. Whoever starts from a savepoint is above all that ended under this leader: one of them may have
 * opened the very writers that it takes over.
 */
function firstAttempt({ removed, results }: Leader, { restore }: JobRecord): number {
  let last = removed.attempt;
  if (restore !== null) for (const { lastAttempt } of results.values()) last = Math.max(last, lastAttempt);
  return last + 1;
}

function refuseSubmission(step: Step, leader: Leader, { record, clients }: Submission, reason: RejectReason): void {
  leader.submissions.delete(record.jobId);
  for (const client of clients) reject(step, leader, client, record.jobId, reason);
}

/** Repeated for as long as it is not answered. A job that is not stored yet cannot be changed, one that is over is told as that. */
export function onCancelJob(step: Step, message: MessageOfKind<'cancel-job'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  if (leader.submissions.has(jobId)) return step.out.ignore(message, { kind: 'job-not-stored', jobId });
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const job = leader.jobs.get(jobId);
  if (job === undefined || job.outcome !== null || job.record.wanted.kind === 'CANCELED')
    return tellStatus(step, leader, message.from, jobId);
  if (job.change !== null && wantedOf(job).kind !== 'CANCELED')
    return step.out.ignore(message, { kind: 'job-being-changed', jobId });
  want(step, job, { wanted: { kind: 'CANCELED' } }, message);
}

/** Whoever asks for it is told of the job's status once the wish is durable. */
export function want(
  step: Step,
  job: JobMaster,
  wanted: Partial<Pick<JobRecord, 'wanted' | 'parallelism'>>,
  message: MessageOfKind<'cancel-job' | 'stop-job' | 'rescale-job'>,
): void {
  job.change ??= { record: { ...job.record, ...wanted }, clients: [], call: createCall() };
  if (!addClient(job.change.clients, message.from))
    step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
}

export function onRequestJobStatus(step: Step, message: MessageOfKind<'request-job-status'>): void {
  const leader = wellNamed(step, message);
  if (leader !== null) tellStatus(step, leader, message.from, message.body.jobId);
}

export function tellStatus(step: Step, leader: Leader, client: Address, jobId: string): void {
  step.out.send(client, 'job-status', { epoch: leader.epoch, jobId, ...statusOf(leader, jobId) });
}

/** From the moment that the wish is durable. */
export function shownStatus({ record, outcome, status }: JobMaster): JobStatus {
  return record.wanted.kind === 'CANCELED' && outcome === null ? 'CANCELLING' : status;
}

/** What is durable: a job whose result is not written yet still runs. */
export function statusOf(leader: Leader, jobId: string): Omit<MessageOfKind<'job-status'>['body'], 'epoch' | 'jobId'> {
  const result = leader.results.get(jobId);
  if (result !== undefined) {
    const { status, reason, savepointId, retained } = result;
    return { status, reason, savepointId, retainedCheckpoint: retained === null ? null : retainedId(retained) };
  }
  const unreadable = leader.recovery.unreadable.get(jobId);
  if (unreadable !== undefined) return { ...NOTHING_KEPT, status: 'INITIALIZING', reason: unreadable };
  const job = leader.jobs.get(jobId);
  if (job !== undefined) {
    const reason = job.fatal ?? slotsMissing(leader, job) ?? job.restore.stopped ?? failureOf(job); // what it waits for, before what it restarts from
    return { ...NOTHING_KEPT, status: shownStatus(job), reason, savepointId: stopOf(job)?.savepointId ?? null };
  }
  return { ...NOTHING_KEPT, status: leader.submissions.has(jobId) ? 'INITIALIZING' : 'UNKNOWN', reason: null };
}

const NOTHING_KEPT = { savepointId: null, retainedCheckpoint: null } as const;
