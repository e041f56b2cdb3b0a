// The TaskManager: it follows a leader, gives it slots, and runs the tasks that the leader deploys into them. It decides nothing about jobs.
import { must, unreachable } from '../base/assert.ts';
import type { Address, Input, Machine } from '../base/machine.ts';
import { closeRequest } from '../base/requests.ts';
import { splitTimer, takeDueTimer } from '../base/timers.ts';
import type { ArtifactTable } from '../graph/functions.ts';
import { watchLeader, type Leader } from '../leadership/leader-watch.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import type { Message } from '../protocol/messages.ts';
import type { ClusterOutbox, ClusterVocabulary, PortAnswer, PortFailed } from '../protocol/ports.ts';
import { createCodeTable } from '../task/code.ts';
import { REQUESTS_PER_TASK_MAX } from '../task/state.ts';
import type { TaskState } from '../task/state.ts';
import { taskStep } from '../task/step.ts';
import type { TaskHost } from '../task/step.ts';
import { stepTask, taskHasWork, taskWakeAt } from '../task/task.ts';
import { onCancelTask, onDeployTask, recordEndedTasks } from './deployment.ts';
import { onHeartbeat } from './heartbeat.ts';
import { checkTaskManager } from './invariants.ts';
import {
  fencedReason,
  isRegistrationAnswer,
  noteLeader,
  onLeaderSilent,
  onRefused,
  onRegistered,
  register,
  onWatched,
} from './leadership.ts';
import { relativeTaskManager } from './relative.ts';
import { onChannelCredit, onCheckpointMessage, onConsumerMessage, onRequestPartition } from './routing.ts';
import { offerSlots, onFreeSlot, onRequestSlot, onSlotsAccepted, onSlotTimeout } from './slots.ts';
import { createTaskManagerState } from './state.ts';
import type { ManagerTimer, TaskManagerState } from './state.ts';

export type { TaskManagerState } from './state.ts';

export interface TaskManagerConfig {
  readonly address: Address;
  readonly slots: number;
  readonly options: ClusterOptions;
  /** Code by artifact hash; not state. */
  readonly artifacts: ArtifactTable;
}

export function taskManager(config: TaskManagerConfig): Machine<TaskManagerState, ClusterVocabulary> {
  // millrace-lint-ignore closure-state: a memo of the code table, whose contexts are set anew for each record
  const host: TaskHost = { options: config.options, code: createCodeTable(config.artifacts) };
  return {
    role: 'task-manager',
    create: () => createTaskManagerState(config.slots),
    step: (state, input, out) => step(state, input, host, out),
    wakeAt,
    hasWork,
    checkInvariants: checkTaskManager,
    relative: relativeTaskManager(config.address),
  };
}

function step(state: TaskManagerState, input: Input<ClusterVocabulary>, host: TaskHost, out: ClusterOutbox): void {
  onInput(state, input, host, out);
  recordEndedTasks(state, out);
}

function onInput(state: TaskManagerState, input: Input<ClusterVocabulary>, host: TaskHost, out: ClusterOutbox): void {
  switch (input.kind) {
    case 'start':
      return onStart(state, input.incarnation, out);
    case 'message':
      return onMessage(state, input.message, host, input.now, out);
    case 'wake':
      return onWake(state, host, input.now, out);
    case 'work':
      return onWork(state, host, input.now, out);
    case 'completed':
      return onCompleted(state, input, host, input.now, out);
    case 'connection-lost':
      return onConnectionLost(state, input, host, out);
    default:
      return unreachable(input);
  }
}

function onStart(state: TaskManagerState, incarnation: number, out: ClusterOutbox): void {
  state.incarnation = incarnation;
  watchLeader(state.watch, state.requests, out);
}

function onMessage(state: TaskManagerState, message: Message, host: TaskHost, now: number, out: ClusterOutbox): void {
  switch (message.kind) {
    case 'channel-elements':
    case 'channel-status':
    case 'partition-unavailable':
      return onConsumerMessage(state, message, host, now, out);
    case 'request-partition':
      return onRequestPartition(state, message, host, now, out);
    case 'channel-credit':
      return onChannelCredit(state, message, host, now, out);
    case 'submit-job':
    case 'job-accepted':
    case 'job-rejected':
    case 'request-job-status':
    case 'job-status':
      return out.ignore(message, { kind: 'not-addressed', role: 'task-manager' });
    default:
      return onLeaderMessage(state, message, host, now, out);
  }
}

type LeaderMessage = Extract<Message, { body: { incarnation: number } }>;

/** Fencing comes first: of epoch and incarnation, then of the registration, which a silent leader has lost. */
function onLeaderMessage(
  state: TaskManagerState,
  message: LeaderMessage,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const fenced = fencedReason(state, message);
  const { leader } = state.watch;
  if (fenced !== null || leader === null) return out.ignore(message, fenced ?? { kind: 'leader-unknown' });
  if (state.registration !== 'registered' && !isRegistrationAnswer(message))
    return out.ignore(message, { kind: 'unregistered' });
  onLedMessage(state, leader, message, host, now, out);
  noteLeader(state, host.options, now);
}

