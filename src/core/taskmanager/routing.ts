// Which task a message is for. The leader names an attempt; a peer's channel names both attempts and the epoch. Whatever names another is from the
// dead, and says so in the trace.
import type { ChannelId } from '../protocol/messages.ts';
import type { TaskState } from '../task/state.ts';
import type { CheckpointMessage, ConsumerMessage, ProducerMessage, TaskStep } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { findTask, stateOfAttempt } from './deployment.ts';
import type { TaskManagerState } from './state.ts';
import { sendToLeader } from './to-leader.ts';

/** A trigger for an attempt that is not here is declined, so that nobody waits for it; the others change nothing. */
export function onCheckpointMessage(state: TaskManagerState, message: CheckpointMessage, step: TaskStep): void {
  const { attempt, checkpointId } = message.body;
  const task = findTask(state, attempt);
  if (task !== null) return stepTask(task, { kind: 'message', message }, step);
  const known = stateOfAttempt(state, attempt);
  const reason =
    known === null ? ({ kind: 'no-such-attempt' } as const) : ({ kind: 'task-not-running', state: known } as const);
  if (message.kind !== 'trigger-checkpoint') return step.out.ignore(message, reason);
  sendToLeader(state, 'decline-checkpoint', { attempt, checkpointId, reason }, step);
}

export function onConsumerMessage(state: TaskManagerState, message: ConsumerMessage, step: TaskStep): void {
  const task = findConsumer(state, message.body.channel);
  if (task === null) step.out.ignore(message, { kind: 'consumer-absent' });
  else stepTask(task, { kind: 'message', message }, step);
}

/** A consumer that asks for a partition in vain hears so, and asks again; credit of the dead changes nothing. */
export function onProducerMessage(state: TaskManagerState, message: ProducerMessage, step: TaskStep): void {
  const { channel } = message.body;
  const task = findProducer(state, channel);
  if (task !== null) stepTask(task, { kind: 'message', message }, step);
  else if (message.kind === 'channel-credit') step.out.ignore(message, { kind: 'producer-absent' });
  else step.out.sendData(message.from, 'partition-unavailable', { channel });
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
