// Jobs of the past: their results are kept by number and age, and removed, oldest first, or when a client asks for it. Only a job that is cleaned up
// is removed, and of which nothing can come back: no write of unknown outcome that creates or deletes a key whatever it finds.
import { closeCall, createCall } from '../base/retry.ts';
import { deepFreeze } from '../base/state.ts';
import { resultKey } from '../protocol/ha-keys.ts';
import type { ResultRecord } from '../protocol/ha-records.ts';
import { comparePlaces } from '../protocol/ids.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { Purpose } from '../protocol/purposes.ts';
import type { RefusalReason } from '../protocol/reasons.ts';
import { addClient, CLIENTS_MAX, refuse, shownStatus, tellStatus, wellNamed } from './dispatcher.ts';
import { sortMap } from './jobs.ts';
import { NONE, type JobMaster, type Leader, type PastJob, type Removal } from './state.ts';
import { isCallDue, ask, retryCall, wakeBy, type Answered, type Step } from './step.ts';

/** Removals at work at once that nobody asked for, or that clients did. */
export const REMOVALS_MAX = 16;

/** Of a client that does not know that its submission was accepted: in this time it hears of the end. Behind it the job would be a new one. */
const REPETITIONS = 10;

/** How long a result is kept for those who repeat a submission. */
export function keptUntil({ now, options }: Step): number {
  return now + REPETITIONS * options.clientRetryMs;
}

/** It ended under another leader. */
const NOTHING_KNOWN = { lastAttempt: NONE, lastCheckpointId: NONE, archive: null } as const;

export function pastJob(
  result: Omit<ResultRecord, 'jobId' | 'clean'>,
  { revision, keptUntil: until }: Pick<PastJob, 'revision' | 'keptUntil'>,
  last: Pick<PastJob, 'lastAttempt' | 'lastCheckpointId' | 'archive'> = NOTHING_KNOWN,
): PastJob {
  const { submitted, endedAt, status, reason, savepointId, retained, exceptions, graph } = result;
  deepFreeze([submitted, reason, retained, exceptions, graph]);
  const kept = { submitted, endedAt, status, reason, savepointId, retained, exceptions, graph };
  return { ...kept, revision, keptUntil: until, ...last };
}

/** In the order of their ends: results may become durable in another one. */
export function sortPastJobs({ results }: Leader): void {
  sortMap(results, (a, b) => a.endedAt - b.endedAt || comparePlaces(a.submitted, b.submitted));
}

/** Never before an end that is known: so ends are in the order of their times, whatever clocks say. */
export function endTime(step: Step, leader: Leader): number {
  let latest = 0;
  for (const { endedAt } of leader.results.values()) latest = Math.max(latest, endedAt);
  for (const { endedAt } of leader.jobs.values()) latest = Math.max(latest, endedAt);
  return Math.max(latest, step.wallTime);
}

// ---- What may come back

/** Whether a request of unknown outcome may create or delete a key later. Those on a condition of a revision find another one. */
export function noteUnsettled(leader: Leader, purpose: Purpose): void {
  if (!('jobId' in purpose)) return;
  if (mayLandLater(leader.jobs.get(purpose.jobId), leader, purpose)) leader.unsettled.add(purpose.jobId);
}

function mayLandLater(
  job: JobMaster | undefined,
  leader: Leader,
  purpose: Purpose & { readonly jobId: string },
): boolean {
  switch (purpose.kind) {
    case 'write-job':
    case 'write-result':
      return true;
    case 'write-counter':
      return job?.coordinator.counterRevision === NONE;
    case 'write-pointers':
      return job?.store.revision === NONE;
    case 'clean-up':
      return leader.cleanUps.get(purpose.jobId)?.stage !== 'RESULT'; // conditional on the revision of the dirty one
    default:
      return false;
  }
}

const isRemovable = (leader: Leader, jobId: string): boolean =>
  !leader.cleanUps.has(jobId) && !leader.unsettled.has(jobId);

// ---- Removal

