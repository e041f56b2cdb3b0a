// Which task a message of the data plane is for. A channel names both attempts and the epoch: anything else is from the dead.
import type { ChannelId, MessageOfKind } from '../protocol/messages.ts';
import type { TaskManagerState } from './state.ts';
import type { TaskState } from './task-state.ts';
import type { ClusterOutbox, TaskHost } from './task-types.ts';
import { stepTask } from './task.ts';

type ForConsumer =
  | MessageOfKind<'channel-elements'>
  | MessageOfKind<'channel-status'>
  | MessageOfKind<'partition-unavailable'>;

export function onConsumerMessage(
  state: TaskManagerState,
  message: ForConsumer,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const task = findConsumer(state, message.body.channel);
  if (task === null) out.ignore(message, { kind: 'consumer-absent' });
  else stepTask(task, { kind: 'message', message }, host, now, out);
}

export function onRequestPartition(
  state: TaskManagerState,
  message: MessageOfKind<'request-partition'>,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const { channel } = message.body;
  const task = findProducer(state, channel);
  if (task === null) out.sendData(message.from, 'partition-unavailable', { channel });
  else stepTask(task, { kind: 'message', message }, host, now, out);
}

export function onChannelCredit(
  state: TaskManagerState,
  message: MessageOfKind<'channel-credit'>,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const task = findProducer(state, message.body.channel);
  if (task === null) out.ignore(message, { kind: 'producer-absent' });
  else stepTask(task, { kind: 'message', message }, host, now, out);
}

function findConsumer(state: TaskManagerState, id: ChannelId): TaskState | null {
  for (const task of state.tasks) {
    if (!isOfRun(task, id, id.consumer, id.consumerAttempt)) continue;
    for (const input of task.descriptor.inputs) if (input.edge.index === id.edge) return task;
  }
  return null;
}

function findProducer(state: TaskManagerState, id: ChannelId): TaskState | null {
  for (const task of state.tasks) {
    if (!isOfRun(task, id, id.producer, id.producerAttempt)) continue;
    for (const output of task.descriptor.outputs) if (output.edge.index === id.edge) return task;
  }
  return null;
}

function isOfRun(task: TaskState, id: ChannelId, subtask: number, attempt: number): boolean {
  const own = task.descriptor.attempt;
  return own.subtask === subtask && own.attempt === attempt && task.epoch === id.epoch && own.jobId === id.jobId;
}
