// O-drain: a TaskManager that is drained holds nothing. What a client is told of it is durable and true: once the leader said DRAINED no task is deployed there, and none is there, whoever
// leads and whatever restarts, until its record says otherwise; which it says because a client asked for that. A drain is no failure of a job.
import type { Address } from '../../core/base/vocabulary.ts';
import { DRAINS_KEY, LEADER_KEY, RESULT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { RootException } from '../../core/protocol/job-history.ts';
import type { Bodies, MessageOfKind } from '../../core/protocol/messages.ts';
import type { JobReason } from '../../core/protocol/reasons.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import type { Oracle, Violate, WorldView } from '../observation.ts';
import { readDrains, readLeader, readResult } from './decode.ts';
import { aboutAttempt, aboutKey, aboutMessage, aboutNode, line } from './evidence.ts';
import { haWriteOf, sentBy, type Applied, type Stepped } from './seen.ts';

export interface DrainState {
  leaderEpoch: number;
  /** As the record says. */
  drained: readonly Address[];
  /** Clients asked for the drain; for its end. */
  readonly asked: Set<Address>;
  readonly backAsked: Set<Address>;
  /** A client was told that it is drained, or about to be; that it is. Until the record says otherwise. */
  readonly told: Set<Address>;
  readonly promised: Set<Address>;
}

export function drainOracle(): Oracle<DrainState> {
  return {
    name: 'O-drain',
    create: () => ({
      leaderEpoch: 0,
      drained: [],
      asked: new Set(),
      backAsked: new Set(),
      told: new Set(),
      promised: new Set(),
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'applied') onApplied(state, seen, violate);
      else if (seen.kind === 'stepped') onStepped(state, seen, view, violate);
    },
    finish: () => undefined,
  };
}

// ---- What becomes durable

function onApplied(state: DrainState, seen: Applied, violate: Violate): void {
  const write = haWriteOf(seen);
  if (write === null) return;
  const { key, value } = write;
  if (key === LEADER_KEY && value !== null) {
    const leader = readLeader(value);
    if (leader.ok) state.leaderEpoch = leader.value.epoch;
  }
  if (key === DRAINS_KEY) onRecord(state, value, violate);
  if (key.startsWith(RESULT_PREFIX) && value !== null) judgeResult(value, violate);
}

function onRecord(state: DrainState, value: Uint8Array | null, violate: Violate): void {
  const evidence = [line('as its record says', aboutKey(DRAINS_KEY))];
  const read = value === null ? null : readDrains(value);
  if (read?.ok !== true) return violate('record-lost', 'nobody can read which TaskManagers are drained', evidence);
  const { taskManagers } = read.value;
  for (const address of taskManagers)
    if (!state.asked.has(address))
      violate('drained-unasked', `${address} is drained, and no client asked for that`, evidence);
  for (const address of state.drained) {
    if (taskManagers.includes(address)) continue;
    if (!state.backAsked.has(address))
      violate('taken-back-unasked', `${address} is drained no more, and no client asked for that`, evidence);
    state.told.delete(address);
    state.promised.delete(address);
  }
  state.drained = taskManagers;
}

function judgeResult(value: Uint8Array, violate: Violate): void {
  const read = readResult(value);
  if (!read.ok) return;
  const { jobId, reason, exceptions } = read.value;
  if (isDrain(reason)) violate('drain-fails-job', `job ${jobId} failed because a TaskManager was drained`, []);
  judgeExceptions(jobId, exceptions, violate);
}

function isDrain(reason: JobReason | null): boolean {
  if (reason?.kind === 'recovery-suppressed') return isDrain(reason.cause);
  return reason?.kind === 'task-manager-drained';
}

function judgeExceptions(jobId: string, exceptions: readonly RootException[], violate: Violate): void {
  const causes = exceptions.flatMap(({ cause, concurrent }) => [cause, ...concurrent.map((one) => one.cause)]);
  if (causes.some(isDrain))
    violate('drain-counted', `the drain of a TaskManager is among the failures of job ${jobId}`, []);
}

// ---- What clients are told, and what runs

function onStepped(state: DrainState, seen: Stepped, view: WorldView, violate: Violate): void {
  if (state.promised.has(seen.node)) judgeTasks(seen.node, view, violate);
  for (const effect of seen.effects) {
    const message = sentBy(effect);
    switch (message?.kind) {
      case 'drain-task-manager':
        state.asked.add(message.body.taskManager);
        break;
      case 'undrain-task-manager':
        state.backAsked.add(message.body.taskManager);
        break;
      case 'job-exceptions':
        judgeExceptions(message.body.jobId, message.body.exceptions, violate);
        break;
      case 'deploy-task':
      case 'drain-status':
      case 'cluster-overview':
        // A leader that was deposed and does not know it may be behind: its clients, and TaskManagers, hear of the next one.
        if (message.body.epoch === state.leaderEpoch) onWordOfLeader(state, seen.node, message, view, violate);
        break;
      default:
    }
  }
}

function onWordOfLeader(
  state: DrainState,
  leader: Address,
  message: MessageOfKind<'deploy-task' | 'drain-status' | 'cluster-overview'>,
  view: WorldView,
  violate: Violate,
): void {
  if (message.kind === 'deploy-task') return judgeDeployment(state, message.to, message.body, violate);
  const told = [line(`told ${message.to}`, aboutMessage(message.kind, message.to))];
  const wrong = (rule: string, text: string): void => violate(rule, `${leader} said ${text}`, told);
  if (message.kind === 'drain-status') return onTold(state, message.body, view, wrong);
  for (const { address, drain } of message.body.taskManagers)
    onTold(state, { taskManager: address, status: drain }, view, wrong);
}

function judgeDeployment(
  { promised }: DrainState,
  to: Address,
  { task: { attempt } }: Bodies['deploy-task'],
  violate: Violate,
): void {
  if (!promised.has(to)) return;
  const text = `a task was deployed to ${to} after a client was told that it is drained`;
  violate('deployed-on-drained', text, [line(attempt.jobId, aboutAttempt(attempt))]);
}

/** Tasks that are there, and not over. */
function tasksOn(address: Address, view: WorldView): number {
  const node = view.node(address);
  return node?.role === 'task-manager' ? (node.state as TaskManagerState).tasks.length : 0;
}

function judgeTasks(address: Address, view: WorldView, violate: Violate): void {
  const tasks = tasksOn(address, view);
  if (tasks === 0) return;
  const text = `${address} has ${tasks} tasks after a client was told that it is drained`;
  violate('drained-holds-task', text, [line(address, aboutNode(address))]);
}

function onTold(
  state: DrainState,
  { taskManager, status }: Pick<Bodies['drain-status'], 'taskManager' | 'status'>,
  view: WorldView,
  wrong: (rule: string, text: string) => void,
): void {
  const isDurable = state.drained.includes(taskManager);
  if (status === 'IN_SERVICE' || status === 'UNKNOWN') {
    if (state.told.has(taskManager)) wrong('denied', `that ${taskManager} is ${status}, and its record says otherwise`);
    return;
  }
  // A leader may not have heard yet that a client's wish to take it back was applied.
  if (!isDurable && !state.backAsked.has(taskManager))
    wrong('told-before-durable', `that ${taskManager} is ${status} before that was durable`);
  if (!isDurable) return;
  state.told.add(taskManager);
  if (status !== 'DRAINED') return;
  const tasks = tasksOn(taskManager, view);
  if (tasks > 0) wrong('told-too-early', `that ${taskManager} is drained, which has ${tasks} tasks`);
  state.promised.add(taskManager);
}
