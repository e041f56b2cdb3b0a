// What is deployed where, and what is being cancelled.
import type { Address } from '../../core/base/machine.ts';
import type { AttemptId, Bodies, MessageOfKind, TaskDescriptor } from '../../core/protocol/messages.ts';
import { isTerminal } from '../../core/protocol/states.ts';
import type { TimeUs } from '../observation.ts';
import { giveUpCheckpoint } from './checkpoints.ts';
import { isOfJob, jobOf, taskKey, type AttemptFacts, type JobFacts, type RunFacts, type TaskFacts } from './facts.ts';

export function onDeploySent(facts: RunFacts, { from, to, body }: MessageOfKind<'deploy-task'>, at: TimeUs): void {
  const { epoch, task } = body;
  const { jobId, attempt } = task.attempt;
  const job = jobOf(facts, jobId);
  if (isNewer(job, epoch, attempt)) {
    endAttempt(facts, job, epoch, at);
    beginAttempt(job, epoch, attempt);
    const restoredFrom = task.restore?.checkpointId ?? 0;
    facts.history.push({ at, kind: 'job-deployed', jobId, by: from, epoch, attempt, restoredFrom });
  }
  if (job.attempt !== null && isCurrent(job, epoch, attempt)) addTask(job.attempt, to, task);
}

function addTask(attempt: AttemptFacts, taskManager: Address, task: TaskDescriptor): void {
  const key = taskKey(task.attempt);
  if (attempt.tasks.has(key)) return;
  attempt.tasks.set(key, createTask(taskManager, task));
  for (const { edge } of task.inputs) attempt.consumers.set(`${edge.index}:${task.attempt.subtask}`, key);
}

function createTask(taskManager: Address, { attempt, inputs, restore }: TaskDescriptor): TaskFacts {
  const channels = inputs.reduce((sum, input) => sum + input.producers.length, 0);
  return { taskManager, attempt, state: 'DEPLOYING', restores: restore !== null, channels, isGone: false };
}

function isNewer({ attempt: current }: JobFacts, epoch: number, attempt: number): boolean {
  return current === null || epoch > current.epoch || (epoch === current.epoch && attempt > current.attempt);
}

/** Whether this is the newest attempt: what is said of older ones no longer matters. */
function isCurrent({ attempt: current }: JobFacts, epoch: number, attempt: number): boolean {
  return current !== null && current.epoch === epoch && current.attempt === attempt;
}

function endAttempt(facts: RunFacts, job: JobFacts, epoch: number, at: TimeUs): void {
  const why = job.attempt?.epoch === epoch ? 'the job restarted' : 'the leader changed';
  giveUpCheckpoint(facts, job, { why, by: null, at });
  for (const name of facts.committing.keys()) if (isOfJob(name, job)) facts.committing.delete(name);
}

function beginAttempt(job: JobFacts, epoch: number, attempt: number): void {
  job.attempt = { epoch, attempt, tasks: new Map(), consumers: new Map(), channels: new Map(), atEnd: false };
}

export function onCancelSent(facts: RunFacts, to: Address, { epoch, attempt }: Bodies['cancel-task']): void {
  facts.cancelling.set(attemptKey(epoch, attempt), to);
}

export function onStateChangeSent(
  facts: RunFacts,
  { from, body }: MessageOfKind<'task-state-changed'>,
  at: TimeUs,
): void {
  const { epoch, attempt, state, reason } = body;
  if (isTerminal(state)) facts.cancelling.delete(attemptKey(epoch, attempt));
  if (state === 'FAILED') facts.history.push({ at, kind: 'task-failed', node: from, epoch, attempt, reason });
  const job = facts.jobs.get(attempt.jobId);
  if (job?.attempt === null || job === undefined || !isCurrent(job, epoch, attempt.attempt)) return;
  const task = job.attempt.tasks.get(taskKey(attempt));
  if (task !== undefined) task.state = state;
}

function attemptKey(epoch: number, { jobId, vertex, subtask, attempt }: AttemptId): string {
  return `${epoch}/${jobId}/${vertex}/${subtask}#${attempt}`;
}

/** A process died, and with it all that it was about to do. */
export function onDeath(facts: RunFacts, node: Address): void {
  for (const waiting of [facts.cancelling, facts.uploading, facts.committing]) {
    for (const [name, by] of waiting) if (by === node) waiting.delete(name);
  }
  facts.asked.delete(node);
  for (const { attempt } of facts.jobs.values()) {
    for (const task of attempt?.tasks.values() ?? []) if (task.taskManager === node) task.isGone = true;
  }
}
