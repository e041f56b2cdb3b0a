// O-live: with faults stopped, the job is FINISHED, cleaned up and known to its client within a bound (I12). If not, the violation says who
// waits for whom for what. Heartbeats alone are no progress: nothing but the result counts. And before the first fault nothing fails.
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { TaskReason } from '../../core/protocol/reasons.ts';
import { jobKey, resultKey } from '../../core/protocol/ha-keys.ts';
import type { ClientState } from '../../core/client/state.ts';
import type { NodeView, Observation, Oracle, TimeUs, Violate, WorldView } from '../observation.ts';
import { deployedIn, failureIn, isDisturbance, isRestartWanted, type Failure } from './calm.ts';
import type { OracleContext } from './context.ts';
import { metadataBehind, readResult } from './decode.ts';
import { explainLastCheckpoint, explainStandstill } from './explain.ts';
import {
  livenessBound,
  NO_TRAFFIC,
  trafficOf,
  workOf,
  type Company,
  type LivenessBound,
  type SplitLeft,
} from './liveness-bound.ts';
import { createPointers, followPointers, latestPointer, type Pointers } from './pointers.ts';
import { planReference } from './reference-plan.ts';
import { sentBy, type Stepped } from './seen.ts';
import { haOf, storageOf } from './service-views.ts';
import { attemptText } from './text.ts';

export interface LiveState {
  readonly pointers: Pointers;
  /** A fault came, of whatever kind. */
  disturbed: boolean;
  /** The attempt that was deployed first, before that; 0: none was. */
  firstAttempt: number;
  /** What failed before that, when, and what may have led to it. Told in the end: whatever else is wrong says more. */
  needless: { readonly failure: Failure; readonly at: TimeUs; readonly before: readonly string[] } | null;
  stoppedAt: TimeUs | null;
  /** From the moment that faults stopped. */
  bound: LivenessBound | null;
  /** NEVER while faults may still come. */
  deadlineAt: TimeUs;
  /** Tasks that failed since then, and the last of them with its reason. */
  failures: number;
  lastFailure: { readonly task: string; readonly reason: TaskReason | null } | null;
}

/** @param jobs all of the run: they share nodes, so that one may have to wait for the others. */
export function liveOracle(context: OracleContext, jobs: readonly OracleContext[] = [context]): Oracle<LiveState> {
  return {
    name: 'O-live',
    property: 'liveness',
    create: () => ({
      pointers: createPointers(),
      disturbed: false,
      firstAttempt: 0,
      needless: null,
      stoppedAt: null,
      bound: null,
      deadlineAt: Number.POSITIVE_INFINITY,
      failures: 0,
      lastFailure: null,
    }),
    observe: (state, seen, view, violate) => {
      if (!state.disturbed) noteCalm(state, seen, context, view);
      if (seen.kind === 'applied') followPointers(state.pointers, context.jobId, seen);
      else if (seen.kind === 'faults-stopped') begin(state, context, jobs, view);
      else if (seen.kind === 'stepped' && state.stoppedAt !== null) noteFailures(state, context.jobId, seen);
      if (view.now > state.deadlineAt) judge(state, context, view, violate);
    },
    finish: (state, view, violate) => {
      if (state.stoppedAt !== null) judge(state, context, view, violate);
      if (state.needless === null) return;
      const { failure, at, before } = state.needless;
      const evidence = [`after ${Math.round(at / 1_000)} ms`, ...before];
      violate(failure.rule, `${failure.text}, and no fault had come yet`, evidence, { about: failure.about });
    },
    shift: (state, by) => {
      if (state.needless !== null) state.needless = { ...state.needless, at: by.worldMoment(state.needless.at) };
      if (state.stoppedAt !== null) state.stoppedAt = by.worldMoment(state.stoppedAt);
      state.deadlineAt = by.worldMoment(state.deadlineAt);
    },
  };
}

function noteCalm(state: LiveState, seen: Observation, context: OracleContext, view: WorldView): void {
  state.disturbed = isDisturbance(seen, view) || isRestartWanted(seen, context.jobId);
  if (context.ends === 'FAILED' && seen.kind === 'stepped') return; // its tasks fail by themselves
  const failure = failureIn(seen, context.jobId, state.firstAttempt);
  if (state.firstAttempt === 0) state.firstAttempt = deployedIn(seen, context.jobId);
  if (failure !== null) state.needless ??= { failure, at: view.now, before: explainLastCheckpoint(context, view) };
}

