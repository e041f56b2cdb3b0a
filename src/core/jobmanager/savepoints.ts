// What clients ask of savepoints: to take one of a job that runs, how it stands, to dispose it. Each request may be repeated.
import type { WantedState } from '../protocol/ha-records.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/reasons.ts';
import type { SavepointStatus } from '../protocol/states.ts';
import { requestIn, savepointName, SAVEPOINT_REQUESTS_MAX } from './checkpoints/savepoint-requests.ts';
import { addClient, CLIENTS_MAX, isId, recoveredLeader, refuse, statusOf } from './dispatcher.ts';
import { isAllRunning, stopOf, wantedOf } from './jobs.ts';
import { isBeingKept, isRetainedId } from './retained-checkpoints.ts';
import { userOf } from './savepoint-use.ts';
import { moveSavepoint, type Savepoint, type SavepointRequest } from './savepoint-state.ts';
import { NONE, type JobMaster, type Leader } from './state.ts';
import type { Step } from './step.ts';

/** Savepoints of all jobs that are kept: all of them are in the memory of the leader. */
export const SAVEPOINTS_MAX = 1_000;

type AboutSavepoint = MessageOfKind<'trigger-savepoint' | 'request-savepoint-status' | 'dispose-savepoint'>;
type Ids = Pick<AboutSavepoint['body'], 'jobId' | 'savepointId'>;

/** The leader, if it knows all that is stored and the request is about what can be. */
export function admit(step: Step, message: AboutSavepoint | MessageOfKind<'stop-job'>): Leader | null {
  const leader = recoveredLeader(step, message);
  if (leader === null) return null;
  const { jobId, savepointId } = message.body;
  if (!isId(jobId)) refuse(step, leader, message.from, jobId, { kind: 'job-id-malformed' });
  else if (!isId(savepointId)) refuse(step, leader, message.from, jobId, { kind: 'savepoint-id-malformed' });
  else if (leader.recovery.unreadableSavepoints.has(savepointName(jobId, savepointId)))
    step.out.ignore(message, { kind: 'savepoint-unreadable', savepointId });
  else return leader;
  return null;
}

function savepointOf(leader: Leader, { jobId, savepointId }: Ids): Savepoint | undefined {
  return leader.savepoints.get(savepointName(jobId, savepointId));
}

function requestOf(leader: Leader, { jobId, savepointId }: Ids): SavepointRequest | undefined {
  const job = leader.jobs.get(jobId);
  return job === undefined ? undefined : requestIn(job.coordinator, savepointId, true);
}

/** It is there, on its way, or not gone yet. */
export function isSavepointKnown(leader: Leader, ids: Ids): boolean {
  return (savepointOf(leader, ids) ?? requestOf(leader, ids)) !== undefined;
}

/** Whoever asks for one that is on its way, or there, is told of that one. */
export function onTriggerSavepoint(step: Step, message: MessageOfKind<'trigger-savepoint'>): void {
  const leader = admit(step, message);
  if (leader === null) return;
  const { jobId, savepointId } = message.body;
  const savepoint = savepointOf(leader, message.body);
  const known = savepoint ?? requestOf(leader, message.body);
  if (savepoint?.stage === 'DURABLE') return tellSavepoint(step, leader, message.from, message.body);
  if (savepoint !== undefined && savepoint.stage !== 'STORING')
    return step.out.ignore(message, { kind: 'savepoint-disposed', savepointId });
  if (known !== undefined) return awaitBy(step, message, known.clients);
  if (leader.submissions.has(jobId)) return step.out.ignore(message, { kind: 'job-not-stored', jobId });
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  beginSavepoint(step, leader, message);
}

function beginSavepoint(step: Step, leader: Leader, message: MessageOfKind<'trigger-savepoint'>): void {
  const { jobId, savepointId } = message.body;
  if (isRetainedId(savepointId)) return refuse(step, leader, message.from, jobId, { kind: 'savepoint-id-taken' });
  if (leader.savepoints.size >= SAVEPOINTS_MAX)
    return step.out.ignore(message, { kind: 'savepoints-full', max: SAVEPOINTS_MAX });
  queueRequest(step, leader, message, { savepointId, isKept: true });
}

