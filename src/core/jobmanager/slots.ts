// Slots: the mirror of what TaskManagers have, and the way of an allocation from request to offer. The TaskManager is the authority; its
// reports correct the mirror, but for what is on its way. An allocation id is never used for a second request.
import { must } from '../base/assert.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import type { MessageOfKind, SlotReport } from '../protocol/messages.ts';
import type { SlotReason } from '../protocol/reasons.ts';
import { failExecution, isDeployed } from './executions.ts';
import { checkTransition } from '../protocol/states.ts';
import {
  type Allocation,
  type JobMaster,
  type Leader,
  type MirrorState,
  type SlotMirror,
  type TaskManagerEntry,
} from './state.ts';
import type { Step } from './step.ts';
import { isDrained, isSuspect, tell } from './task-managers.ts';
import { mirrorTransitions } from './transitions.ts';

/** UNKNOWN until its TaskManager reports: it may hold what an earlier leader allocated. */
export function createSlot(slotIndex: number): SlotMirror {
  return { slotIndex, state: 'UNKNOWN', allocationId: null, jobId: null };
}

/** What a TaskManager reports again moves nothing. */
function moveSlot(slot: SlotMirror, to: MirrorState): void {
  if (slot.state === to) return;
  slot.state = checkTransition(mirrorTransitions, slot.state, to, `the mirror of slot ${slot.slotIndex}`);
}

function markSlot(slot: SlotMirror, state: MirrorState, allocationId: string | null, jobId: string | null): void {
  moveSlot(slot, state);
  slot.allocationId = allocationId;
  slot.jobId = jobId;
}

const isHeld = (slot: SlotMirror): boolean => slot.state === 'PENDING' || slot.state === 'ALLOCATED';

/** What the leader believes to be allocated, requests on their way included: a TaskManager frees what is not listed. */
export function allocationsOn(taskManager: TaskManagerEntry): readonly { slotIndex: number; allocationId: string }[] {
  return taskManager.slots
    .filter(isHeld)
    .map((slot) => ({ slotIndex: slot.slotIndex, allocationId: must(slot.allocationId, 'allocation id') }));
}

/** Asks for every slot that the job still needs, as far as slots are free. */
export function requestSlots(step: Step, leader: Leader, job: JobMaster): void {
  for (let index = 0; index < job.allocations.length; index++) {
    if (job.allocations[index] !== null) continue;
    const free = pickFreeSlot(leader);
    if (free === null) return;
    job.allocations[index] = requestSlot(step, leader, job, free.taskManager, free.slot);
  }
}

interface FreeSlot {
  readonly taskManager: TaskManagerEntry;
  readonly slot: SlotMirror;
}

/** Slots of it are given to jobs. */
function isUsable(leader: Leader, taskManager: TaskManagerEntry): boolean {
  return !isSuspect(taskManager) && !isDrained(leader, taskManager);
}

/** On the TaskManager with the most free slots, so that the load is spread; the first by address among equals. */
function pickFreeSlot(leader: Leader): FreeSlot | null {
  let best: FreeSlot | null = null;
  let bestFree = 0;
  for (const taskManager of leader.taskManagers.values()) {
    if (!isUsable(leader, taskManager)) continue;
    const free = taskManager.slots.filter((slot) => slot.state === 'FREE');
    const isBetter =
      free.length > bestFree ||
      (free.length === bestFree && best !== null && taskManager.address < best.taskManager.address);
    if (!isBetter || free[0] === undefined) continue;
    best = { taskManager, slot: free[0] };
    bestFree = free.length;
  }
  return best;
}

function requestSlot(
  step: Step,
  leader: Leader,
  job: JobMaster,
  taskManager: TaskManagerEntry,
  slot: SlotMirror,
): Allocation {
  leader.allocations += 1;
  const allocationId = `${job.jobId}/e${leader.epoch}-${leader.allocations}`;
  markSlot(slot, 'PENDING', allocationId, job.jobId);
  setTimer(leader.timers, slotTimer(allocationId), step.now + step.options.slotRequestTimeoutMs);
  tell(step, leader, taskManager, 'request-slot', { slotIndex: slot.slotIndex, allocationId, jobId: job.jobId });
  return { allocationId, taskManager: taskManager.address, slotIndex: slot.slotIndex, accepted: false };
}

