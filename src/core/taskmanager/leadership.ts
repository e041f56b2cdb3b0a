// Whom a TaskManager follows: it watches the leader key, registers with who stands there until it is answered, and lets go of everything when
// the leader changes or falls silent. A worker that cannot see its leader must stop: somebody else may have been given its work.
import { NEVER } from '../base/machine.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import { onLeaderWatched, watchLeader, type Leader } from '../leadership/leader-watch.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { IgnoreReason, TaskReason } from '../protocol/reasons.ts';
import { checkTransition } from '../protocol/states.ts';
import type { TaskStep } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { recordEndedTasks } from './deployment.ts';
import { clearSlots } from './slots.ts';
import { registrationTransitions, type Registration, type TaskManagerState } from './state.ts';
import { sendToLeader } from './to-leader.ts';
import { noteReached } from './unreached.ts';

export function onWatched(state: TaskManagerState, answer: PortAnswer | PortFailed, step: TaskStep): void {
  const found = onLeaderWatched(state.watch, answer, step.now + step.options.requestRetryMs, step.out);
  if (found !== null) follow(state, found, step);
  if (state.watch.retryAt === NEVER) watchLeader(state.watch, state.requests, step.out);
}

function follow(state: TaskManagerState, leader: Leader, step: TaskStep): void {
  letGo(state, { kind: 'leader-changed', epoch: leader.epoch, leader: leader.address }, step);
  state.records.length = 0; // attempts of an older epoch: nobody asks for them
  state.watch.leader = leader;
  register(state, step);
  setTimer(state.timers, 'leader-unreached', step.now + step.options.heartbeatTimeoutMs);
}

/** No task outlives the leader that deployed it, and no slot the one that asked for it. */
function letGo(state: TaskManagerState, reason: TaskReason, step: TaskStep): void {
  for (const task of state.tasks) stepTask(task, { kind: 'fail', reason }, step);
  recordEndedTasks(state, step);
  clearSlots(state);
  cancelTimer(state.timers, 'leader-silent');
}

/** To a leader that was asked to register it as well: its answer may be on its way. A leader that has not registered it ignores that. */
export function sayGoodbye(state: TaskManagerState, why: string, step: TaskStep): void {
  if (state.registration !== 'no-leader') sendToLeader(state, 'task-manager-stopped', { why }, step);
}

function moveRegistration(state: TaskManagerState, to: Registration): void {
  if (state.registration === to) return; // a registration that is repeated
  state.registration = checkTransition(registrationTransitions, state.registration, to, 'the registration');
}

/** Sends the registration, again and again until it is answered. */
export function register(state: TaskManagerState, step: TaskStep): void {
  if (state.watch.leader === null) return;
  moveRegistration(state, 'registering');
  sendToLeader(state, 'register-task-manager', { slots: state.slots.length, death: state.death }, step);
  setTimer(state.timers, 'register', step.now + step.options.registrationRetryMs);
}

export function onRegistered(
  state: TaskManagerState,
  message: MessageOfKind<'task-manager-registered'>,
  step: TaskStep,
): void {
  if (state.registration === 'registered') return step.out.ignore(message, { kind: 'registered-already' });
  moveRegistration(state, 'registered');
  state.death = null;
  cancelTimer(state.timers, 'register');
  cancelTimer(state.timers, 'leader-unreached');
}

/** The registration is sent again all the same: what stands in its way (an older incarnation) will be gone. */
export function onRefused(
  state: TaskManagerState,
  message: MessageOfKind<'registration-refused'>,
  step: TaskStep,
): void {
  if (state.registration === 'registered') return step.out.ignore(message, { kind: 'registered-already' });
  if (step.out.noted) {
    const { epoch, reason } = message.body;
    step.out.note({ kind: 'registration-refused', epoch, reason });
  }
}

/** Any message of the leader is a sign of it. */
export function noteLeader(state: TaskManagerState, step: TaskStep): void {
  const silentAt = step.now + step.options.heartbeatTimeoutMs;
  setTimer(state.timers, state.registration === 'registered' ? 'leader-silent' : 'leader-unreached', silentAt);
  noteReached(state, step);
}

export function onLeaderSilent(state: TaskManagerState, step: TaskStep): void {
  letGo(state, { kind: 'leader-silent', timeoutMs: step.options.heartbeatTimeoutMs }, step);
  register(state, step);
  setTimer(state.timers, 'leader-unreached', step.now + step.options.requestRetryMs); // it may have been this process that stood still
}

export type LeaderMessage = MessageOfKind<
  | 'task-manager-registered'
  | 'registration-refused'
  | 'heartbeat'
  | 'request-slot'
  | 'free-slot'
  | 'slots-accepted'
  | 'deploy-task'
  | 'cancel-task'
  | 'trigger-checkpoint'
  | 'abort-checkpoint'
  | 'notify-checkpoint-complete'
>;

/** Why a message of a leader is not acted upon, or null. */
export function fencedReason(state: TaskManagerState, message: LeaderMessage): IgnoreReason | null {
  const { epoch, incarnation } = message.body;
  const { leader } = state.watch;
  if (leader === null) return { kind: 'leader-unknown' };
  const current = leader.epoch;
  if (epoch < current) return { kind: 'stale-epoch', epoch, current };
  if (epoch > current) return { kind: 'future-epoch', epoch, current };
  if (incarnation !== state.incarnation) return { kind: 'other-incarnation', incarnation, own: state.incarnation };
  return state.registration === 'registered' || isRegistrationAnswer(message) ? null : { kind: 'unregistered' };
}

/** Nothing but an answer to the registration is taken from a leader before it answered. */
function isRegistrationAnswer(message: LeaderMessage): boolean {
  return message.kind === 'task-manager-registered' || message.kind === 'registration-refused';
}