/** Behind what clients asked for before, if the job can take part in it. */
export function queueRequest(
  step: Step,
  leader: Leader,
  message: MessageOfKind<'trigger-savepoint' | 'take-checkpoint'>,
  wish: Pick<SavepointRequest, 'savepointId' | 'isKept'>,
): void {
  const { from, body } = message;
  const job = leader.jobs.get(body.jobId);
  const wanted = job === undefined ? null : wantedOf(job);
  if (wanted?.kind === 'STOPPED') return refuse(step, leader, from, body.jobId, stopWanted(wanted));
  if (job === undefined || !isToBeTaken(job)) {
    const { status } = statusOf(leader, body.jobId);
    return refuse(step, leader, from, body.jobId, { kind: 'tasks-not-running', status });
  }
  const { savepoints } = job.coordinator;
  if (savepoints.length >= SAVEPOINT_REQUESTS_MAX)
    return step.out.ignore(message, { kind: 'savepoints-full', max: SAVEPOINT_REQUESTS_MAX });
  savepoints.push({ ...wish, checkpointId: NONE, clients: [from] });
}

/** Its tasks run, and will take part in another checkpoint. */
function isToBeTaken(job: JobMaster): boolean {
  return job.status === 'RUNNING' && isAllRunning(job) && job.coordinator.finalCheckpointId === NONE;
}

function awaitBy(step: Step, message: AboutSavepoint, clients: Savepoint['clients']): void {
  if (!addClient(clients, message.from)) step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
}

export function onRequestSavepointStatus(step: Step, message: MessageOfKind<'request-savepoint-status'>): void {
  const leader = admit(step, message);
  if (leader !== null) tellSavepoint(step, leader, message.from, message.body);
}

/** A savepoint that is not known was disposed, or never was. */
export function onDisposeSavepoint(step: Step, message: MessageOfKind<'dispose-savepoint'>): void {
  const leader = admit(step, message);
  if (leader === null) return;
  const savepoint = savepointOf(leader, message.body);
  if (isInProgress(leader, message.body))
    return refuse(step, leader, message.from, message.body.jobId, { kind: 'savepoint-in-progress' });
  if (savepoint !== undefined && isBeingKept(leader, savepoint))
    return step.out.ignore(message, { kind: 'job-not-cleaned-up', jobId: message.body.jobId });
  const user = savepoint === undefined ? null : userOf(leader, savepoint);
  if (user !== null)
    return refuse(step, leader, message.from, message.body.jobId, { kind: 'savepoint-in-use', by: user });
  if (savepoint?.stage === 'DURABLE') moveSavepoint(savepoint, 'MARKING');
  if (savepoint?.stage === 'MARKING') return awaitBy(step, message, savepoint.clients);
  tellSavepoint(step, leader, message.from, message.body);
}

/** While a job is being stopped, its savepoint is not done, and nobody takes it away. */
function isInProgress(leader: Leader, ids: Ids): boolean {
  const job = leader.jobs.get(ids.jobId);
  if (job !== undefined && stopOf(job)?.savepointId === ids.savepointId) return true;
  return savepointOf(leader, ids)?.stage === 'STORING' || requestOf(leader, ids) !== undefined;
}

export function stopWanted({ savepointId, drain }: Extract<WantedState, { kind: 'STOPPED' }>): RefusalReason {
  return { kind: 'stop-wanted', savepointId, drain };
}

export function tellSavepoint(step: Step, leader: Leader, client: string, { jobId, savepointId }: Ids): void {
  const savepoint = savepointOf(leader, { jobId, savepointId });
  const status = statusOfSavepoint(leader, { jobId, savepointId });
  const metadata = status === 'COMPLETED' && savepoint !== undefined ? savepoint.record.metadata : null;
  step.out.send(client, 'savepoint-status', { epoch: leader.epoch, jobId, savepointId, status, metadata });
}

/** COMPLETED: it is durable, and no disposal of it is. */
function statusOfSavepoint(leader: Leader, ids: Ids): SavepointStatus {
  const savepoint = savepointOf(leader, ids);
  if (savepoint === undefined) return requestOf(leader, ids) === undefined ? 'UNKNOWN' : 'IN_PROGRESS';
  if (savepoint.stage === 'STORING') return 'IN_PROGRESS';
  return savepoint.record.disposed ? 'UNKNOWN' : 'COMPLETED';
}
