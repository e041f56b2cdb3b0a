// A task: one attempt of one subtask, as a machine inside the machine. One input is one bounded step.
import { unreachable } from '../base/assert.ts';
import type { Address } from '../base/machine.ts';
import { NEVER } from '../base/machine.ts';
import { wakeSource } from '../operators/source.ts';
import { UserCodeError } from '../operators/user-code-error.ts';
import type { ClusterOutbox } from '../protocol/ports.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import { onTaskCompleted } from './answers.ts';
import { hasRestoring, restoreSome, startTask, tryRun } from './initialization.ts';
import { hasProducerAt, requestPartitions } from './input-gate.ts';
import { onCheckpointFinal, onTaskMessage } from './messages.ts';
import { askConnectors, retryDue } from './requests.ts';
import { flushPartition, onConsumerLost, onStatusDue, pumpPartition } from './result-partition.ts';
import { isOver } from './state.ts';
import type { TaskState } from './state.ts';
import { cancelTask, failTask, moveTask, taskOf } from './status.ts';
import type { TaskHost, TaskInput } from './step.ts';
import { hasRunningWork, sendSourceWatermark, settle, workRunning } from './work.ts';

/** User code that fails, fails its task; anything else that is thrown is a bug. */
export function stepTask(task: TaskState, input: TaskInput, host: TaskHost, now: number, out: ClusterOutbox): void {
  if (isOver(task)) return;
  try {
    onTaskInput(task, input, host, now, out);
    if (task.status === 'INITIALIZING') tryRun(task, host, now, out);
    if (task.status === 'RUNNING') settle(task, now, out);
    if (task.status === 'RUNNING' || task.status === 'INITIALIZING') emitEffects(task, host, now, out);
  } catch (error) {
    if (!(error instanceof UserCodeError)) throw error;
    failTask(task, userCodeReason(error), out);
  }
}

function userCodeReason({ operator, function: called, given, sentence }: UserCodeError): TaskReason {
  return { kind: 'user-code', operator, function: called, given, text: sentence };
}

function onTaskInput(task: TaskState, input: TaskInput, host: TaskHost, now: number, out: ClusterOutbox): void {
  switch (input.kind) {
    case 'start':
      return startTask(task, host, out);
    case 'wake':
      return onWake(task, host, now, out);
    case 'work':
      return onWork(task, host, now, out);
    case 'message':
      return onTaskMessage(task, input.message, host, now, out);
    case 'completed':
      return onTaskCompleted(task, input, host, now, out);
    case 'peer-lost':
      return onPeerLost(task, input.peer, out);
    case 'checkpoint-final':
      return onCheckpointFinal(task, input.checkpointId, out);
    case 'cancel':
      return cancelTask(task, out);
    case 'fail':
      return failTask(task, input.reason, out);
    default:
      return unreachable(input);
  }
}

/** What a step made possible: requests of source and sink, and elements for which there is credit. */
function emitEffects(task: TaskState, host: TaskHost, now: number, out: ClusterOutbox): void {
  askConnectors(task, host, out);
  pumpPartition(task.partition, now, host.options, out);
}

function onWork(task: TaskState, host: TaskHost, now: number, out: ClusterOutbox): void {
  if (task.status === 'CANCELING') moveTask(task, 'CANCELED', null, out);
  else if (task.status === 'RUNNING') workRunning(task, host, now, out);
  else if (hasRestoring(task)) restoreOrFail(task, host, out);
}

function restoreOrFail(task: TaskState, host: TaskHost, out: ClusterOutbox): void {
  const problem = restoreSome(task, host, out);
  if (problem !== null) failTask(task, problem, out);
}

function onWake(task: TaskState, host: TaskHost, now: number, out: ClusterOutbox): void {
  const { gate, partition, source } = task;
  retryDue(task, host, now, out);
  if (gate.requestAt <= now) requestPartitions(gate, now, host.options, out);
  if (partition.flushAt <= now) flushPartition(partition);
  if (partition.statusAt <= now) onStatusDue(partition, now, host.options.channelStatusIntervalMs, out);
  if (task.watermarkAt <= now) sendSourceWatermark(task, host);
  if (source !== null) wakeSource(source, now);
}

/** In streaming there is no reconnecting a channel: what was on its way is lost, or nobody knows. */
function onPeerLost(task: TaskState, peer: Address, out: ClusterOutbox): void {
  if (hasProducerAt(task.gate, peer)) failTask(task, { kind: 'connection-lost', peer }, out);
  else if (onConsumerLost(task.partition, peer)) {
    if (out.noted) out.note({ kind: 'consumers-lost', ...taskOf(task), peer });
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
  let at = Math.min(task.retryAt, gate.requestAt, partition.flushAt);
  if (partition.statusAt < at) at = partition.statusAt;
  if (task.watermarkAt < at) at = task.watermarkAt;
  if (source !== null && task.status === 'RUNNING' && source.dueAt < at) at = source.dueAt;
  return at;
}