const slotTimer = (allocationId: string) => `slot-request ${allocationId}` as const;

/** Neither answered nor offered in time: planned again under a new id. */
export function onSlotRequestTimeout(step: Step, leader: Leader, allocationId: string): void {
  for (const job of leader.jobs.values()) {
    const allocation = job.allocations.find((candidate) => candidate?.allocationId === allocationId);
    if (allocation) giveBack(step, leader, job, allocation, { kind: 'slot-not-offered' });
  }
}

export function onSlotAnswer(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  message: MessageOfKind<'slot-answer'>,
): void {
  const { slotIndex, allocationId, granted } = message.body;
  const slot = taskManager.slots[slotIndex];
  if (slot === undefined) return step.out.ignore(message, { kind: 'slot-unknown', slotIndex });
  if (slot.allocationId === allocationId && slot.state === 'PENDING') {
    if (granted) moveSlot(slot, 'ALLOCATED');
    else loseSlot(step, leader, slot, 'UNKNOWN', { kind: 'slot-refused' });
  } else if (granted && !(slot.allocationId === allocationId && slot.state === 'ALLOCATED')) {
    freeStranger(step, leader, taskManager, slotIndex, allocationId);
  } else {
    const { state, allocationId: holder } = slot;
    step.out.ignore(message, { kind: 'slot-settled', slotIndex, state, allocationId: holder });
  }
}

/** Accepts exactly what was asked for here: job, allocation and slot must agree. Accepted once, accepted again. */
export function onOfferSlots(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  message: MessageOfKind<'offer-slots'>,
): void {
  const { jobId, offer, slots } = message.body;
  const job = leader.jobs.get(jobId);
  const accepted = slots
    .filter((offered) => job !== undefined && acceptSlot(leader, job, taskManager, offered))
    .map((offered) => offered.allocationId);
  tell(step, leader, taskManager, 'slots-accepted', { jobId, offer, accepted });
}

function acceptSlot(
  leader: Leader,
  job: JobMaster,
  taskManager: TaskManagerEntry,
  offered: { slotIndex: number; allocationId: string },
): boolean {
  const allocation = job.allocations.find((candidate) => candidate?.allocationId === offered.allocationId);
  if (!allocation || allocation.taskManager !== taskManager.address || allocation.slotIndex !== offered.slotIndex)
    return false;
  moveSlot(slotOf(taskManager, allocation), 'ALLOCATED');
  allocation.accepted = true;
  cancelTimer(leader.timers, slotTimer(allocation.allocationId));
  return true;
}

function slotOf(taskManager: TaskManagerEntry, allocation: Allocation): SlotMirror {
  return must(taskManager.slots[allocation.slotIndex], 'the slot of an allocation');
}

export function onSlotFreed(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  message: MessageOfKind<'slot-freed'>,
): void {
  const { slotIndex, allocationId } = message.body;
  const slot = taskManager.slots[slotIndex];
  if (slot === undefined || slot.allocationId !== allocationId) {
    return step.out.ignore(message, { kind: 'slot-not-held', slotIndex, allocationId });
  }
  loseSlot(step, leader, slot, 'FREE', { kind: 'slot-freed-there', taskManager: taskManager.address });
}

/** What a TaskManager says about its slots, which is the truth, but for a request that it may not have seen when it spoke. */
export function onSlotReports(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  reports: readonly SlotReport[],
): void {
  for (const report of reports) {
    const slot = taskManager.slots[report.slotIndex];
    if (slot !== undefined) onSlotReport(step, leader, taskManager, slot, report);
  }
}

