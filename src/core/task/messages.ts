// Messages for one task: checkpoints from the leader, elements and credit from its peers. The TaskManager has checked who they are for.
import { commitUpTo, isCommittedUpTo } from '../operators/sink.ts';
import type { Message, MessageOfKind } from '../protocol/messages.ts';
import type { ClusterOutbox } from '../protocol/ports.ts';
import { abortAlignment, obsoleteReason } from './alignment.ts';
import { findInput, onChannelStatus, onElements, repeatCredit } from './input-gate.ts';
import type { InputChannel } from './input-gate.ts';
import { findOutput, onCreditGranted, onPartitionRequested } from './result-partition.ts';
import { declineCheckpoint, dropCheckpoint, takeSnapshot } from './snapshot.ts';
import { isSourceTask } from './state.ts';
import type { TaskState } from './state.ts';
import { failTask, moveTask, taskOf } from './status.ts';
import type { TaskHost } from './step.ts';
import { sendSourceWatermark, settle } from './work.ts';

export function onTaskMessage(
  task: TaskState,
  message: Message,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  switch (message.kind) {
    case 'trigger-checkpoint':
      return onTrigger(task, message, host, now, out);
    case 'abort-checkpoint':
      return onAbort(task, message, out);
    case 'notify-checkpoint-complete':
      return onComplete(task, message, out);
    case 'request-partition':
      return onRequestPartition(task, message, out);
    case 'channel-credit':
      return onChannelCredit(task, message, out);
    case 'channel-elements':
      return onChannelElements(task, message, out);
    case 'channel-status':
      return onStatus(task, message, host, out);
    case 'partition-unavailable':
      return out.ignore(message, { kind: 'asked-again-later' });
    default:
      return out.ignore(message, { kind: 'not-addressed', role: 'task' });
  }
}

/** The snapshot of a source and its barrier are one step between two batches. */
function onTrigger(
  task: TaskState,
  message: MessageOfKind<'trigger-checkpoint'>,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const { checkpointId, timestamp } = message.body;
  if (!isSourceTask(task)) return declineCheckpoint(task, checkpointId, { kind: 'task-has-inputs' }, out);
  if (task.status !== 'RUNNING')
    return declineCheckpoint(task, checkpointId, { kind: 'task-not-running', state: task.status }, out);
  const obsolete = obsoleteReason(task.alignment, checkpointId);
  if (obsolete !== null) return out.ignore(message, obsolete);
  sendSourceWatermark(task, host);
  settle(task, now, out); // an end that is reached comes before the barrier: what a cut says follows from its positions alone
  takeSnapshot(task, { checkpointId, timestamp }, 0, now, out);
}

/** The pending transaction stays: it is committed with a later checkpoint. `latestCompletedId` makes up for a lost notification. */
function onAbort(task: TaskState, message: MessageOfKind<'abort-checkpoint'>, out: ClusterOutbox): void {
  const { checkpointId, latestCompletedId } = message.body;
  if (task.sink !== null) commitUpTo(task.sink, latestCompletedId);
  abortAlignment(task.alignment, task.gate, checkpointId);
  dropCheckpoint(task, checkpointId);
  if (out.noted) out.note({ kind: 'snapshot-aborted', ...taskOf(task), checkpointId });
}

function onComplete(task: TaskState, message: MessageOfKind<'notify-checkpoint-complete'>, out: ClusterOutbox): void {
  const { checkpointId, final } = message.body;
  if (task.sink !== null) commitUpTo(task.sink, checkpointId);
  if (final) onCheckpointFinal(task, checkpointId, out);
}

/** Nothing can follow this checkpoint: the task ends after its commit. Only one that this very attempt took at its end can be meant. */
export function onCheckpointFinal(task: TaskState, checkpointId: number, out: ClusterOutbox): void {
  const taken =
    task.firstTakenAtEndId !== 0 && task.firstTakenAtEndId <= checkpointId && checkpointId <= task.lastTakenId;
  if (!taken) {
    if (out.noted) out.note({ kind: 'final-checkpoint-ignored', ...taskOf(task), checkpointId });
    return;
  }
  if (task.sink !== null) commitUpTo(task.sink, checkpointId);
  task.finalId = checkpointId;
  tryFinish(task, out);
}

/** FINISHED as soon as the final checkpoint is complete and everything up to it is committed. */
export function tryFinish(task: TaskState, out: ClusterOutbox): void {
  if (task.finalId === 0 || task.status !== 'RUNNING') return;
  if (task.sink === null || isCommittedUpTo(task.sink, task.finalId)) moveTask(task, 'FINISHED', null, out);
}

function onRequestPartition(task: TaskState, message: MessageOfKind<'request-partition'>, out: ClusterOutbox): void {
  const channel = findOutput(task.partition, message.body.channel);
  if (channel === null) return out.ignore(message, { kind: 'no-such-channel', channel: message.body.channel });
  onPartitionRequested(channel, message.body.credit, out);
}

function onChannelCredit(task: TaskState, message: MessageOfKind<'channel-credit'>, out: ClusterOutbox): void {
  const channel = findOutput(task.partition, message.body.channel);
  if (channel === null) return out.ignore(message, { kind: 'no-such-channel', channel: message.body.channel });
  onCreditGranted(channel, message.body.credit, message.body.received);
}

function onChannelElements(task: TaskState, message: MessageOfKind<'channel-elements'>, out: ClusterOutbox): void {
  const { sequence, elements } = message.body;
  const channel = inputOf(task, message, out);
  if (channel === null) return;
  const receipt = onElements(task.gate, channel, sequence, elements);
  if (receipt === 'duplicate') out.ignore(message, { kind: 'element-doubled', sequence });
  if (receipt === 'gap') failByGap(task, channel, sequence - 1, out);
  if (receipt === 'over-credit') failTask(task, { kind: 'over-credit', channel: channel.id }, out);
}

function onStatus(task: TaskState, message: MessageOfKind<'channel-status'>, host: TaskHost, out: ClusterOutbox): void {
  const channel = inputOf(task, message, out);
  if (channel === null) return;
  if (!onChannelStatus(channel, message.body.lastSequence)) failByGap(task, channel, message.body.lastSequence, out);
  else repeatCredit(channel, host.options.creditsPerChannel, out);
}

function inputOf(
  task: TaskState,
  message: MessageOfKind<'channel-elements'> | MessageOfKind<'channel-status'>,
  out: ClusterOutbox,
): InputChannel | null {
  const channel = findInput(task.gate, message.body.channel);
  if (channel === null) out.ignore(message, { kind: 'no-such-channel', channel: message.body.channel });
  else if (task.status !== 'RUNNING') out.ignore(message, { kind: 'task-not-running', state: task.status });
  else return channel;
  return null;
}

function failByGap(task: TaskState, channel: InputChannel, lastSequence: number, out: ClusterOutbox): void {
  const first = channel.received + 1;
  failTask(task, { kind: 'channel-gap', channel: channel.id, first, last: lastSequence }, out);
}