/** Repeated until it is answered. A job that is being removed is told of when nothing of it is left. */
export function onRemoveJob(step: Step, message: MessageOfKind<'remove-job'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId } = message.body;
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const refusal = removalRefusal(leader, jobId);
  if (refusal !== null) return refuse(step, leader, message.from, jobId, refusal);
  if (!leader.results.has(jobId)) return tellStatus(step, leader, message.from, jobId);
  // Cleaning up, or too many at work: asked again later.
  if (leader.cleanUps.has(jobId)) return step.out.ignore(message, { kind: 'job-not-cleaned-up', jobId });
  if (!leader.removals.has(jobId) && leader.removals.size >= REMOVALS_MAX)
    return step.out.ignore(message, { kind: 'removals-full', max: REMOVALS_MAX });
  const removal = leader.removals.get(jobId) ?? beginRemoval(leader, jobId);
  if (!addClient(removal.clients, message.from)) step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
}

function removalRefusal(leader: Leader, jobId: string): RefusalReason | null {
  const job = leader.jobs.get(jobId);
  if (job !== undefined) return { kind: 'job-not-over', status: shownStatus(job) };
  if (leader.submissions.has(jobId)) return { kind: 'job-not-over', status: 'INITIALIZING' };
  return leader.results.has(jobId) && leader.unsettled.has(jobId) ? { kind: 'job-unsettled' } : null;
}

function beginRemoval(leader: Leader, jobId: string): Removal {
  const removal = { jobId, clients: [], call: createCall() };
  leader.removals.set(jobId, removal);
  return removal;
}

/** Removes what is too much or too old, oldest first, and goes on with what is being removed. */
export function reconcilePastJobs(step: Step, leader: Leader): void {
  if (leader.results.size === 0) return;
  beginRemovals(step, leader);
  for (const removal of leader.removals.values()) reconcileRemoval(step, leader, removal);
}

function beginRemovals(step: Step, leader: Leader): void {
  const { options, wallTime, now } = step;
  const { results, removals } = leader;
  let surplus = results.size - removals.size - options.retainedResults;
  for (const [jobId, { endedAt, keptUntil: until }] of results) {
    const isOld = wallTime - endedAt > options.resultRetentionMs;
    if ((surplus <= 0 && !isOld) || removals.size >= REMOVALS_MAX) return; // all behind it ended later
    if (removals.has(jobId) || !isRemovable(leader, jobId)) continue;
    if (until > now) {
      wakeBy(leader, until);
      continue;
    }
    beginRemoval(leader, jobId);
    surplus -= 1;
  }
}

function reconcileRemoval(step: Step, leader: Leader, { jobId, call }: Removal): void {
  const past = leader.results.get(jobId);
  if (past === undefined || !isCallDue(step, leader, call)) return;
  call.request = ask(
    step,
    { kind: 'remove-result', epoch: leader.epoch, jobId },
    { kind: 'ha-write', key: resultKey(jobId), value: null, ifRevision: past.revision, ifEpoch: leader.epoch },
  );
}

/** A conflict with nothing shows that an earlier try was applied. */
export function onRemovalAnswered(step: Step, leader: Leader, jobId: string, answered: Answered): void {
  const removal = leader.removals.get(jobId);
  const past = leader.results.get(jobId);
  if (removal === undefined || past === undefined || !closeCall(removal.call, answered)) return;
  const { answer } = answered;
  const isGone = answer.kind === 'ha-written' || (answer.kind === 'ha-conflict' && answer.entry === null);
  if (isGone) return settleRemoval(step, leader, removal, past);
  if (answer.kind === 'ha-conflict' && answer.entry !== null) past.revision = answer.entry.revision;
  retryCall(step, removal.call);
}

function settleRemoval(step: Step, leader: Leader, { jobId, clients }: Removal, past: PastJob): void {
  const { removed } = leader;
  leader.removals.delete(jobId);
  leader.results.delete(jobId);
  removed.attempt = Math.max(removed.attempt, past.lastAttempt);
  removed.checkpointId = Math.max(removed.checkpointId, past.lastCheckpointId);
  if (step.out.noted) step.out.note({ kind: 'result-removed', jobId, epoch: leader.epoch, clients: clients.length });
  for (const client of clients) tellStatus(step, leader, client, jobId);
}
