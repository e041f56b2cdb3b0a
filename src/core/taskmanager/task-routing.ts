// Checkpoint messages of the leader to the attempt that they name.
import type { MessageOfKind } from '../protocol/messages.ts';
import { findTask, stateOfAttempt } from './deployment.ts';
import { registered } from './state.ts';
import type { Leader, TaskManagerState } from './state.ts';
import type { ClusterOutbox, TaskHost } from './task-types.ts';
import { stepTask } from './task.ts';

type CheckpointMessage =
  | MessageOfKind<'trigger-checkpoint'>
  | MessageOfKind<'abort-checkpoint'>
  | MessageOfKind<'notify-checkpoint-complete'>;

/** A trigger for an attempt that is not here is declined, so that nobody waits for it; the others change nothing. */
export function onCheckpointMessage(
  state: TaskManagerState,
  leader: Leader,
  message: CheckpointMessage,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const { attempt, checkpointId } = message.body;
  const task = findTask(state, attempt);
  if (task !== null) return stepTask(task, { kind: 'message', message }, host, now, out);
  const known = stateOfAttempt(state, attempt);
  const reason =
    known === null ? ({ kind: 'no-such-attempt' } as const) : ({ kind: 'task-not-running', state: known } as const);
  if (message.kind !== 'trigger-checkpoint') return out.ignore(message, reason);
  out.send(leader.address, 'decline-checkpoint', { ...registered(state, leader), attempt, checkpointId, reason });
}