function onSlotReport(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  slot: SlotMirror,
  report: SlotReport,
): void {
  const { state, allocationId } = report;
  const reported: SlotReason = { kind: 'slot-reported', taskManager: taskManager.address, state, allocationId };
  const isOurs = isHeld(slot) && allocationId === slot.allocationId && (state === 'ALLOCATED' || state === 'ACTIVE');
  if (isOurs) moveSlot(slot, 'ALLOCATED');
  else if (slot.state === 'PENDING') return; // answered, offered or timed out: each of these settles it
  else if (state === 'FREE') loseSlot(step, leader, slot, 'FREE', reported);
  else {
    loseSlot(step, leader, slot, 'UNKNOWN', reported);
    slot.allocationId = allocationId;
    if (state !== 'RELEASING' && allocationId !== null)
      freeStranger(step, leader, taskManager, slot.slotIndex, allocationId);
  }
}

function freeStranger(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  slotIndex: number,
  allocationId: string,
): void {
  tell(step, leader, taskManager, 'free-slot', { slotIndex, allocationId });
}

/** A slot is ours no more. Its job loses the allocation, and what ran in it. */
function loseSlot(step: Step, leader: Leader, slot: SlotMirror, now: 'FREE' | 'UNKNOWN', reason: SlotReason): void {
  const { allocationId, jobId } = slot;
  const wasHeld = isHeld(slot);
  markSlot(slot, now, now === 'UNKNOWN' ? allocationId : null, null);
  const job = wasHeld && jobId !== null ? leader.jobs.get(jobId) : undefined;
  if (job === undefined) return;
  const index = job.allocations.findIndex((allocation) => allocation?.allocationId === allocationId);
  if (index >= 0) dropAllocation(step, leader, job, index, reason);
}

/** Forgets an allocation and fails what runs in it: subtask i of every vertex is in slot i. */
export function dropAllocation(step: Step, leader: Leader, job: JobMaster, index: number, reason: SlotReason): void {
  const allocation = job.allocations[index];
  if (!allocation) return;
  job.allocations[index] = null;
  cancelTimer(leader.timers, slotTimer(allocation.allocationId));
  if (step.out.noted) {
    const { allocationId, taskManager, slotIndex } = allocation;
    const { jobId } = job;
    step.out.note({ kind: 'slot-lost', jobId, epoch: leader.epoch, taskManager, slotIndex, allocationId, reason });
  }
  for (const execution of job.executions) {
    if (execution.subtask === index && isDeployed(execution))
      failExecution(step, job, execution, { kind: 'slot-lost', reason });
  }
}

/** The job does not need the slot, or may not use it any more: what runs in it fails. */
export function giveBack(step: Step, leader: Leader, job: JobMaster, allocation: Allocation, reason: SlotReason): void {
  const taskManager = leader.taskManagers.get(allocation.taskManager);
  dropAllocation(step, leader, job, job.allocations.indexOf(allocation), reason);
  if (taskManager === undefined) return;
  markSlot(slotOf(taskManager, allocation), 'UNKNOWN', allocation.allocationId, null);
  freeStranger(step, leader, taskManager, allocation.slotIndex, allocation.allocationId);
}

/** Gives back the slots behind the first ones. */
export function yieldSlots(step: Step, leader: Leader, job: JobMaster, kept: number): void {
  for (const allocation of job.allocations.slice(kept))
    if (allocation !== null) giveBack(step, leader, job, allocation, { kind: 'slot-unneeded' });
  job.allocations.splice(kept);
}

/** That anybody may ask for. */
export function freeSlots(leader: Leader): number {
  let free = 0;
  for (const taskManager of leader.taskManagers.values())
    if (isUsable(leader, taskManager)) for (const { state } of taskManager.slots) if (state === 'FREE') free += 1;
  return free;
}

/** All slots of a job that is over, or of one that must wait, go back. */
export function releaseSlots(step: Step, leader: Leader, job: JobMaster, reason: SlotReason): void {
  for (const allocation of job.allocations) if (allocation !== null) giveBack(step, leader, job, allocation, reason);
}
