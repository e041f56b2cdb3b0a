// The slots of a TaskManager. It is the authority on them: the leader asks, believes, and is put right by each heartbeat answer.
// FREE -> ALLOCATED (requested; offered to the JobMaster until it answers) -> ACTIVE -> RELEASING (tasks are still ending) -> FREE.
import { must } from '../base/assert.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { SlotReason } from '../protocol/reasons.ts';
import { checkTransition, slotTransitions } from '../protocol/states.ts';
import type { SlotState } from '../protocol/states.ts';
import type { TaskStep } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { slotTimer } from './state.ts';
import type { Offer, Slot, TaskManagerState } from './state.ts';
import { sendToLeader } from './to-leader.ts';

/**
 * Heartbeats in a row that must not list an ACTIVE slot before it is freed. One could have been written before the leader heard of the slot,
 * on a stream that broke since.
 */
const UNLISTED_HEARTBEATS_MAX = 2;

export function onRequestSlot(state: TaskManagerState, message: MessageOfKind<'request-slot'>, step: TaskStep): void {
  const { slotIndex, allocationId, jobId } = message.body;
  const slot = state.slots[slotIndex];
  const granted = slot !== undefined && tryAllocate(state, slot, allocationId, jobId);
  if (!granted) step.out.ignore(message, { kind: 'slot-not-free', slotIndex, state: slot?.state ?? null });
  answerSlot(state, message, granted, step);
  if (!granted || slot.state !== 'ALLOCATED') return;
  setTimer(state.timers, slotTimer(slot.index), step.now + step.options.slotTimeoutMs);
  offerSlotsTo(state, jobId, step);
}

/** A repeated request for the same allocation is granted again; two slots never have the same. */
function tryAllocate(state: TaskManagerState, slot: Slot, allocationId: string, jobId: string): boolean {
  if (slot.allocationId === allocationId) return slot.state !== 'RELEASING';
  if (slot.state !== 'FREE' || findSlot(state, allocationId) !== null) return false;
  moveSlot(slot, 'ALLOCATED');
  slot.jobId = jobId;
  slot.allocationId = allocationId;
  return true;
}

function answerSlot(
  state: TaskManagerState,
  message: MessageOfKind<'request-slot'>,
  granted: boolean,
  step: TaskStep,
): void {
  const { slotIndex, allocationId } = message.body;
  sendToLeader(state, 'slot-answer', { slotIndex, allocationId, granted }, step);
}

/** Offers all ALLOCATED slots, each job its own. Goes on until all are accepted, refused or timed out. */
export function offerSlots(state: TaskManagerState, step: TaskStep): void {
  const offers = jobsToOffer(state).map((jobId) => renewOffer(state, jobId));
  state.offers.splice(0, state.offers.length, ...offers);
  for (const offer of offers) sendOffer(state, offer, step);
  if (offers.length === 0) cancelTimer(state.timers, 'offer');
}

/** Those of one job: a request for a slot says nothing of the offers to other jobs, which are repeated in their time. */
function offerSlotsTo(state: TaskManagerState, jobId: string, step: TaskStep): void {
  const offer = renewOffer(state, jobId);
  const known = state.offers.findIndex((other) => other.jobId === jobId);
  if (known < 0) state.offers.push(offer);
  else state.offers[known] = offer;
  sendOffer(state, offer, step);
}

function sendOffer(state: TaskManagerState, { jobId, number, slots }: Offer, step: TaskStep): void {
  sendToLeader(state, 'offer-slots', { jobId, offer: number, slots }, step);
  setTimer(state.timers, 'offer', step.now + step.options.registrationRetryMs);
}

function jobsToOffer(state: TaskManagerState): readonly string[] {
  const jobs = state.slots
    .filter((slot) => slot.state === 'ALLOCATED')
    .map((slot) => must(slot.jobId, 'job of a slot'));
  return [...new Set(jobs)];
}

/** The same slots again are the same offer: then the answer to any copy counts, however slow the way is. */
function renewOffer(state: TaskManagerState, jobId: string): Offer {
  const slots = state.slots
    .filter((slot) => slot.state === 'ALLOCATED' && slot.jobId === jobId)
    .map((slot) => ({ slotIndex: slot.index, allocationId: must(slot.allocationId, 'allocation of a slot') }));
  const before = state.offers.find((offer) => offer.jobId === jobId);
  if (before !== undefined && isSameOffer(before.slots, slots)) return before;
  state.lastOffer += 1;
  return { jobId, number: state.lastOffer, slots };
}

function isSameOffer(a: Offer['slots'], b: Offer['slots']): boolean {
  return a.length === b.length && a.every((slot, index) => slot.allocationId === b[index]?.allocationId);
}

