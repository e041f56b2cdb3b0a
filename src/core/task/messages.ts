// Messages for one task: checkpoints from the leader, elements and credit from its peers. The TaskManager has checked who they are for.
import { unreachable } from '../base/assert.ts';
import { commitUpTo, isCommittedUpTo } from '../operators/sink.ts';
import { drainSource } from '../operators/source.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import { abortAlignment, beginAlignment, obsoleteReason } from './alignment.ts';
import { findInput, onChannelStatus, onElements, repeatCredit } from './input-gate.ts';
import type { InputChannel } from './input-gate.ts';
import { findOutput, onCreditGranted, onPartitionRequested } from './result-partition.ts';
import { declineCheckpoint, dropCheckpoint } from './snapshot.ts';
import { isSourceTask } from './state.ts';
import type { TaskState } from './state.ts';
import { failTask, moveTask, taskOf } from './status.ts';
import type { TaskMessage, TaskStep } from './step.ts';
import { endOrCut } from './work.ts';

export function onTaskMessage(task: TaskState, message: TaskMessage, step: TaskStep): void {
  switch (message.kind) {
    case 'trigger-checkpoint':
      return onTrigger(task, message, step);
    case 'abort-checkpoint':
      return onAbort(task, message, step);
    case 'notify-checkpoint-complete':
      return onComplete(task, message, step);
    case 'request-partition':
      return onRequestPartition(task, message, step);
    case 'channel-credit':
      return onChannelCredit(task, message, step);
    case 'channel-elements':
      return onChannelElements(task, message, step);
    case 'channel-status':
      return onStatus(task, message, step);
    case 'partition-unavailable':
      return step.out.ignore(message, { kind: 'asked-again-later' });
    default:
      return unreachable(message);
  }
}

/** The snapshot of a source and its barrier are one step between two batches. */
function onTrigger(task: TaskState, message: MessageOfKind<'trigger-checkpoint'>, step: TaskStep): void {
  const { checkpointId, timestamp, drain } = message.body;
  if (!isSourceTask(task)) return declineCheckpoint(task, checkpointId, { kind: 'task-has-inputs' }, step);
  if (task.status !== 'RUNNING')
    return declineCheckpoint(task, checkpointId, { kind: 'task-not-running', state: task.status }, step);
  const obsolete = obsoleteReason(task.alignment, checkpointId);
  if (obsolete !== null) return step.out.ignore(message, obsolete);
  if (drain && task.source !== null) drainSource(task.source); // its watermark and its end go before the barrier
  const subsumed = beginAlignment(task.alignment, task.gate, { checkpointId, timestamp }, step.now);
  if (subsumed !== 0) declineCheckpoint(task, subsumed, { kind: 'subsumed', by: checkpointId }, step);
  endOrCut(task, step);
}

/** The pending transaction stays: it is committed with a later checkpoint. `latestCompletedId` makes up for a lost notification. */
function onAbort(task: TaskState, message: MessageOfKind<'abort-checkpoint'>, step: TaskStep): void {
  const { checkpointId, latestCompletedId } = message.body;
  if (task.sink !== null) commitUpTo(task.sink, latestCompletedId);
  abortAlignment(task.alignment, task.gate, checkpointId);
  dropCheckpoint(task, checkpointId);
  if (step.out.noted) step.out.note({ kind: 'snapshot-aborted', ...taskOf(task), checkpointId });
}

function onComplete(task: TaskState, message: MessageOfKind<'notify-checkpoint-complete'>, step: TaskStep): void {
  const { checkpointId, final } = message.body;
  if (task.sink !== null) commitUpTo(task.sink, checkpointId);
  if (final) onCheckpointFinal(task, checkpointId, step);
}

/** Nothing can follow this checkpoint: the task ends after its commit. Only one that this very attempt took at its end can be meant. */
export function onCheckpointFinal(task: TaskState, checkpointId: number, step: TaskStep): void {
  const taken =
    task.firstTakenAtEndId !== 0 && task.firstTakenAtEndId <= checkpointId && checkpointId <= task.lastTakenId;
  if (!taken) {
    if (step.out.noted) step.out.note({ kind: 'final-checkpoint-ignored', ...taskOf(task), checkpointId });
    return;
  }
  if (task.sink !== null) commitUpTo(task.sink, checkpointId);
  task.finalId = checkpointId;
  tryFinish(task, step);
}

/** FINISHED as soon as the final checkpoint is complete and everything up to it is committed. */
export function tryFinish(task: TaskState, step: TaskStep): void {
  if (task.finalId === 0 || task.status !== 'RUNNING') return;
  if (task.sink === null || isCommittedUpTo(task.sink, task.finalId)) moveTask(task, 'FINISHED', null, step);
}

function onRequestPartition(task: TaskState, message: MessageOfKind<'request-partition'>, step: TaskStep): void {
  const channel = findOutput(task.partition, message.body.channel);
  if (channel === null) return step.out.ignore(message, { kind: 'no-such-channel', channel: message.body.channel });
  onPartitionRequested(channel, message.body.credit, step);
}

function onChannelCredit(task: TaskState, message: MessageOfKind<'channel-credit'>, step: TaskStep): void {
  const channel = findOutput(task.partition, message.body.channel);
  if (channel === null) return step.out.ignore(message, { kind: 'no-such-channel', channel: message.body.channel });
  onCreditGranted(channel, message.body.credit, message.body.received);
}

function onChannelElements(task: TaskState, message: MessageOfKind<'channel-elements'>, step: TaskStep): void {
  const { sequence, elements } = message.body;
  const channel = inputOf(task, message, step);
  if (channel === null) return;
  const receipt = onElements(task.gate, channel, sequence, elements);
  if (receipt === 'duplicate') step.out.ignore(message, { kind: 'element-doubled', sequence });
  if (receipt === 'gap') failByGap(task, channel, sequence - 1, step);
  if (receipt === 'over-credit') failTask(task, { kind: 'over-credit', channel: channel.id }, step);
}

function onStatus(task: TaskState, message: MessageOfKind<'channel-status'>, step: TaskStep): void {
  const channel = inputOf(task, message, step);
  if (channel === null) return;
  if (!onChannelStatus(channel, message.body.lastSequence)) failByGap(task, channel, message.body.lastSequence, step);
  else repeatCredit(channel, step);
}

function inputOf(
  task: TaskState,
  message: MessageOfKind<'channel-elements' | 'channel-status'>,
  step: TaskStep,
): InputChannel | null {
  const channel = findInput(task.gate, message.body.channel);
  if (channel === null) step.out.ignore(message, { kind: 'no-such-channel', channel: message.body.channel });
  else if (task.status !== 'RUNNING') step.out.ignore(message, { kind: 'task-not-running', state: task.status });
  else return channel;
  return null;
}

function failByGap(task: TaskState, channel: InputChannel, lastSequence: number, step: TaskStep): void {
  const first = channel.received + 1;
  failTask(task, { kind: 'channel-gap', channel: channel.id, first, last: lastSequence }, step);
}
