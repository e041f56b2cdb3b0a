// Which jobs wait for slots, whose turn it is, and for how long. Two jobs that each held a part of what is there would wait for each other for ever, so only
// the first of those that wait holds some meanwhile. A job that can not run now, or waits in vain, does not hold up those behind it for ever.
import { NEVER } from '../base/machine.ts';
import { deepFreeze } from '../base/state.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import type { SlotsMissing } from '../protocol/reasons.ts';
import { isDeployed } from './executions.ts';
import { isEnding, jobTimer } from './jobs.ts';
import { releaseSlots, requestSlots } from './slots.ts';
import type { JobMaster, Leader } from './state.ts';
import type { Step } from './step.ts';
import { isDrained } from './task-managers.ts';
import { touchedIds, type Touched } from './touched.ts';

/** Once per step: what is free goes to those that wait, in their order. The first that is left without blocks those behind it. */
export function reconcileSlots(step: Step, leader: Leader): void {
  for (const jobId of touchedIds(step.touched, leader)) {
    const job = leader.jobs.get(jobId);
    if (job !== undefined && !needsSlots(job)) endWait(step, leader, job);
  }
  let first: JobMaster | null = null;
  for (const job of inTurn(step, leader)) {
    if (first === null) requestSlots(step, leader, job);
    else if (!job.executions.some(isDeployed))
      releaseSlots(step, leader, job, { kind: 'slots-yielded', to: first.jobId });
    if (!needsSlots(job)) endWait(step, leader, job);
    else {
      first ??= job;
      beginWait(step, leader, job);
    }
  }
}

/** Something of it is left to run, and a slot of it is not even asked for. */
export function needsSlots(job: JobMaster): boolean {
  if (isEnding(job) || job.outcome !== null || !job.allocations.includes(null)) return false;
  return job.executions.some(({ state }) => state !== 'FINISHED');
}

/**
 * Those that the TaskManagers which are there could hold come before those that are larger; of them, those that waited in vain least often; then those
 * whose own code did not fail, as it may take a TaskManager with it again; then the order of submission.
 */
function inTurn({ touched }: Step, leader: Leader): readonly JobMaster[] {
  const waiting = waitingJobs(touched, leader);
  if (waiting.length < 2) return waiting;
  const total = allSlots(leader);
  const size = ({ allocations }: JobMaster): number => (allocations.length > total ? 1 : 0);
  return waiting.toSorted((a, b) => size(a) - size(b) || a.slotWait.turns - b.slotWait.turns || failed(a) - failed(b));
}

function failed({ failures }: JobMaster): number {
  return failures.ownFailures > 0 ? 1 : 0;
}

/** Jobs that need slots: of those that this step did not touch it is known. */
function waitingJobs(touched: Touched, { jobs }: Leader): readonly JobMaster[] {
  const waiting: JobMaster[] = [];
  for (const job of jobs.values()) {
    const isKnown = !touched.all && !touched.jobs.includes(job.jobId);
    if (isKnown ? job.slotWait.since !== NEVER : needsSlots(job)) waiting.push(job);
  }
  return waiting;
}

function allSlots(leader: Leader): number {
  let total = 0;
  for (const taskManager of leader.taskManagers.values())
    if (!isDrained(leader, taskManager)) total += taskManager.slots.length;
  return total;
}

function beginWait(step: Step, leader: Leader, job: JobMaster): void {
  if (job.slotWait.since !== NEVER) return;
  job.slotWait.since = step.now;
  tellWait(step, leader, job);
  setTimer(leader.timers, jobTimer('slot-wait', job), step.now + step.options.slotWaitTimeoutMs);
}

/** A further turn is no news. */
function tellWait(step: Step, leader: Leader, job: JobMaster): void {
  const missing = job.slotWait.turns === 0 && step.out.noted ? slotsMissing(leader, job) : null;
  if (missing === null) return;
  step.out.note({ kind: 'job-waits-for-slots', jobId: job.jobId, epoch: leader.epoch, missing });
}

function endWait(step: Step, leader: Leader, job: JobMaster): void {
  const { slotWait, allocations } = job;
  if (slotWait.since === NEVER) return;
  if (step.out.noted && !isEnding(job) && !allocations.includes(null))
    step.out.note({
      kind: 'job-has-slots',
      jobId: job.jobId,
      epoch: leader.epoch,
      slots: allocations.length,
      waitedMs: step.now - slotWait.since + slotWait.turns * step.options.slotWaitTimeoutMs,
    });
  slotWait.since = NEVER;
  slotWait.turns = 0;
  cancelTimer(leader.timers, jobTimer('slot-wait', job));
}

/** A job that had all its slots once has lost processes, and waits for others without end, but its turn is over. Any other fails. */
export function onSlotWaitTimeout(leader: Leader, job: JobMaster): void {
  job.slotWait.since = NEVER; // it begins again
  if (job.slotWait.hadSlots) job.slotWait.turns += 1;
  else job.fatal ??= deepFreeze(slotsMissing(leader, job));
}

/** What a job that waits for slots lacks, or null. */
export function slotsMissing(leader: Leader, job: JobMaster): SlotsMissing | null {
  if (!needsSlots(job)) return null;
  let free = 0;
  for (const taskManager of leader.taskManagers.values())
    if (!isDrained(leader, taskManager)) free += taskManager.slots.filter(({ state }) => state === 'FREE').length;
  const held = job.allocations.filter((allocation) => allocation !== null).length;
  return { kind: 'slots-missing', needed: job.allocations.length, held, free, total: allSlots(leader) };
}