/** Only the answer to the newest offer counts: an older one knows nothing of slots that were offered since. */
export function onSlotsAccepted(
  state: TaskManagerState,
  message: MessageOfKind<'slots-accepted'>,
  step: TaskStep,
): void {
  const { jobId, offer: number, accepted } = message.body;
  const offer = state.offers.find((other) => other.jobId === jobId);
  if (offer === undefined) return step.out.ignore(message, { kind: 'nothing-offered', jobId });
  if (offer.number !== number)
    return step.out.ignore(message, { kind: 'older-offer', offer: number, newest: offer.number });
  state.offers.splice(state.offers.indexOf(offer), 1);
  if (state.offers.length === 0) cancelTimer(state.timers, 'offer');
  for (const { slotIndex, allocationId } of offer.slots) {
    const slot = must(state.slots[slotIndex], 'slot of an offer');
    if (slot.state !== 'ALLOCATED' || slot.allocationId !== allocationId) continue;
    if (accepted.includes(allocationId)) activateSlot(state, slot);
    else freeSlot(state, slot, { kind: 'offer-refused' }, step);
  }
}

/** The JobMaster uses the slot: it said so, or it deployed a task into it. */
export function activateSlot(state: TaskManagerState, slot: Slot): void {
  if (slot.state === 'ACTIVE') return;
  moveSlot(slot, 'ACTIVE');
  slot.unlisted = 0;
  cancelTimer(state.timers, slotTimer(slot.index));
}

export function onSlotTimeout(state: TaskManagerState, slot: Slot, step: TaskStep): void {
  if (slot.state === 'ALLOCATED') freeSlot(state, slot, { kind: 'slot-unused' }, step);
}

export function onFreeSlot(state: TaskManagerState, message: MessageOfKind<'free-slot'>, step: TaskStep): void {
  const { slotIndex, allocationId } = message.body;
  dropRecords(state, allocationId);
  const slot = state.slots[slotIndex];
  if (slot !== undefined && slot.allocationId === allocationId)
    freeSlot(state, slot, { kind: 'freed-by-leader' }, step);
  else sayFreed(state, slotIndex, allocationId, step); // it is: the answer to an earlier message was lost
}

/** Who frees a slot needs to know nothing more of the tasks that were in it. */
function dropRecords(state: TaskManagerState, allocationId: string): void {
  const kept = state.records.filter((record) => record.allocationId !== allocationId);
  state.records.splice(0, state.records.length, ...kept);
}

/** A leader that does not list an ACTIVE slot any more does not know it, or freed it and the message was lost. */
export function freeUnlisted(state: TaskManagerState, message: MessageOfKind<'heartbeat'>, step: TaskStep): void {
  for (const slot of state.slots) {
    const listed = message.body.allocations.some((allocation) => allocation.allocationId === slot.allocationId);
    slot.unlisted = slot.state === 'ACTIVE' && !listed ? slot.unlisted + 1 : 0;
    if (slot.unlisted >= UNLISTED_HEARTBEATS_MAX) freeSlot(state, slot, { kind: 'slot-unlisted' }, step);
  }
}

/** Tasks in the slot are cancelled first; the slot is RELEASING until they are over. */
function freeSlot(state: TaskManagerState, slot: Slot, reason: SlotReason, step: TaskStep): void {
  if (slot.state === 'RELEASING') return;
  if (step.out.noted) {
    const { index: slotIndex, jobId, allocationId } = slot;
    step.out.note({ kind: 'slot-freed', slotIndex, jobId, allocationId, reason });
  }
  moveSlot(slot, 'RELEASING');
  slot.unlisted = 0;
  cancelTimer(state.timers, slotTimer(slot.index));
  for (const task of state.tasks)
    if (task.slotIndex === slot.index) stepTask(task, { kind: 'cancel', finish: false }, step);
  releaseSlot(state, slot, step);
}

/** Ends RELEASING if no task is left in the slot. */
export function releaseSlot(state: TaskManagerState, slot: Slot, step: TaskStep): void {
  if (slot.state !== 'RELEASING' || state.tasks.some((task) => task.slotIndex === slot.index)) return;
  const allocationId = must(slot.allocationId, 'allocation of a slot');
  clearSlot(slot);
  sayFreed(state, slot.index, allocationId, step);
}

function clearSlot(slot: Slot): void {
  if (slot.state !== 'FREE') moveSlot(slot, 'FREE');
  slot.jobId = null;
  slot.allocationId = null;
  slot.unlisted = 0;
}

function sayFreed(state: TaskManagerState, slotIndex: number, allocationId: string, step: TaskStep): void {
  sendToLeader(state, 'slot-freed', { slotIndex, allocationId }, step);
}

/** The leader is gone, and with it all that it allocated. Only when no task is left. */
export function clearSlots(state: TaskManagerState): void {
  for (const slot of state.slots) {
    cancelTimer(state.timers, slotTimer(slot.index));
    clearSlot(slot);
  }
  state.offers.length = 0;
  cancelTimer(state.timers, 'offer');
}

function findSlot(state: TaskManagerState, allocationId: string): Slot | null {
  return state.slots.find((slot) => slot.allocationId === allocationId) ?? null;
}

function moveSlot(slot: Slot, to: SlotState): void {
  slot.state = checkTransition(slotTransitions, slot.state, to, `slot ${slot.index}`);
}
