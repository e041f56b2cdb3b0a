// Whom a TaskManager follows: it watches the leader key, registers with who stands there until it is answered, and lets go of everything when
// the leader changes or falls silent. A worker that cannot see its leader must stop: somebody else may have been given its work.
import { NEVER } from '../base/machine.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import { onLeaderWatched, watchLeader, type Leader } from '../leadership/leader-watch.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import type { Message, MessageOfKind } from '../protocol/messages.ts';
import type { ClusterOutbox, PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { IgnoreReason, TaskReason } from '../protocol/reasons.ts';
import { taskStep } from '../task/step.ts';
import type { TaskHost } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { recordEndedTasks } from './deployment.ts';
import { clearSlots } from './slots.ts';
import { registered } from './state.ts';
import type { TaskManagerState } from './state.ts';

export function onWatched(
  state: TaskManagerState,
  answer: PortAnswer | PortFailed,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const found = onLeaderWatched(state.watch, answer, now + host.options.requestRetryMs, out);
  if (found !== null) follow(state, found, host, now, out);
  if (state.watch.retryAt === NEVER) watchLeader(state.watch, state.requests, out);
}

function follow(state: TaskManagerState, leader: Leader, host: TaskHost, now: number, out: ClusterOutbox): void {
  letGo(state, { kind: 'leader-changed', epoch: leader.epoch, leader: leader.address }, host, now, out);
  state.records.length = 0; // attempts of an older epoch: nobody asks for them
  state.watch.leader = leader;
  register(state, host.options, now, out);
}

/** No task outlives the leader that deployed it, and no slot the one that asked for it. */
function letGo(state: TaskManagerState, reason: TaskReason, host: TaskHost, now: number, out: ClusterOutbox): void {
  for (const task of state.tasks) stepTask(task, { kind: 'fail', reason }, taskStep(host, now, out));
  recordEndedTasks(state, out);
  clearSlots(state);
  cancelTimer(state.timers, 'leader-silent');
}

/** Sends the registration, again and again until it is answered. */
export function register(state: TaskManagerState, options: ClusterOptions, now: number, out: ClusterOutbox): void {
  const { leader } = state.watch;
  if (leader === null) return;
  state.registration = 'registering';
  const slots = state.slots.length;
  out.send(leader.address, 'register-task-manager', { ...registered(state, leader), slots });
  setTimer(state.timers, 'register', now + options.registrationRetryMs);
}

export function onRegistered(
  state: TaskManagerState,
  message: MessageOfKind<'task-manager-registered'>,
  out: ClusterOutbox,
): void {
  if (state.registration === 'registered') return out.ignore(message, { kind: 'registered-already' });
  state.registration = 'registered';
  cancelTimer(state.timers, 'register');
}

/** The registration is sent again all the same: what stands in its way (an older incarnation) will be gone. */
export function onRefused(
  state: TaskManagerState,
  message: MessageOfKind<'registration-refused'>,
  out: ClusterOutbox,
): void {
  if (state.registration === 'registered') return out.ignore(message, { kind: 'registered-already' });
  if (out.noted) {
    const { epoch, reason } = message.body;
    out.note({ kind: 'registration-refused', epoch, reason });
  }
}

/** Any message of the leader is a sign of it. */
export function noteLeader(state: TaskManagerState, options: ClusterOptions, now: number): void {
  if (state.registration === 'registered') setTimer(state.timers, 'leader-silent', now + options.heartbeatTimeoutMs);
}

export function onLeaderSilent(state: TaskManagerState, host: TaskHost, now: number, out: ClusterOutbox): void {
  letGo(state, { kind: 'leader-silent', timeoutMs: host.options.heartbeatTimeoutMs }, host, now, out);
  register(state, host.options, now, out);
}

type FromLeader = Extract<Message, { body: { incarnation: number } }>;

/** Why a message of a leader is not acted upon, or null. */
export function fencedReason(state: TaskManagerState, message: FromLeader): IgnoreReason | null {
  const { epoch, incarnation } = message.body;
  const { leader } = state.watch;
  if (leader === null) return { kind: 'leader-unknown' };
  const current = leader.epoch;
  if (epoch < current) return { kind: 'stale-epoch', epoch, current };
  if (epoch > current) return { kind: 'future-epoch', epoch, current };
  if (incarnation !== state.incarnation) return { kind: 'other-incarnation', incarnation, own: state.incarnation };
  return null;
}

/** Nothing but an answer to the registration is taken from a leader before it answered. */
export function isRegistrationAnswer(message: FromLeader): boolean {
  return message.kind === 'task-manager-registered' || message.kind === 'registration-refused';
}
