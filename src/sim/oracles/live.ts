// O-live: with faults stopped, the job is FINISHED, cleaned up and known to its client within a bound (I12). If not, the violation says who
// waits for whom for what. Heartbeats alone are no progress: nothing but the result counts.
import { resultKey } from '../../core/protocol/ha-keys.ts';
import type { ClientState } from '../../core/client/state.ts';
import type { Oracle, TimeUs, WorldView } from '../observation.ts';
import type { OracleContext, Violate } from './context.ts';
import { metadataBehind, readResult } from './decode.ts';
import { explainStandstill } from './explain.ts';
import { livenessBound, type LivenessBound, type SplitLeft } from './liveness-bound.ts';
import { createPointers, followPointers, latestPointer, type Pointers } from './pointers.ts';
import { planReference } from './reference-plan.ts';
import { haOf, storageOf } from './service-views.ts';

export interface LiveState {
  readonly pointers: Pointers;
  stoppedAt: TimeUs | null;
  /** From the moment that faults stopped. */
  bound: LivenessBound | null;
  /** NEVER while faults may still come. */
  deadlineAt: TimeUs;
}

export function liveOracle(context: OracleContext): Oracle<LiveState> {
  return {
    name: 'O-live',
    create: () => ({ pointers: createPointers(), stoppedAt: null, bound: null, deadlineAt: Number.POSITIVE_INFINITY }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'applied') followPointers(state.pointers, context.jobId, seen);
      else if (seen.kind === 'faults-stopped') begin(state, context, view);
      if (view.now > state.deadlineAt) judge(state, context, view, violate);
    },
    finish: (state, view, violate) => {
      if (state.stoppedAt !== null) judge(state, context, view, violate);
    },
  };
}

function begin(state: LiveState, context: OracleContext, view: WorldView): void {
  if (state.stoppedAt !== null) return;
  state.stoppedAt = view.now;
  state.bound = livenessBound(context, splitsLeft(context, state.pointers, view));
  state.deadlineAt = view.now + state.bound.ms * 1_000;
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

function judge(state: LiveState, context: OracleContext, view: WorldView, violate: Violate): void {
  if (isDone(context, view)) {
    state.deadlineAt = Number.POSITIVE_INFINITY;
    return;
  }
  const sinceMs = Math.round((view.now - (state.stoppedAt ?? 0)) / 1_000);
  const bound = state.bound === null ? 'none' : `${state.bound.ms} ms = ${state.bound.text}`;
  violate(`job ${context.jobId} is not over ${sinceMs} ms after faults stopped`, [
    `bound: ${bound}`,
    ...explainStandstill(context, view),
  ]);
}

/** The result is durable, all else is cleaned up, and every client knows. */
export function isDone(context: OracleContext, view: WorldView): boolean {
  const entry = haOf(view).entries.get(resultKey(context.jobId));
  const result = entry === undefined ? null : readResult(entry.value);
  if (result === null || !result.ok || !result.value.clean) return false;
  return view.nodes().every((node) => node.role !== 'client' || (node.state as ClientState).result !== null);
}
