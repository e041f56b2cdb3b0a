// The states of a task: the one door of its transitions, and what the leader is told of them. A lost report is repaired by heartbeat answers.
import { deepFreeze } from '../base/state.ts';
import type { AttemptId } from '../protocol/messages.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import { checkTransition, taskTransitions } from '../protocol/states.ts';
import type { ExecutionState } from '../protocol/states.ts';
import { describeTask, isOver } from './state.ts';
import type { TaskState } from './state.ts';
import type { TaskStep } from './step.ts';

export function moveTask(task: TaskState, to: ExecutionState, reason: TaskReason | null, step: TaskStep): void {
  const { attempt } = task.descriptor;
  task.status = checkTransition(taskTransitions, task.status, to, `task ${describeTask(task)}`);
  task.reason = deepFreeze(reason); // tasks that end together share it
  if (step.out.noted) step.out.note({ kind: 'task-state-changed', attempt, epoch: task.epoch, state: to, reason });
  if (to !== 'DEPLOYING' && to !== 'CANCELING') reportTask(task, step); // the leader knows those two: it ordered them
}

/** How notes name a task. */
export function taskOf({ descriptor, epoch }: TaskState): { readonly attempt: AttemptId; readonly epoch: number } {
  return { attempt: descriptor.attempt, epoch };
}

export function reportTask(task: TaskState, step: TaskStep): void {
  const { epoch, incarnation, status, reason } = task;
  step.out.send(task.leader, 'task-state-changed', {
    epoch,
    incarnation,
    attempt: task.descriptor.attempt,
    state: status,
    reason,
  });
}

/** The first reason counts; a task that is over stays as it is. */
export function failTask(task: TaskState, reason: TaskReason, step: TaskStep): void {
  if (!isOver(task)) moveTask(task, 'FAILED', reason, step);
}

export function cancelTask(task: TaskState, step: TaskStep): void {
  if (!isOver(task) && task.status !== 'CANCELING') moveTask(task, 'CANCELING', null, step);
}
