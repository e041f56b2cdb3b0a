// Speaking to registered TaskManagers, and hearing them: every message carries the epoch and the incarnation, and is checked for both first.
import type { Bodies, Kind, MessageOfKind } from '../protocol/messages.ts';
import { stopLeading } from './election.ts';
import type { Execution, Leader, TaskManagerEntry } from './state.ts';
import type { Step } from './step.ts';

/** Kinds that go down to a registered TaskManager, and what of their bodies is left to say. */
type Said<K extends Kind> = Omit<Bodies[K], 'epoch' | 'incarnation'>;
type DownKind =
  | 'task-manager-registered'
  | 'heartbeat'
  | 'request-slot'
  | 'free-slot'
  | 'slots-accepted'
  | 'deploy-task'
  | 'cancel-task'
  | 'trigger-checkpoint'
  | 'abort-checkpoint'
  | 'notify-checkpoint-complete';

export function tell<K extends DownKind>(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  kind: K,
  said: Said<K>,
): void {
  const body = { epoch: leader.epoch, incarnation: taskManager.incarnation, ...said } as unknown as Bodies[K];
  step.out.send(taskManager.address, kind, body);
}

/** Its control connection broke, and it did not answer since. */
export function isSuspect({ failedHeartbeats }: TaskManagerEntry): boolean {
  return failedHeartbeats > 0;
}

/** It is to hold nothing: nothing new is given to it. */
export function isDrained({ drains }: Leader, { address }: Pick<TaskManagerEntry, 'address'>): boolean {
  return drains.taskManagers.includes(address);
}

/** Tells the TaskManager of a task; nobody, if that one is lost. */
export function tellTask<K extends DownKind>(
  step: Step,
  leader: Leader,
  execution: Execution,
  kind: K,
  said: Said<K>,
): void {
  const taskManager = leader.taskManagers.get(execution.taskManager);
  if (taskManager !== undefined) tell(step, leader, taskManager, kind, said);
}

/** Kinds that come up from a TaskManager that is registered. */
export type UpKind =
  | 'heartbeat-answer'
  | 'task-manager-stopped'
  | 'slot-answer'
  | 'slot-freed'
  | 'offer-slots'
  | 'task-state-changed'
  | 'acknowledge-checkpoint'
  | 'decline-checkpoint';

export interface Sender {
  readonly leader: Leader;
  readonly taskManager: TaskManagerEntry;
}

/** Who sent this, or null: it was ignored, for a reason that the trace shows. A higher epoch than our own ends our leadership at once. */
export function admit(step: Step, message: MessageOfKind<UpKind>): Sender | null {
  const leader = admitEpoch(step, message, message.body.epoch);
  if (leader === null) return null;
  const taskManager = leader.taskManagers.get(message.from);
  const { incarnation } = message.body;
  if (taskManager?.incarnation === incarnation) return { leader, taskManager };
  if (taskManager === undefined) step.out.ignore(message, { kind: 'sender-unregistered' });
  else step.out.ignore(message, { kind: 'stale-incarnation', incarnation, registered: taskManager.incarnation });
  return null;
}

export function admitEpoch(
  step: Step,
  message: MessageOfKind<UpKind | 'register-task-manager'>,
  epoch: number,
): Leader | null {
  const { leader } = step.state;
  if (leader !== null && leader.epoch === epoch) return leader;
  if (leader === null) step.out.ignore(message, { kind: 'not-leading' });
  else step.out.ignore(message, { kind: 'other-epoch', epoch, current: leader.epoch });
  if (leader !== null && epoch > leader.epoch) stopLeading(step, { kind: 'peer-follows', peer: message.from, epoch });
  return null;
}
