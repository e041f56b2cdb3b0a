// The TaskManager: it follows a leader, gives it slots, and runs the tasks that the leader deploys into them. It decides nothing about jobs.
import { must, unreachable } from '../base/assert.ts';
import type { Address, Input, Machine } from '../base/machine.ts';
import { closeRequest } from '../base/requests.ts';
import { splitTimer, takeDueTimer } from '../base/timers.ts';
import { beginWork, endWork, type AtWork } from '../base/at-work.ts';
import type { ArtifactTable } from '../graph/functions.ts';
import { watchLeader } from '../leadership/leader-watch.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import type { Message, MessageOfKind } from '../protocol/messages.ts';
import type { ClusterVocabulary, PortAnswer, PortFailed } from '../protocol/ports.ts';
import { createCodeTable, type StackOf } from '../task/code.ts';
import { REQUESTS_PER_TASK_MAX } from '../task/state.ts';
import type { TaskState } from '../task/state.ts';
import type { TaskStep } from '../task/step.ts';
import { stepTask, taskHasWork, taskWakeAt } from '../task/task.ts';
import { onCancelTask, onDeployTask, recordEndedTasks } from './deployment.ts';
import { onHeartbeat } from './heartbeat.ts';
import { checkTaskManager } from './invariants.ts';
import {
  fencedReason,
  noteLeader,
  onLeaderSilent,
  onRefused,
  onRegistered,
  register,
  onWatched,
  sayGoodbye,
  type LeaderMessage,
} from './leadership.ts';
import { onMemoryShort } from './memory.ts';
import { relativeTaskManager } from './relative.ts';
import { onCheckpointMessage, onConsumerMessage, onProducerMessage } from './routing.ts';
import { offerSlots, onFreeSlot, onRequestSlot, onSlotsAccepted, onSlotTimeout } from './slots.ts';
import { createTaskManagerState } from './state.ts';
import type { ManagerTimer, TaskManagerState } from './state.ts';
import { onLeaderUnreached, onUnreachedWritten, unreachedDueAt, writeUnreached } from './unreached.ts';

export type { TaskManagerState } from './state.ts';

export interface TaskManagerConfig {
  readonly address: Address;
  readonly slots: number;
  readonly options: ClusterOptions;
  /** Code by artifact hash; not state. */
  readonly artifacts: ArtifactTable;
  /** Where it is noted whose code runs; not state. Default: nobody looks. */
  readonly atWork?: AtWork;
  /** Tells where user code threw; not state. Default: nobody does. */
  readonly stackOf?: StackOf;
}

export function taskManager(config: TaskManagerConfig): Machine<TaskManagerState, ClusterVocabulary> {
  const { address, slots, options } = config;
  // millrace-lint-ignore closure-state: a memo of the code table, whose contexts are set anew for each record
  const code = createCodeTable(config.artifacts, config.atWork, config.stackOf);
  return {
    role: 'task-manager',
    create: () => createTaskManagerState(slots),
    step: (state, input, out) => onStep(state, input, { options, code, now: input.now, out }),
    wakeAt,
    hasWork,
    checkInvariants: checkTaskManager,
    relative: relativeTaskManager(address),
  };
}

function onStep(state: TaskManagerState, input: Input<ClusterVocabulary>, step: TaskStep): void {
  onInput(state, input, step);
  recordEndedTasks(state, step);
}

function onInput(state: TaskManagerState, input: Input<ClusterVocabulary>, step: TaskStep): void {
  switch (input.kind) {
    case 'start':
      return onStart(state, input.incarnation, step);
    case 'message':
      return onMessage(state, input.message, step);
    case 'wake':
      return onWake(state, step);
    case 'work':
      return onWork(state, step);
    case 'completed':
      return onCompleted(state, input, step);
    case 'connection-lost':
      return onConnectionLost(state, input, step);
    default:
      return unreachable(input);
  }
}

