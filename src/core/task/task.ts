// A task: one attempt of one subtask, as a machine inside the machine. One input is one bounded step.
import { unreachable } from '../base/assert.ts';
import type { Address } from '../base/machine.ts';
import { NEVER } from '../base/machine.ts';
import { wakeSource } from '../operators/source.ts';
import { UserCodeError } from '../operators/user-code-error.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import { onTaskCompleted } from './answers.ts';
import { callsWakeAt, checkOverdue } from './calls.ts';
import { sendSourceWatermark } from './event-time.ts';
import { hasRestoring, restoreSome, startTask, tryRun } from './initialization.ts';
import { hasProducerAt, requestPartitions } from './input-gate.ts';
import { onCheckpointFinal, onTaskMessage } from './messages.ts';
import { askConnectors, retryDue } from './requests.ts';
import { flushPartition, onConsumerLost, onStatusDue, pumpPartition } from './result-partition.ts';
import { isOver } from './state.ts';
import type { TaskState } from './state.ts';
import { cancelTask, failTask, moveTask, reportTask, taskOf } from './status.ts';
import type { TaskInput, TaskStep } from './step.ts';
import { endOrCut, hasRunningWork, workRunning } from './work.ts';

/** User code that fails, fails its task; anything else that is thrown is a bug. */
export function stepTask(task: TaskState, input: TaskInput, step: TaskStep): void {
  if (isOver(task)) return;
  try {
    onTaskInput(task, input, step);
    if (task.status === 'INITIALIZING') tryRun(task, step);
    if (task.status === 'RUNNING') endOrCut(task, step);
    if (task.status === 'RUNNING' || task.status === 'INITIALIZING') emitEffects(task, step);
  } catch (error) {
    if (!(error instanceof UserCodeError)) throw error;
    failTask(task, userCodeReason(error, step), step);
  }
}

/** Longer stacks are cut: reasons are kept by the hundred. */
const STACK_CHARACTERS_MAX = 4_000;

function userCodeReason(error: UserCodeError, { code }: TaskStep): TaskReason {
  const { operator, function: called, given, sentence: text } = error;
  const stack = code.stackOf(error)?.slice(0, STACK_CHARACTERS_MAX) ?? null;
  return { kind: 'user-code', operator, function: called, given, text, stack };
}

function onTaskInput(task: TaskState, input: TaskInput, step: TaskStep): void {
  switch (input.kind) {
    case 'start':
      return startTask(task, step);
    case 'wake':
      return onWake(task, step);
    case 'work':
      return onWork(task, step);
    case 'message':
      return onTaskMessage(task, input.message, step);
    case 'completed':
      return onTaskCompleted(task, input, step);
    case 'peer-lost':
      return onPeerLost(task, input.peer, step);
    case 'checkpoint-final':
      return onCheckpointFinal(task, input.checkpointId, step);
    case 'report':
      return reportTask(task, step);
    case 'cancel':
      return input.finish && task.status === 'RUNNING'
        ? moveTask(task, 'FINISHED', null, step)
        : cancelTask(task, step);
    case 'fail':
      return failTask(task, input.reason, step);
    default:
      return unreachable(input);
  }
}

/** What a step made possible: requests of source and sink, and elements for which there is credit. */
function emitEffects(task: TaskState, step: TaskStep): void {
  askConnectors(task, step);
  pumpPartition(task.partition, step);
}

function onWork(task: TaskState, step: TaskStep): void {
  if (task.status === 'CANCELING') moveTask(task, 'CANCELED', null, step);
  else if (task.status === 'RUNNING') workRunning(task, step);
  else if (hasRestoring(task)) restoreOrFail(task, step);
}

function restoreOrFail(task: TaskState, step: TaskStep): void {
  const problem = restoreSome(task, step);
  if (problem !== null) failTask(task, problem, step);
}

function onWake(task: TaskState, step: TaskStep): void {
  const { gate, partition, source } = task;
  const { now } = step;
  retryDue(task, step);
  if (gate.requestAt <= now) requestPartitions(gate, step);
  if (partition.flushAt <= now) flushPartition(partition);
  if (partition.statusAt <= now) onStatusDue(partition, step);
  if (task.watermarkAt <= now) sendSourceWatermark(task, step);
  if (source !== null) wakeSource(source, now);
  checkOverdue(task, step);
}

/** In streaming there is no reconnecting a channel: what was on its way is lost, or nobody knows. */
function onPeerLost(task: TaskState, peer: Address, step: TaskStep): void {
  if (hasProducerAt(task.gate, peer)) failTask(task, { kind: 'connection-lost', peer }, step);
  else if (onConsumerLost(task.partition, peer)) {
    if (step.out.noted) step.out.note({ kind: 'consumers-lost', ...taskOf(task), peer });
  }
}

export function taskHasWork(task: TaskState): boolean {
  switch (task.status) {
    case 'RUNNING':
      return hasRunningWork(task);
    case 'INITIALIZING':
      return hasRestoring(task);
    default:
      return task.status === 'CANCELING';
  }
}

export function taskWakeAt(task: TaskState): number {
  if (task.status !== 'RUNNING' && task.status !== 'INITIALIZING') return NEVER;
  const { gate, partition, source } = task;
  let at = Math.min(task.retries.nextAt, gate.requestAt, partition.flushAt);
  if (partition.statusAt < at) at = partition.statusAt;
  if (task.watermarkAt < at) at = task.watermarkAt;
  if (task.chain.calls !== undefined) at = Math.min(at, callsWakeAt(task));
  if (source !== null && task.status === 'RUNNING' && source.dueAt < at) at = source.dueAt;
  return at;
}
