// Stop-with-savepoint. The wish is in the record of the job (`wanted.ts`), so that every leader goes on with it: from then on no checkpoint is triggered but the
// savepoint, which is taken afresh for as long as it fails or is lost. Once its record is durable the job ends as one that is cancelled, with what its
// latest checkpoint covers, which is the savepoint; and is FINISHED.
import type { MessageOfKind } from '../protocol/messages.ts';
import { keepLatest, requestIn, savepointName, SAVEPOINT_REQUESTS_MAX } from './checkpoints/savepoint-requests.ts';
import { refuse, statusOf, tellStatus, want } from './dispatcher.ts';
import { isEnding, stopOf, wantedOf } from './jobs.ts';
import { isRetainedId } from './retained-checkpoints.ts';
import { admit, isSavepointKnown, SAVEPOINTS_MAX, stopWanted } from './savepoints.ts';
import { NONE, type JobMaster, type Leader } from './state.ts';
import { wakeBy, type Step } from './step.ts';

/** Repeated for as long as it is not answered: by the job's status, which names the savepoint once the wish is durable, or by a refusal. */
export function onStopJob(step: Step, message: MessageOfKind<'stop-job'>): void {
  const leader = admit(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  if (leader.submissions.has(jobId)) return step.out.ignore(message, { kind: 'job-not-stored', jobId });
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const job = leader.jobs.get(jobId);
  if (job === undefined) answerOver(step, leader, message);
  else if (job.outcome !== null) tellStatus(step, leader, message.from, jobId);
  else stopJob(step, leader, job, message);
}

/** Whoever repeats the request that stopped the job is told of its end. */
function answerOver(step: Step, leader: Leader, { from, body }: MessageOfKind<'stop-job'>): void {
  const { jobId, savepointId } = body;
  const { status, savepointId: stoppedWith } = statusOf(leader, jobId);
  if (stoppedWith === savepointId) tellStatus(step, leader, from, jobId);
  else refuse(step, leader, from, jobId, { kind: 'job-not-stoppable', status });
}

function stopJob(step: Step, leader: Leader, job: JobMaster, message: MessageOfKind<'stop-job'>): void {
  const { jobId, savepointId, drain } = message.body;
  const wanted = wantedOf(job);
  if (wanted.kind === 'STOPPED' && (wanted.savepointId !== savepointId || wanted.drain !== drain))
    return refuse(step, leader, message.from, jobId, stopWanted(wanted));
  if (wanted.kind !== 'RUNNING' && job.change === null) return tellStatus(step, leader, message.from, jobId);
  if (wanted.kind === 'RUNNING') {
    if (isSavepointKnown(leader, message.body) || isRetainedId(savepointId))
      return refuse(step, leader, message.from, jobId, { kind: 'savepoint-id-taken' });
    if (leader.savepoints.size >= SAVEPOINTS_MAX)
      return step.out.ignore(message, { kind: 'savepoints-full', max: SAVEPOINTS_MAX });
  }
  want(step, job, { wanted: { kind: 'STOPPED', savepointId, drain } }, message);
}

/** Asks for the savepoint, behind those that clients asked for before, until it is there. The final checkpoint of a job that came to its end before is one. */
export function reconcileStop(step: Step, leader: Leader, job: JobMaster): void {
  const stop = stopOf(job);
  if (stop === null || isEnding(job) || !isToBeTaken(leader, job, stop.savepointId)) return;
  const { coordinator } = job;
  const request = { savepointId: stop.savepointId, isKept: true, checkpointId: NONE, clients: [] };
  if (coordinator.finalCheckpointId !== NONE) keepLatest(step, leader, job, request);
  else if (coordinator.stopRetryAt > step.now) wakeBy(leader, coordinator.stopRetryAt);
  else if (coordinator.savepoints.length < SAVEPOINT_REQUESTS_MAX) coordinator.savepoints.push(request);
}

/** One whose record cannot be read may be there: nothing is done before it is mended, and the next leader reads it. */
function isToBeTaken(
  { savepoints, recovery }: Leader,
  { jobId, coordinator }: JobMaster,
  savepointId: string,
): boolean {
  const name = savepointName(jobId, savepointId);
  if (savepoints.has(name) || recovery.unreadableSavepoints.has(name)) return false;
  return requestIn(coordinator, savepointId, true) === undefined;
}

/** Its savepoint is durable, and nothing else stands between the job and its end. */
export function isToStop(leader: Leader, job: JobMaster): boolean {
  const stop = stopOf(job);
  return stop !== null && leader.savepoints.get(savepointName(job.jobId, stop.savepointId))?.stage === 'DURABLE';
}