function onStart(state: TaskManagerState, incarnation: number, step: TaskStep): void {
  state.incarnation = incarnation;
  watchLeader(state.watch, state.requests, step.out);
}

function onMessage(state: TaskManagerState, message: Message, step: TaskStep): void {
  switch (message.kind) {
    case 'task-manager-registered':
      return fromLeader(state, message, step, onRegistered);
    case 'registration-refused':
      return fromLeader(state, message, step, onRefused);
    case 'heartbeat':
      return fromLeader(state, message, step, onHeartbeat);
    case 'request-slot':
      return fromLeader(state, message, step, onRequestSlot);
    case 'free-slot':
      return fromLeader(state, message, step, onFreeSlot);
    case 'slots-accepted':
      return fromLeader(state, message, step, onSlotsAccepted);
    case 'deploy-task':
      return fromLeader(state, message, step, onDeployTask);
    case 'cancel-task':
      return fromLeader(state, message, step, onCancelTask);
    case 'trigger-checkpoint':
    case 'abort-checkpoint':
    case 'notify-checkpoint-complete':
      return fromLeader(state, message, step, onCheckpointMessage);
    case 'process-died':
    case 'process-stops':
    case 'memory-short':
      return fromHost(state, message, step);
    case 'channel-elements':
    case 'channel-status':
    case 'partition-unavailable':
      return onConsumerMessage(state, message, step);
    case 'request-partition':
    case 'channel-credit':
      return onProducerMessage(state, message, step);
    case 'submit-job':
    case 'cancel-job':
    case 'stop-job':
    case 'rescale-job':
    case 'job-accepted':
    case 'job-rejected':
    case 'request-job-status':
    case 'remove-job':
    case 'request-refused':
    case 'request-jobs':
    case 'trigger-savepoint':
    case 'request-savepoint-status':
    case 'dispose-savepoint':
    case 'savepoint-status':
    case 'take-checkpoint':
    case 'request-checkpoint-status':
    case 'checkpoint-status':
    case 'job-list':
    case 'request-job-checkpoints':
    case 'job-checkpoints':
    case 'request-job-exceptions':
    case 'job-exceptions':
    case 'request-job-details':
    case 'job-details':
    case 'request-checkpoint-details':
    case 'checkpoint-details':
    case 'request-cluster-overview':
    case 'cluster-overview':
    case 'job-status':
    case 'drain-task-manager':
    case 'undrain-task-manager':
    case 'request-drain-status':
    case 'drain-status':
    case 'register-task-manager':
    case 'heartbeat-answer':
    case 'task-manager-stopped':
    case 'slot-answer':
    case 'slot-freed':
    case 'offer-slots':
    case 'task-state-changed':
    case 'acknowledge-checkpoint':
    case 'decline-checkpoint':
      return step.out.ignore(message, { kind: 'not-addressed', role: 'task-manager' });
    default:
      return unreachable(message);
  }
}

/** Fencing comes first: of epoch and incarnation, then of the registration, which a silent leader has lost. */
function fromLeader<M extends LeaderMessage>(
  state: TaskManagerState,
  message: M,
  step: TaskStep,
  handler: (state: TaskManagerState, message: M, step: TaskStep) => void,
): void {
  const fenced = fencedReason(state, message);
  if (fenced !== null) return step.out.ignore(message, fenced);
  handler(state, message, step);
  noteLeader(state, step);
}

/** What the host knows of its process comes from the own address; a peer cannot send from there. */
function fromHost(
  state: TaskManagerState,
  message: MessageOfKind<'process-died' | 'process-stops' | 'memory-short'>,
  step: TaskStep,
): void {
  if (message.from !== step.out.address) return step.out.ignore(message, { kind: 'not-from-host' });
  if (message.kind === 'memory-short') return onMemoryShort(state, message, step);
  if (message.kind === 'process-stops') return sayGoodbye(state, message.body.why, step);
  state.death = message.body.death;
}