function onLedMessage(
  state: TaskManagerState,
  leader: Leader,
  message: LeaderMessage,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  switch (message.kind) {
    case 'task-manager-registered':
      return onRegistered(state, message, out);
    case 'registration-refused':
      return onRefused(state, message, out);
    case 'heartbeat':
      return onHeartbeat(state, leader, message, host, now, out);
    case 'request-slot':
      return onRequestSlot(state, message, host.options, now, out);
    case 'free-slot':
      return onFreeSlot(state, message, host, now, out);
    case 'slots-accepted':
      return onSlotsAccepted(state, message, host, now, out);
    case 'deploy-task':
      return onDeployTask(state, leader, message, host, now, out);
    case 'cancel-task':
      return onCancelTask(state, leader, message, host, now, out);
    case 'trigger-checkpoint':
    case 'abort-checkpoint':
    case 'notify-checkpoint-complete':
      return onCheckpointMessage(state, leader, message, host, now, out);
    case 'register-task-manager':
    case 'heartbeat-answer':
    case 'slot-answer':
    case 'slot-freed':
    case 'offer-slots':
    case 'task-state-changed':
    case 'acknowledge-checkpoint':
    case 'decline-checkpoint':
      return out.ignore(message, { kind: 'not-addressed', role: 'task-manager' });
    default:
      return unreachable(message);
  }
}

/** Tasks last: what a timeout of the TaskManager ends, does nothing any more. */
function onWake(state: TaskManagerState, host: TaskHost, now: number, out: ClusterOutbox): void {
  for (let name = takeDueTimer(state.timers, now); name !== null; name = takeDueTimer(state.timers, now)) {
    onTimer(state, name, host, now, out);
  }
  if (state.watch.retryAt <= now) watchLeader(state.watch, state.requests, out);
  for (const task of state.tasks) {
    if (taskWakeAt(task) <= now) stepTask(task, { kind: 'wake' }, taskStep(host, now, out));
  }
}

function onTimer(state: TaskManagerState, name: ManagerTimer, host: TaskHost, now: number, out: ClusterOutbox): void {
  const timer = splitTimer(name);
  switch (timer.kind) {
    case 'register':
      return register(state, host.options, now, out);
    case 'leader-silent':
      return onLeaderSilent(state, host, now, out);
    case 'offer':
      return offerSlots(state, host.options, now, out);
    case 'slot':
      return onSlotTimeout(state, must(state.slots[Number(timer.subject)], `slot ${timer.subject}`), host, now, out);
    default:
      return unreachable(timer);
  }
}

/** One step of one task, round robin. */
function onWork(state: TaskManagerState, host: TaskHost, now: number, out: ClusterOutbox): void {
  if (state.turn >= state.tasks.length) state.turn = 0; // tasks ended since
  for (let tried = 0; tried < state.tasks.length; tried++) {
    const task = state.tasks[state.turn] as TaskState;
    state.turn = state.turn + 1 < state.tasks.length ? state.turn + 1 : 0;
    if (taskHasWork(task)) return stepTask(task, WORK, taskStep(host, now, out));
  }
}

const WORK = { kind: 'work' } as const;

function onCompleted(
  state: TaskManagerState,
  completion: { readonly kind: 'completed'; readonly request: number; readonly answer: PortAnswer | PortFailed },
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  if (completion.request >= REQUESTS_PER_TASK_MAX) return onTaskRequest(state, completion, host, now, out);
  const purpose = closeRequest(state.requests, completion.request);
  if (purpose === 'watch-leader') onWatched(state, completion.answer, host, now, out);
}

function onTaskRequest(
  state: TaskManagerState,
  completion: { readonly kind: 'completed'; readonly request: number; readonly answer: PortAnswer | PortFailed },
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const number = Math.floor(completion.request / REQUESTS_PER_TASK_MAX);
  const task = state.tasks.find((other) => other.number === number);
  if (task !== undefined) stepTask(task, completion, taskStep(host, now, out));
  else if (out.noted) {
    const { kind: answer } = completion.answer;
    out.note({ kind: 'answer-ignored', answer, purpose: null, reason: { kind: 'task-over' } });
  }
}

/** What a lost control connection took with it, heartbeats and retries repair; what a data connection took with it, nobody can. */
function onConnectionLost(
  state: TaskManagerState,
  lost: Extract<Input<ClusterVocabulary>, { kind: 'connection-lost' }>,
  host: TaskHost,
  out: ClusterOutbox,
): void {
  if (lost.streamClass === 'control') {
    if (out.noted) out.note({ kind: 'control-connection-lost', peer: lost.peer });
    return;
  }
  for (const task of state.tasks) stepTask(task, { kind: 'peer-lost', peer: lost.peer }, taskStep(host, lost.now, out));
}

function wakeAt(state: TaskManagerState): number {
  let at = Math.min(state.timers.nextAt, state.watch.retryAt);
  for (const task of state.tasks) {
    const taskAt = taskWakeAt(task);
    if (taskAt < at) at = taskAt;
  }
  return at;
}

function hasWork(state: TaskManagerState): boolean {
  for (const task of state.tasks) if (taskHasWork(task)) return true;
  return false;
}
