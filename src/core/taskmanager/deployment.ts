// Tasks come and go: deployment with its checks, cancellation, and what is remembered of tasks that are over.
import type { AttemptId, MessageOfKind, TaskDescriptor } from '../protocol/messages.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import type { ExecutionState } from '../protocol/states.ts';
import { describeDescriptorProblem } from '../task/descriptor.ts';
import { createTask, isOver } from '../task/state.ts';
import type { TaskState } from '../task/state.ts';
import type { TaskStep } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { activateSlot, releaseSlot } from './slots.ts';
import { isSameAttempt, isSameSubtask } from './state.ts';
import type { TaskManagerState, TaskRecord } from './state.ts';
import { leaderOf, sendToLeader } from './to-leader.ts';

/** Tasks that are over and remembered. Each restart of a job lets go of all before it, so more are only there after many jobs. */
const RECORDS_MAX = 1_024;

/** A repeated deployment is answered with the state of the task. */
export function onDeployTask(state: TaskManagerState, message: MessageOfKind<'deploy-task'>, step: TaskStep): void {
  const { attempt } = message.body.task;
  const task = findTask(state, attempt);
  if (task !== null) return stepTask(task, { kind: 'report' }, step);
  const record = findRecord(state, attempt);
  if (record !== null) return reportRecord(state, record, step);
  const newer = findNewer(state, attempt);
  if (newer !== null) return step.out.ignore(message, { kind: 'newer-attempt-known', attempt: newer });
  forgetOlder(state, attempt);
  const problem = slotProblem(state, message) ?? descriptorProblem(message.body.task);
  if (problem !== null) return refuse(state, { attempt, state: 'FAILED', reason: problem, allocationId: null }, step);
  failOlder(state, attempt, step);
  deploy(state, message, step);
}

function findNewer(state: TaskManagerState, attempt: AttemptId): AttemptId | null {
  const known = [
    ...state.tasks.map((task) => task.descriptor.attempt),
    ...state.records.map((record) => record.attempt),
  ];
  return known.find((other) => isSameSubtask(other, attempt) && other.attempt > attempt.attempt) ?? null;
}

function slotProblem(state: TaskManagerState, message: MessageOfKind<'deploy-task'>): TaskReason | null {
  const { slotIndex, allocationId, task } = message.body;
  const slot = state.slots[slotIndex];
  if (slot === undefined) return { kind: 'no-such-slot', slotIndex };
  if (slot.allocationId !== allocationId) return { kind: 'slot-of-other-allocation', slotIndex, allocationId };
  if (slot.jobId !== task.attempt.jobId) return { kind: 'slot-of-other-job', slotIndex, jobId: slot.jobId };
  return slot.state === 'RELEASING' ? { kind: 'slot-releasing', slotIndex } : null;
}

function descriptorProblem(task: TaskDescriptor): TaskReason | null {
  const text = describeDescriptorProblem(task);
  return text === null ? null : { kind: 'descriptor-invalid', text };
}

/** The next attempt is deployed when all of the last ones are over: nobody asks for those any more. */
function forgetOlder(state: TaskManagerState, { jobId, attempt }: AttemptId): void {
  const kept = state.records.filter((record) => record.attempt.jobId !== jobId || record.attempt.attempt >= attempt);
  state.records.splice(0, state.records.length, ...kept);
}

/** Two attempts of one subtask never run side by side, whatever the leader believes. */
function failOlder(state: TaskManagerState, attempt: AttemptId, step: TaskStep): void {
  const reason: TaskReason = { kind: 'newer-attempt-deployed', attempt };
  for (const task of state.tasks) {
    if (isSameSubtask(task.descriptor.attempt, attempt)) stepTask(task, { kind: 'fail', reason }, step);
  }
  recordEndedTasks(state, step);
}

function refuse(state: TaskManagerState, record: TaskRecord, step: TaskStep): void {
  remember(state, record);
  reportRecord(state, record, step);
}

function deploy(state: TaskManagerState, message: MessageOfKind<'deploy-task'>, step: TaskStep): void {
  const { slotIndex, allocationId, task: descriptor } = message.body;
  const slot = state.slots[slotIndex];
  if (slot !== undefined) activateSlot(state, slot);
  state.lastTaskNumber += 1;
  const { epoch, address } = leaderOf(state);
  const place = { epoch, incarnation: state.incarnation, leader: address, slotIndex, allocationId };
  const task = createTask(state.lastTaskNumber, descriptor, place, step.options);
  state.tasks.push(task);
  stepTask(task, { kind: 'start' }, step);
}

/** An attempt that is not here is over, and stays so: should its deployment still come, it finds this record. */
export function onCancelTask(state: TaskManagerState, message: MessageOfKind<'cancel-task'>, step: TaskStep): void {
  const { attempt, finish } = message.body;
  const task = findTask(state, attempt);
  const record = findRecord(state, attempt);
  if (task !== null) stepTask(task, { kind: 'cancel', finish }, step);
  else if (record !== null) reportRecord(state, record, step);
  else refuse(state, { attempt, state: 'CANCELED', reason: null, allocationId: null }, step);
}

function reportRecord(state: TaskManagerState, record: TaskRecord, step: TaskStep): void {
  const { attempt, state: taskState, reason } = record;
  sendToLeader(state, 'task-state-changed', { attempt, state: taskState, reason }, step);
}

export function findTask(state: TaskManagerState, attempt: AttemptId): TaskState | null {
  for (const task of state.tasks) if (isSameAttempt(task.descriptor.attempt, attempt)) return task;
  return null;
}

function findRecord(state: TaskManagerState, attempt: AttemptId): TaskRecord | null {
  return state.records.find((record) => isSameAttempt(record.attempt, attempt)) ?? null;
}

/** State of an attempt, or null if it was never here. */
export function stateOfAttempt(state: TaskManagerState, attempt: AttemptId): ExecutionState | null {
  return findTask(state, attempt)?.status ?? findRecord(state, attempt)?.state ?? null;
}

/** Turns tasks that are over into records, and frees slots that waited for them. */
export function recordEndedTasks(state: TaskManagerState, step: TaskStep): void {
  if (!state.tasks.some(isOver)) return;
  for (let index = state.tasks.length - 1; index >= 0; index--) {
    const task = state.tasks[index] as TaskState;
    if (!isOver(task)) continue;
    state.tasks.splice(index, 1);
    if (state.turn > index) state.turn -= 1;
    remember(state, {
      attempt: task.descriptor.attempt,
      state: task.status,
      reason: task.reason,
      allocationId: task.allocationId,
    });
  }
  for (const slot of state.slots) releaseSlot(state, slot, step);
}

function remember(state: TaskManagerState, record: TaskRecord): void {
  state.records.push(record);
  if (state.records.length > RECORDS_MAX) state.records.shift();
}
