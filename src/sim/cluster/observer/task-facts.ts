// What is deployed where, and what is being cancelled.
import type { Address } from '../../../core/base/machine.ts';
import type { AttemptId, Bodies, TaskDescriptor } from '../../../core/protocol/messages.ts';
import { isTerminal } from '../../../core/protocol/states.ts';
import { giveUpCheckpoint } from './checkpoint-facts.ts';
import { taskKey, type RunFacts, type TaskFacts } from './facts.ts';

export function onDeploySent(facts: RunFacts, to: Address, { epoch, task }: Bodies['deploy-task']): void {
  const { attempt } = task.attempt;
  if (isNewer(facts, epoch, attempt)) beginAttempt(facts, epoch, attempt);
  if (!isCurrent(facts, epoch, attempt)) return;
  const key = taskKey(task.attempt);
  if (facts.attempt === null || facts.attempt.tasks.has(key)) return;
  facts.attempt.tasks.set(key, createTask(to, task));
  for (const { edge } of task.inputs) facts.attempt.consumers.set(`${edge.index}:${task.attempt.subtask}`, key);
}

function createTask(taskManager: Address, task: TaskDescriptor): TaskFacts {
  const channels = task.inputs.reduce((sum, input) => sum + input.producers.length, 0);
  return { taskManager, state: 'DEPLOYING', restores: task.restore !== null, channels };
}

function isNewer({ attempt: current }: RunFacts, epoch: number, attempt: number): boolean {
  return current === null || epoch > current.epoch || (epoch === current.epoch && attempt > current.attempt);
}

/** Whether this is the newest attempt: what is said of older ones no longer matters. */
function isCurrent({ attempt: current }: RunFacts, epoch: number, attempt: number): boolean {
  return current !== null && current.epoch === epoch && current.attempt === attempt;
}

function beginAttempt(facts: RunFacts, epoch: number, attempt: number): void {
  if (facts.checkpoint !== null) giveUpCheckpoint(facts, whyAttemptEnded(facts, epoch));
  facts.attempt = { epoch, attempt, tasks: new Map(), consumers: new Map(), channels: new Map(), atEnd: false };
  facts.counters.deployments += 1;
  facts.committing.clear();
}

function whyAttemptEnded(facts: RunFacts, epoch: number): string {
  return facts.attempt?.epoch === epoch ? 'the job restarted' : 'the leader changed';
}

export function onCancelSent(facts: RunFacts, to: Address, { epoch, attempt }: Bodies['cancel-task']): void {
  facts.cancelling.set(attemptKey(epoch, attempt), to);
}

export function onStateChangeSent(facts: RunFacts, { epoch, attempt, state }: Bodies['task-state-changed']): void {
  if (isTerminal(state)) facts.cancelling.delete(attemptKey(epoch, attempt));
  const task = isCurrent(facts, epoch, attempt.attempt) ? facts.attempt?.tasks.get(taskKey(attempt)) : undefined;
  if (task !== undefined) task.state = state;
}

function attemptKey(epoch: number, { vertex, subtask, attempt }: AttemptId): string {
  return `${epoch}/${vertex}/${subtask}#${attempt}`;
}

/** A process died, and with it all that it was about to do. */
export function onStopped(facts: RunFacts, node: Address): void {
  if (facts.leader?.address === node) facts.leader.stopped = true;
  for (const waiting of [facts.cancelling, facts.uploading, facts.committing]) {
    for (const [name, by] of waiting) if (by === node) waiting.delete(name);
  }
}