function begin(state: LiveState, context: OracleContext, jobs: readonly OracleContext[], view: WorldView): void {
  if (state.stoppedAt !== null) return;
  state.stoppedAt = view.now;
  const left = splitsLeft(context, state.pointers, view);
  state.bound = livenessBound(context, left, trafficOf(context), companyOf(context, jobs, view));
  state.deadlineAt = view.now + state.bound.ms * 1_000;
}

/** The other jobs of the run; without their traffic (`isBare`) they cost what their records do. */
export function companyOf(
  context: OracleContext,
  jobs: readonly OracleContext[],
  view: WorldView,
  isBare = false,
): Company {
  const others = jobs.filter((job) => job !== context);
  return {
    nowMs: view.now / 1_000,
    others: others.map((job) => workOf(job, isBare ? NO_TRAFFIC : trafficOf(job))),
  };
}

/** A restart may be still to come: what lies behind the newest checkpoint may have to be read again. */
export function splitsLeft(context: OracleContext, pointers: Pointers, view: WorldView): readonly SplitLeft[] {
  const pointer = latestPointer(pointers);
  const metadata = pointer === null ? null : metadataBehind(pointer.metadata, storageOf(view).blobs);
  const progress = metadata !== null && metadata.ok ? metadata.value.subtasks.flatMap((subtask) => subtask.splits) : [];
  return planReference(context.graph, context.program, context.topics).splits.map(({ operator, split, records }) => {
    const position = progress.find((one) => one.operator === operator && one.split === split)?.position ?? 0;
    return { operator, records: records.length - position };
  });
}

function noteFailures(state: LiveState, jobId: string, { node, effects }: Stepped): void {
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message?.kind !== 'task-state-changed' || message.body.state !== 'FAILED') continue;
    const { attempt, reason } = message.body;
    if (attempt.jobId !== jobId) continue;
    state.failures += 1;
    state.lastFailure = { task: `${attemptText(attempt)} on ${node}`, reason };
  }
}

const describeLast = (reason: TaskReason | null): string =>
  reason === null ? 'no reason was given' : describeReason(reason);

/** From here on it is no accident: nothing happens any more that could fail a task. */
const FAILURES_MIN = 3;

function judge(state: LiveState, context: OracleContext, view: WorldView, violate: Violate): void {
  if (isDone(context, view)) {
    state.deadlineAt = Number.POSITIVE_INFINITY;
    return;
  }
  const sinceMs = Math.round((view.now - (state.stoppedAt ?? 0)) / 1_000);
  const bound = state.bound === null ? 'none' : `${state.bound.ms} ms = ${state.bound.text}`;
  const { failures, lastFailure } = state;
  const keepsFailing = failures >= FAILURES_MIN && lastFailure !== null;
  const failing = keepsFailing ? `, its tasks keep failing: ${describeLast(lastFailure.reason)}` : '';
  violate(
    keepsFailing ? 'tasks-keep-failing' : 'not-over',
    `job ${context.jobId} is not over ${sinceMs} ms after faults stopped${failing}`,
    [
      `bound: ${bound}`,
      ...(lastFailure === null ? [] : [`${failures} tasks failed since then, the last one was ${lastFailure.task}`]),
      ...explainStandstill(context, view),
    ],
  );
}

/** The result is durable, or was and is removed, all else is cleaned up, and every client knows. */
export function isDone(context: OracleContext, view: WorldView): boolean {
  const { entries } = haOf(view);
  const entry = entries.get(resultKey(context.jobId));
  const clients = context.clients.map((address) => view.node(address));
  if (entry === undefined)
    return !entries.has(jobKey(context.jobId)) && clients.every((one) => one !== undefined && isAnswered(one));
  const result = readResult(entry.value);
  return result.ok && result.value.clean && clients.every((one) => one === undefined || isAnswered(one));
}

/** A client knows what it wanted to know. One that died knows nothing any more, and asks again. */
export function isAnswered({ status, state }: NodeView): boolean {
  return status !== 'down' && (state as ClientState).result !== null;
}
