// Tasks come and go: deployment with its checks, cancellation, and what is remembered of tasks that are over.
import type { Leader } from '../leadership/leader-watch.ts';
import type { AttemptId, MessageOfKind, TaskDescriptor } from '../protocol/messages.ts';
import type { ClusterOutbox } from '../protocol/ports.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import type { ExecutionState } from '../protocol/states.ts';
import { describeDescriptorProblem } from '../task/descriptor.ts';
import { createTask, isOver } from '../task/state.ts';
import type { TaskState } from '../task/state.ts';
import { taskStep } from '../task/step.ts';
import type { TaskHost } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { activateSlot, releaseSlot } from './slots.ts';
import { isSameAttempt, isSameSubtask, registered } from './state.ts';
import type { TaskManagerState, TaskRecord } from './state.ts';

/** Tasks that are over and remembered. Each restart of a job lets go of all before it, so more are only there after many jobs. */
const RECORDS_MAX = 1_024;

/** A repeated deployment is answered with the state of the task. */
export function onDeployTask(
  state: TaskManagerState,
  leader: Leader,
  message: MessageOfKind<'deploy-task'>,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const { attempt } = message.body.task;
  const task = findTask(state, attempt);
  if (task !== null) return stepTask(task, { kind: 'report' }, taskStep(host, now, out));
  const record = findRecord(state, attempt);
  if (record !== null) return reportRecord(state, leader, record, out);
  const newer = findNewer(state, attempt);
  if (newer !== null) return out.ignore(message, { kind: 'newer-attempt-known', attempt: newer });
  forgetOlder(state, attempt);
  const problem = slotProblem(state, message) ?? descriptorProblem(message.body.task);
  if (problem !== null)
    return refuse(state, leader, { attempt, state: 'FAILED', reason: problem, allocationId: null }, out);
  failOlder(state, attempt, host, now, out);
  deploy(state, leader, message, host, now, out);
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
function failOlder(state: TaskManagerState, attempt: AttemptId, host: TaskHost, now: number, out: ClusterOutbox): void {
  const reason: TaskReason = { kind: 'newer-attempt-deployed', attempt };
  for (const task of state.tasks) {
    if (isSameSubtask(task.descriptor.attempt, attempt))
      stepTask(task, { kind: 'fail', reason }, taskStep(host, now, out));
  }
  recordEndedTasks(state, out);
}

function refuse(state: TaskManagerState, leader: Leader, record: TaskRecord, out: ClusterOutbox): void {
  remember(state, record);
  reportRecord(state, leader, record, out);
}

function deploy(
  state: TaskManagerState,
  leader: Leader,
  message: MessageOfKind<'deploy-task'>,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const { slotIndex, allocationId, task: descriptor } = message.body;
  const slot = state.slots[slotIndex];
  if (slot !== undefined) activateSlot(state, slot);
  state.lastTaskNumber += 1;
  const place = { ...registered(state, leader), leader: leader.address, slotIndex, allocationId };
  const task = createTask(state.lastTaskNumber, descriptor, place, host.options);
  state.tasks.push(task);
  stepTask(task, { kind: 'start' }, taskStep(host, now, out));
}

/** An attempt that is not here is over, and stays so: should its deployment still come, it finds this record. */
export function onCancelTask(
  state: TaskManagerState,
  leader: Leader,
  message: MessageOfKind<'cancel-task'>,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const { attempt } = message.body;
  const task = findTask(state, attempt);
  const record = findRecord(state, attempt);
  if (task !== null) stepTask(task, { kind: 'cancel' }, taskStep(host, now, out));
  else if (record !== null) reportRecord(state, leader, record, out);
  else refuse(state, leader, { attempt, state: 'CANCELED', reason: null, allocationId: null }, out);
}

function reportRecord(state: TaskManagerState, leader: Leader, record: TaskRecord, out: ClusterOutbox): void {
  const { attempt, state: taskState, reason } = record;
  out.send(leader.address, 'task-state-changed', { ...registered(state, leader), attempt, state: taskState, reason });
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
export function recordEndedTasks(state: TaskManagerState, out: ClusterOutbox): void {
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
  for (const slot of state.slots) releaseSlot(state, slot, out);
}

function remember(state: TaskManagerState, record: TaskRecord): void {
  state.records.push(record);
  if (state.records.length > RECORDS_MAX) state.records.shift();
}
