// The states of a task: the one door of its transitions, and what the leader is told of them. A lost report is repaired by heartbeat answers.
import { describeAttempt } from '../protocol/describe.ts';
import { checkTransition, taskTransitions } from '../protocol/states.ts';
import type { ExecutionState } from '../protocol/states.ts';
import { isOver } from './task-state.ts';
import type { TaskState } from './task-state.ts';
import type { ClusterOutbox } from './task-types.ts';

export function moveTask(task: TaskState, to: ExecutionState, reason: string | null, out: ClusterOutbox): void {
  const name = `task ${describeAttempt(task.descriptor.attempt)}`;
  task.status = checkTransition(taskTransitions, task.status, to, name);
  task.reason = reason;
  out.trace(() => (reason === null ? `${name} is ${to}` : `${name} is ${to}: ${reason}`));
  if (to !== 'DEPLOYING' && to !== 'CANCELING') reportTask(task, out); // the leader knows those two: it ordered them
}

export function reportTask(task: TaskState, out: ClusterOutbox): void {
  const { epoch, incarnation, status, reason } = task;
  out.send(task.leader, 'task-state-changed', {
    epoch,
    incarnation,
    attempt: task.descriptor.attempt,
    state: status,
    reason,
  });
}

/** The first reason counts; a task that is over stays as it is. */
export function failTask(task: TaskState, reason: string, out: ClusterOutbox): void {
  if (!isOver(task)) moveTask(task, 'FAILED', reason, out);
}

export function cancelTask(task: TaskState, out: ClusterOutbox): void {
  if (!isOver(task) && task.status !== 'CANCELING') moveTask(task, 'CANCELING', null, out);
}
