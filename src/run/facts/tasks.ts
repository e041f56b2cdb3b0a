// What is deployed where, which tasks run there, and what is being cancelled.
import type { Address } from '../../core/base/machine.ts';
import type { AttemptId, Bodies, MessageOfKind, TaskDescriptor } from '../../core/protocol/messages.ts';
import { isTerminal } from '../../core/protocol/states.ts';
import type { TimeUs } from '../observation.ts';
import { giveUpCheckpoints } from './checkpoints.ts';
import {
  channelEnd,
  currentTask,
  isOfJob,
  jobOf,
  taskKey,
  type AttemptFacts,
  type JobFacts,
  type RunFacts,
  type TaskFacts,
} from './facts.ts';
import type { FactOf } from './history.ts';
import { leave } from './leaders.ts';
import type { Death } from './processes.ts';

export function onDeploySent(facts: RunFacts, { from, to, body }: MessageOfKind<'deploy-task'>, at: TimeUs): void {
  const { epoch, task } = body;
  const { jobId, attempt } = task.attempt;
  const job = jobOf(facts, jobId);
  if (isNewer(job, epoch, attempt)) {
    endAttempt(facts, job, epoch, at);
    job.attempt = attemptFrom(job, epoch, attempt);
    const restoredFrom = task.restore?.checkpointId ?? 0;
    facts.history.push({ at, kind: 'job-deployed', jobId, by: from, epoch, attempt, restoredFrom });
  }
  if (job.attempt?.epoch === epoch) addTask(job.attempt, to, task);
}

function addTask(attempt: AttemptFacts, taskManager: Address, task: TaskDescriptor): void {
  const key = taskKey(task.attempt);
  const known = attempt.tasks.get(key);
  if (known !== undefined && known.attempt.attempt >= task.attempt.attempt) return;
  attempt.tasks.set(key, createTask(taskManager, task));
  for (const { edge } of task.inputs) {
    const end = channelEnd(edge.index, task.attempt.subtask);
    attempt.consumers.set(end, key);
    attempt.channels.delete(end); // those of the attempt before
  }
}

function createTask(taskManager: Address, { attempt, inputs, restore }: TaskDescriptor): TaskFacts {
  const channels = inputs.reduce((sum, input) => sum + input.producers.length, 0);
  return { taskManager, attempt, state: 'DEPLOYING', restores: restore !== null, channels, isGone: false };
}

function isNewer({ attempt: current }: JobFacts, epoch: number, attempt: number): boolean {
  return current === null || epoch > current.epoch || (epoch === current.epoch && attempt > current.attempt);
}

function endAttempt(facts: RunFacts, job: JobFacts, epoch: number, at: TimeUs): void {
  const why = job.attempt?.epoch === epoch ? 'the job restarted' : 'the leader changed';
  giveUpCheckpoints(facts, job, { why, by: null, at });
  for (const name of facts.committing.keys()) if (isOfJob(name, job)) facts.committing.delete(name);
}

/** Under the same leader, regions that are not deployed anew run on. */
function attemptFrom({ attempt: before }: JobFacts, epoch: number, attempt: number): AttemptFacts {
  if (before !== null && before.epoch === epoch) return { ...before, attempt, atEnd: false };
  return {
    epoch,
    attempt,
    tasks: new Map(),
    consumers: new Map(),
    channels: new Map(),
    atEnd: false,
    restarting: new Set(),
  };
}

export function onCancelSent(facts: RunFacts, { from, to, body }: MessageOfKind<'cancel-task'>, at: TimeUs): void {
  const { epoch, attempt } = body;
  facts.cancelling.set(attemptKey(epoch, attempt), to);
  beginRestart(facts, from, body, at);
}

/** The leader cancels a task of what it deployed last, or hears that one failed. */
function beginRestart(
  facts: RunFacts,
  by: Address,
  { epoch, attempt: task }: Pick<Bodies['cancel-task'], 'epoch' | 'attempt'>,
  at: TimeUs,
): void {
  const { jobId, attempt } = task;
  const job = facts.jobs.get(jobId);
  if (job === undefined || job.attempt === null || currentTask(job, epoch, task) === undefined) return;
  if (job.attempt.restarting.has(attempt) || job.ended) return;
  job.attempt.restarting.add(attempt);
  facts.history.push({ at, kind: 'job-restarting', jobId, by, epoch, attempt });
}

export function onStateChangeDelivered(
  facts: RunFacts,
  { to, body }: MessageOfKind<'task-state-changed'>,
  at: TimeUs,
): void {
  if (body.state === 'FAILED' && facts.leading.get(to)?.epoch === body.epoch) beginRestart(facts, to, body, at);
}

/** The TaskManager says nothing of this state: its leader ordered it. */
export function onCancelDelivered(
  facts: RunFacts,
  { to, body: { epoch, attempt } }: MessageOfKind<'cancel-task'>,
  at: TimeUs,
): void {
  move(facts, { node: to, epoch, attempt, state: 'CANCELING', reason: null, at });
}

type Move = Omit<FactOf<'task-moved'>, 'kind'>;

/** A state is told more than once. A task whose first state is terminal never began. */
function move(facts: RunFacts, { node, epoch, attempt, state, reason, at }: Move): void {
  const key = attemptKey(epoch, attempt);
  const hosted = facts.hosted.get(key);
  const isOver = isTerminal(state);
  if (hosted === undefined ? isOver || state === 'CANCELING' : hosted.state === state) return;
  if (isOver) facts.hosted.delete(key);
  else if (hosted === undefined) facts.hosted.set(key, { taskManager: node, epoch, attempt, state });
  else hosted.state = state;
  facts.history.push({ at, kind: 'task-moved', node, epoch, attempt, state, reason });
}

export function onStateChangeSent(
  facts: RunFacts,
  { from, body }: MessageOfKind<'task-state-changed'>,
  at: TimeUs,
): void {
  const { epoch, attempt, state, reason } = body;
  move(facts, { node: from, epoch, attempt, state, reason, at });
  if (isTerminal(state)) facts.cancelling.delete(attemptKey(epoch, attempt));
  if (state === 'FAILED') facts.history.push({ at, kind: 'task-failed', node: from, epoch, attempt, reason });
  const job = facts.jobs.get(attempt.jobId);
  const task = job === undefined ? undefined : currentTask(job, epoch, attempt);
  if (task !== undefined) task.state = state;
}

function attemptKey(epoch: number, { jobId, vertex, subtask, attempt }: AttemptId): string {
  return `${epoch}/${jobId}/${vertex}/${subtask}#${attempt}`;
}

/** A process died, and with it all that it was about to do. */
export function onDeath(facts: RunFacts, node: Address, why: Death, at: TimeUs): void {
  leave(facts, node, why, at);
  loseTasks(facts, node, at);
  for (const waiting of [facts.cancelling, facts.uploading, facts.committing]) {
    for (const [name, by] of waiting) if (by === node) waiting.delete(name);
  }
  facts.asked.delete(node);
  for (const { attempt } of facts.jobs.values()) {
    for (const task of attempt?.tasks.values() ?? []) if (task.taskManager === node) task.isGone = true;
  }
}

function loseTasks({ hosted, history }: RunFacts, node: Address, at: TimeUs): void {
  for (const [key, { taskManager, epoch, attempt }] of hosted) {
    if (taskManager !== node) continue;
    hosted.delete(key);
    history.push({ at, kind: 'task-lost', node, epoch, attempt });
  }
}
