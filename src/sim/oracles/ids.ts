// O-ids: checkpoint ids rise over the whole life of a job, whoever leads, and are durable before they are used (I1); a job with a durable
// result never runs again (I10); an attempt reaches one terminal state, and no second one lives in its place (I7).
import type { Address } from '../../core/base/vocabulary.ts';
import type { JobManagerState } from '../../core/jobmanager/state.ts';
import { CHECKPOINTS_PREFIX, COUNTER_PREFIX, LEADER_KEY, RESULT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { Bodies } from '../../core/protocol/messages.ts';
import { isTerminal, type ExecutionState } from '../../core/protocol/states.ts';
import type { Oracle, Violate, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { readCounter, readLeader } from './decode.ts';
import { createPointers, followPointers, type Pointers } from './pointers.ts';
import { aboutAttempt, aboutCheckpoint, aboutEpoch, line } from './evidence.ts';
import { deliveredTo, haWriteOf, isKeyOf, sentBy, type Applied, type Stepped } from './seen.ts';
import { attemptKey } from './text.ts';

export interface IdsState {
  readonly pointers: Pointers;
  leaderEpoch: number;
  /** Highest id that the counter ever had. */
  counter: number;
  over: boolean;
  /** Smallest and largest id that each epoch triggered. */
  readonly triggered: Map<number, { first: number; last: number }>;
  /** Newest deployed attempt by epoch and `vertex/subtask`. */
  readonly deployed: Map<string, number>;
  /** Attempts that a leader has heard to be alive, under their epoch. */
  readonly heard: Set<string>;
  /** Terminal states that TaskManagers reported, by attempt under its epoch. */
  readonly terminal: Map<string, ExecutionState>;
  /** Who runs which attempts of a subtask, as its TaskManager says: by epoch and `vertex/subtask`, attempt to address. */
  readonly live: Map<string, Map<number, Address>>;
}

export function idsOracle(context: OracleContext): Oracle<IdsState> {
  return {
    name: 'O-ids',
    hears: {
      observations: ['applied', 'stopped'],
      inputs: ['task-state-changed'],
      sends: ['trigger-checkpoint', 'deploy-task', 'task-state-changed'],
    },
    create: () => ({
      pointers: createPointers(),
      leaderEpoch: 0,
      counter: 0,
      over: false,
      triggered: new Map(),
      deployed: new Map(),
      heard: new Set(),
      terminal: new Map(),
      live: new Map(),
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'applied') onApplied(state, context.jobId, seen, violate);
      else if (seen.kind === 'stepped') onStepped(state, context.jobId, seen, view, violate);
      else if (seen.kind === 'stopped') onStopped(state, seen.node);
    },
    finish: () => undefined,
  };
}

function onApplied(state: IdsState, jobId: string, seen: Applied, violate: Violate): void {
  const write = haWriteOf(seen);
  if (write === null || write.value === null) return;
  if (isKeyOf(RESULT_PREFIX, jobId, write.key)) state.over = true;
  if (write.key === LEADER_KEY) {
    const leader = readLeader(write.value);
    if (leader.ok) state.leaderEpoch = leader.value.epoch;
  }
  if (isKeyOf(COUNTER_PREFIX, jobId, write.key)) onCounter(state, write.value, violate);
  if (isKeyOf(CHECKPOINTS_PREFIX, jobId, write.key)) onPointers(state, jobId, seen, violate);
}

function onPointers(state: IdsState, jobId: string, seen: Applied, violate: Violate): void {
  const newest = Math.max(0, ...state.pointers.everDurable);
  const change = followPointers(state.pointers, jobId, seen);
  const back = change?.added.find(({ checkpointId }) => checkpointId <= newest);
  if (back === undefined) return;
  const about = [aboutCheckpoint(back.checkpointId)];
  violate('completed-out-of-order', `checkpoint ${back.checkpointId} completed after checkpoint ${newest}`, [], {
    about,
  });
}

/** Once the job is over nobody reads its counter: a write of unknown outcome may make it anew behind its deletion, and until it did, the job cannot be removed. */
function onCounter(state: IdsState, value: Uint8Array, violate: Violate): void {
  const counter = readCounter(value);
  if (!counter.ok) return;
  const { lastCheckpointId } = counter.value;
  if (lastCheckpointId < state.counter && !state.over)
    violate(
      'counter-went-back',
      `the counter of checkpoint ids went back from ${state.counter} to ${lastCheckpointId}`,
      [],
    );
  state.counter = Math.max(state.counter, lastCheckpointId);
}

function onStepped(state: IdsState, jobId: string, seen: Stepped, view: WorldView, violate: Violate): void {
  const report = deliveredTo(seen);
  if (report?.kind === 'task-state-changed' && report.body.attempt.jobId === jobId && !isTerminal(report.body.state))
    state.heard.add(attemptKey(report.body.epoch, report.body.attempt));
  for (const effect of seen.effects) {
    const message = sentBy(effect);
    switch (message?.kind) {
      case 'trigger-checkpoint':
        if (message.body.attempt.jobId === jobId) onTrigger(state, message.body, violate);
        break;
      case 'deploy-task':
        if (message.body.task.attempt.jobId === jobId) onDeploy(state, message.body, view, violate);
        break;
      case 'task-state-changed':
        if (message.body.attempt.jobId !== jobId) break;
        onTaskState(state, message.body, violate);
        onLife(state, seen.node, message.body, view, violate);
        break;
      default:
    }
  }
}

function onTrigger(state: IdsState, { epoch, checkpointId }: Bodies['trigger-checkpoint'], violate: Violate): void {
  const own = state.triggered.get(epoch);
  if (own?.last === checkpointId) return;
  if (checkpointId > state.counter) {
    return violate(
      'id-not-durable',
      `checkpoint ${checkpointId} was triggered before its id was durable`,
      [`the counter was at ${state.counter}`],
      { about: [aboutCheckpoint(checkpointId)] },
    );
  }
  if (own !== undefined && checkpointId < own.last) {
    return violate(
      'triggered-out-of-order',
      `checkpoint ${checkpointId} was triggered after checkpoint ${own.last}`,
      [`both in epoch ${epoch}`],
      { about: [aboutCheckpoint(checkpointId)] },
    );
  }
  for (const [other, { first, last }] of state.triggered) {
    if (other < epoch ? checkpointId <= last : other > epoch && checkpointId >= first) {
      const text = `epoch ${epoch} triggers ${checkpointId}, epoch ${other} had ${first} to ${last}`;
      return violate('ids-do-not-rise', `ids of checkpoints do not rise over leaders`, [
        line(text, { epoch, checkpointId }, aboutEpoch(other)),
      ]);
    }
  }
  if (own === undefined) state.triggered.set(epoch, { first: checkpointId, last: checkpointId });
  else own.last = checkpointId;
}

function onDeploy(state: IdsState, { epoch, task }: Bodies['deploy-task'], view: WorldView, violate: Violate): void {
  const { vertex, subtask, attempt } = task.attempt;
  const where = line(attemptKey(epoch, task.attempt), aboutAttempt(task.attempt));
  // A deposed leader that does not know it is fenced by all others.
  if (state.over && epoch === state.leaderEpoch)
    return violate('deployed-after-the-end', 'a job whose result is durable was deployed again', [where]);
  const place = `e${epoch}:${vertex}/${subtask}`;
  const newest = state.deployed.get(place) ?? 0;
  if (attempt < newest) {
    const evidence = [where, `newest: ${newest}`];
    return violate('older-after-newer', 'an older attempt was deployed after a newer one', evidence);
  }
  state.deployed.set(place, attempt);
  const ended = state.terminal.get(where.text);
  if (ended !== undefined)
    return violate('ended-deployed-again', `an attempt that was ${ended} was deployed again`, [where]);
  for (const [other, node] of state.live.get(place) ?? []) {
    const isKnown = other < attempt && state.heard.has(`${place}#${other}`);
    if (isKnown && isMember(view, epoch, node))
      violate('deployed-too-early', 'an attempt was deployed before the one before it was over', [
        where,
        line(`${place}#${other} lives on ${node}`, aboutAttempt({ ...task.attempt, attempt: other })),
      ]);
  }
}

function onTaskState(
  state: IdsState,
  { epoch, attempt, state: reported }: Bodies['task-state-changed'],
  violate: Violate,
): void {
  const key = attemptKey(epoch, attempt);
  const before = state.terminal.get(key);
  if (before !== undefined && before !== reported)
    violate('ended-twice', `an attempt was ${before}, and then ${reported}`, [line(key, aboutAttempt(attempt))]);
  if (isTerminal(reported)) state.terminal.set(key, reported);
}

/** A second attempt runs only when the first is over, or the leader has given up the TaskManager that it runs on; on one TaskManager it does not even begin. */
function onLife(
  state: IdsState,
  node: Address,
  { epoch, attempt, state: reported }: Bodies['task-state-changed'],
  view: WorldView,
  violate: Violate,
): void {
  const place = `e${epoch}:${attempt.vertex}/${attempt.subtask}`;
  const live = state.live.get(place) ?? new Map<number, Address>();
  state.live.set(place, live);
  if (isTerminal(reported)) live.delete(attempt.attempt);
  else live.set(attempt.attempt, node);
  if (live.size < 2) return;
  for (const [other, where] of live) {
    if (other >= attempt.attempt) continue;
    if (where !== node && (reported !== 'RUNNING' || !isMember(view, epoch, where))) continue;
    const notGivenUp = where === node ? '' : ', which the leader has not given up';
    violate('two-attempts-run', 'two attempts of one subtask run', [
      line(`${place}#${attempt.attempt} on ${node}`, aboutAttempt(attempt)),
      line(`${place}#${other} on ${where}${notGivenUp}`, aboutAttempt({ ...attempt, attempt: other })),
    ]);
  }
}

function isMember(view: WorldView, epoch: number, taskManager: Address): boolean {
  return view.nodes().some(({ role, state }) => {
    if (role !== 'job-manager') return false;
    const { leader } = state as JobManagerState;
    return leader !== null && leader.epoch === epoch && leader.taskManagers.has(taskManager);
  });
}

function onStopped(state: IdsState, node: Address): void {
  for (const live of state.live.values()) {
    for (const [attempt, where] of live) if (where === node) live.delete(attempt);
  }
}