/** Tasks last: what a timeout of the TaskManager ends, does nothing any more. */
function onWake(state: TaskManagerState, step: TaskStep): void {
  for (let name = takeDueTimer(state.timers, step.now); name !== null; name = takeDueTimer(state.timers, step.now)) {
    onTimer(state, name, step);
  }
  if (state.watch.retryAt <= step.now) watchLeader(state.watch, state.requests, step.out);
  writeUnreached(state, step);
  for (const task of state.tasks) {
    if (taskWakeAt(task) <= step.now) stepTask(task, { kind: 'wake' }, step);
  }
}

function onTimer(state: TaskManagerState, name: ManagerTimer, step: TaskStep): void {
  const timer = splitTimer(name);
  switch (timer.kind) {
    case 'register':
      return register(state, step);
    case 'leader-silent':
      return onLeaderSilent(state, step);
    case 'leader-unreached':
      return onLeaderUnreached(state, step);
    case 'offer':
      return offerSlots(state, step);
    case 'slot':
      return onSlotTimeout(state, must(state.slots[Number(timer.subject)], `slot ${timer.subject}`), step);
    default:
      return unreachable(timer);
  }
}

/** One step of one task, round robin. */
function onWork(state: TaskManagerState, step: TaskStep): void {
  if (state.turn >= state.tasks.length) state.turn = 0; // tasks ended since
  for (let tried = 0; tried < state.tasks.length; tried++) {
    const task = state.tasks[state.turn] as TaskState;
    state.turn = state.turn + 1 < state.tasks.length ? state.turn + 1 : 0;
    if (taskHasWork(task)) return work(task, step);
  }
}

const WORK = { kind: 'work' } as const;

/** Only here code of a job runs. If it ends the process, the cells still say whose it was. */
function work(task: TaskState, step: TaskStep): void {
  const { atWork } = step.code;
  beginWork(atWork, task.number);
  stepTask(task, WORK, step);
  endWork(atWork);
}

function onCompleted(
  state: TaskManagerState,
  completion: { readonly kind: 'completed'; readonly request: number; readonly answer: PortAnswer | PortFailed },
  step: TaskStep,
): void {
  if (completion.request >= REQUESTS_PER_TASK_MAX) return onTaskRequest(state, completion, step);
  switch (closeRequest(state.requests, completion.request)) {
    case 'watch-leader':
      return onWatched(state, completion.answer, step);
    case 'write-unreached':
      return onUnreachedWritten(state, completion, step);
    default:
  }
}

function onTaskRequest(
  state: TaskManagerState,
  completion: { readonly kind: 'completed'; readonly request: number; readonly answer: PortAnswer | PortFailed },
  step: TaskStep,
): void {
  const number = Math.floor(completion.request / REQUESTS_PER_TASK_MAX);
  const task = state.tasks.find((other) => other.number === number);
  if (task !== undefined) stepTask(task, completion, step);
  else if (step.out.noted) {
    const { kind: answer } = completion.answer;
    step.out.note({ kind: 'answer-ignored', answer, purpose: null, reason: { kind: 'task-over' } });
  }
}

/** What a lost control connection took with it, heartbeats and retries repair; what a data connection took with it, nobody can. */
function onConnectionLost(
  state: TaskManagerState,
  lost: Extract<Input<ClusterVocabulary>, { kind: 'connection-lost' }>,
  step: TaskStep,
): void {
  if (lost.streamClass === 'control') {
    if (step.out.noted) step.out.note({ kind: 'control-connection-lost', peer: lost.peer });
    return;
  }
  for (const task of state.tasks) stepTask(task, { kind: 'peer-lost', peer: lost.peer }, step);
}

function wakeAt(state: TaskManagerState): number {
  let at = Math.min(state.timers.nextAt, state.watch.retryAt, unreachedDueAt(state.unreached));
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
