// How a job leaves TaskManagers that are drained. Its regions with tasks there restart right behind a completed checkpoint, once all the slots that it needs are
// free elsewhere; that is no failure, and counts as none. Until then it runs on where it is. What it holds there and does not use goes back at once.
import type { DrainReason } from '../protocol/reasons.ts';
import { isDeployed } from './executions.ts';
import { isAllRunning, isEnding, latestCheckpointId, recordRegionFailure, regionOf, stopOf } from './jobs.ts';
import { needsSlots } from './slot-waits.ts';
import { freeSlots, giveBack } from './slots.ts';
import { NONE, type Allocation, type Execution, type JobMaster, type Leader, type TaskManagerEntry } from './state.ts';
import type { Step } from './step.ts';
import { isDrained } from './task-managers.ts';

/** Gives back what is idle, and begins to restart what runs there. Behind its final checkpoint, or the wish to stop it, a job leaves by its end. */
export function reconcileLeaving(step: Step, leader: Leader, job: JobMaster): void {
  const slots = slotsToLeave(leader, job);
  const isAtEnd = job.coordinator.finalCheckpointId !== NONE || (stopOf(job) !== null && isAllRunning(job));
  const isPossible = slots.length > 0 && !isAtEnd && lacking(leader, job) <= 0;
  if (slots.length > 0 && !isAtEnd && (isPossible || !job.slotWait.hadSlots)) giveBackIdle(step, leader, job, slots);
  if (!isPossible) job.leavesBehind = null;
  else if (isTimeToLeave(job, slots)) leave(job, slots);
}

/** Slots of the job on TaskManagers that are drained. */
function slotsToLeave(leader: Leader, { allocations }: JobMaster): readonly Allocation[] {
  if (leader.drains.taskManagers.length === 0) return [];
  return allocations.flatMap((allocation) => {
    if (allocation === null || !isDrained(leader, { address: allocation.taskManager })) return [];
    return [allocation];
  });
}

/** So many slots more must become free elsewhere; 0 or less: none. What others wait for, or are about to need, is not there for this one. */
function lacking(leader: Leader, job: JobMaster): number {
  let claimed = slotsToLeave(leader, job).length + slotsWanted(job);
  for (const other of leader.jobs.values())
    if (other !== job) claimed += slotsWanted(other) + (isLeaving(other) ? slotsToLeave(leader, other).length : 0);
  return claimed - freeSlots(leader);
}

function slotsWanted(job: JobMaster): number {
  return needsSlots(job) ? job.allocations.filter((allocation) => allocation === null).length : 0;
}

function isLeaving({ regions }: JobMaster): boolean {
  return regions.some(({ failure }) => failure?.kind === 'task-manager-drained');
}

function giveBackIdle(step: Step, leader: Leader, job: JobMaster, slots: readonly Allocation[]): void {
  for (const allocation of slots) {
    const { taskManager } = allocation;
    if (!executionsIn(job, allocation).some(isDeployed))
      giveBack(step, leader, job, allocation, { kind: 'task-manager-drained', taskManager });
  }
}

/** Subtask i of every vertex is in slot i. */
function executionsIn({ executions, allocations }: JobMaster, allocation: Allocation): readonly Execution[] {
  const index = allocations.indexOf(allocation);
  return index < 0 ? [] : executions.filter(({ subtask }) => subtask === index);
}

/** Right behind a checkpoint, so that little is read again; or at once, if what runs in a slot holds up what failed in it: no checkpoint completes before that is back. */
function isTimeToLeave(job: JobMaster, slots: readonly Allocation[]): boolean {
  const latest = latestCheckpointId(job);
  job.leavesBehind ??= latest;
  if (isAllRunning(job)) return latest > job.leavesBehind;
  return slots.some((allocation) => executionsIn(job, allocation).some(isHeldUp));
}

function isHeldUp(execution: Execution): boolean {
  return !isDeployed(execution) && execution.state !== 'FINISHED';
}

function leave(job: JobMaster, slots: readonly Allocation[]): void {
  for (const allocation of slots) {
    const { taskManager } = allocation;
    for (const execution of executionsIn(job, allocation))
      if (isDeployed(execution))
        recordRegionFailure(regionOf(job, execution), { kind: 'task-manager-drained', taskManager });
  }
}

/** Whoever could run elsewhere waits until it can, instead of going back to where it has to leave. */
export function isHeldBack(leader: Leader, job: JobMaster, waiting: readonly Execution[]): boolean {
  const slots = slotsToLeave(leader, job);
  if (slots.length === 0 || lacking(leader, job) > 0) return false;
  return slots.some((allocation) => executionsIn(job, allocation).some((execution) => waiting.includes(execution)));
}

/** Why a TaskManager still holds something, or null: nothing of it is held, and no task is there. */
export function whyNotLeft(leader: Leader, { address, slots }: TaskManagerEntry): DrainReason | null {
  const held = slots.filter(({ state }) => state !== 'FREE').length;
  if (held === 0) return null;
  for (const job of leader.jobs.values()) {
    const needed = slotsToLeave(leader, job).length + slotsWanted(job);
    const missing = lacking(leader, job);
    const isThere = job.allocations.some((allocation) => allocation?.taskManager === address);
    if (isThere && missing > 0 && !isEnding(job))
      return { kind: 'slots-missing-elsewhere', jobId: job.jobId, needed, free: Math.max(0, needed - missing) };
  }
  return { kind: 'slots-held', slots: held };
}
