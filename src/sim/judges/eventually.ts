// An oracle of liveness: something must come true within a time.
import type { Oracle, TimeUs, Violate } from '../observation.ts';
import { seenNodes, type SeenNodes } from './seen-nodes.ts';

/** What must come true, and within how long. */
export interface EventuallyOptions<S> {
  /** World time within which it must hold. */
  readonly withinMs: number;
  readonly holds: (nodes: SeenNodes<S>) => boolean;
  /**
   * `faults-stopped` (default): once, after faults stopped. `always`: from the beginning on, also under faults, it is never false for longer than this;
   * so `withinMs` is more than faults can hold it up.
   */
  readonly from?: 'faults-stopped' | 'always';
}

interface EventuallyState {
  /** Since when it is waited for; null: it is not, yet or any more. */
  since: TimeUs | null;
  /** Faults stopped. */
  isCalm: boolean;
  isMet: boolean;
  isReported: boolean;
}

/**
 * Something that comes true within a bound.
 *
 *     eventually<Replica>('a leader', { withinMs: 2_000, holds: ({ live }) => live.some(({ state }) => state.role === 'leader') })
 *
 * It is looked at whenever something happens, and at the end of the run: a run that ends before it was true breaks it, whenever that is.
 *
 * @param name of the oracle.
 */
export function eventually<S = unknown>(name: string, options: EventuallyOptions<S>): Oracle<EventuallyState> {
  const { withinMs, holds, from = 'faults-stopped' } = options;
  const isAlways = from === 'always';
  return {
    name,
    property: 'liveness',
    create: () => ({ since: isAlways ? 0 : null, isCalm: false, isMet: false, isReported: false }),
    observe(state, seen, view, violate) {
      checkBound(state, view.now, withinMs, violate); // before the states are looked at: until now they were as they had been
      if (seen.kind === 'faults-stopped') begin(state, view.now, isAlways);
      if (state.since === null || !holds(seenNodes<S>(view))) return;
      state.isMet = true;
      state.since = isAlways ? view.now : null;
    },
    finish(state, view, violate) {
      checkBound(state, view.now, withinMs, violate);
      if (state.isMet || state.isReported || holds(seenNodes<S>(view))) return;
      violate('never', `it never held${state.isCalm ? ' after faults stopped' : ''} until the run ended`, []);
    },
    shift(state, by) {
      if (state.since !== null) state.since = by.worldMoment(state.since, withinMs * 1_000 + 1);
    },
  };
}

function begin(state: EventuallyState, now: TimeUs, isAlways: boolean): void {
  state.isCalm = true;
  if (!isAlways) state.since = now;
}

function checkBound(state: EventuallyState, now: TimeUs, withinMs: number, violate: Violate): void {
  if (state.since === null || state.isReported || now - state.since <= withinMs * 1_000) return;
  state.isReported = true;
  violate('late', `it did not hold within ${withinMs} ms`, [`waited for since ${secondsOf(state.since)} s`]);
}

function secondsOf(time: TimeUs): string {
  return (time / 1_000_000).toFixed(3);
}
