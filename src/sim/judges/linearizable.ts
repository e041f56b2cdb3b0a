// The oracle of linearizability: what clients saw of an object could have come from one that does one operation after the other, each at some
// moment between its call and its answer. It knows nothing of the machines: it reads what the clients note.
import type { NoteEffect } from '../../core/base/outbox.ts';
import type { Observation, Oracle, OracleShift, TimeUs, Violate } from '../observation.ts';
import type { Call, SequentialModel } from './history.ts';
import { checkLinearizable } from './linear-search.ts';
import { tellOrder } from './tell-order.ts';

/** A client notes this in the step in which it asks. `call`: any id that this incarnation uses once. */
export interface CalledNote<O = unknown> {
  readonly kind: 'called';
  readonly call: number | string;
  readonly operation: O;
}

/** A client notes this in the step in which it hears the answer. A call of which it never hears may or may not have taken effect: it notes nothing. */
export interface ReturnedNote<R = unknown> {
  readonly kind: 'returned';
  readonly call: number | string;
  readonly result: R;
}

/** For the `note` of a client's vocabulary. */
export type CallNote<O = unknown, R = unknown> = CalledNote<O> | ReturnedNote<R>;

/** The model that a history of calls is compared with. */
export interface LinearizableOptions<S, O, R> {
  readonly model: SequentialModel<S, O, R>;
  /** Name of the oracle. Default `linearizable`. */
  readonly name?: string;
  /** So many orders of the calls of one part are tried; then the oracle says that it gave up. Default 2,000,000. */
  readonly triesMax?: number;
}

interface LinearizableState<O, R> {
  /** By node, incarnation and id. */
  readonly calls: Map<string, Call<O, R>>;
  /** Place of the next event. */
  next: number;
}

const TRIES_MAX = 2_000_000; // some seconds

/**
 * Every answer is explained by one order of the calls, in which a call that was answered before another began is before it. A call without an answer
 * may take effect at any moment after it began, also after its client is dead, or never.
 *
 *     // in the client: out.note({ kind: 'called', call: 7, operation: { write: 3 } }), later out.note({ kind: 'returned', call: 7, result: 'done' })
 *     linearizable<number, { read: true } | { write: number }, number | 'done'>({
 *       model: {
 *         init: 0,
 *         step: (value, operation, result) =>
 *           'write' in operation ? operation.write : result === undefined || result === value ? value : null,
 *       },
 *     })
 *
 * It is judged when the run is over. The cost grows with the number of calls that overlap; `model.partition` keeps it small.
 */
export function linearizable<S, O, R>(options: LinearizableOptions<S, O, R>): Oracle<LinearizableState<O, R>> {
  const { model, name = 'linearizable', triesMax = TRIES_MAX } = options;
  return {
    name,
    create: () => ({ calls: new Map(), next: 0 }),
    observe(state, seen, view, violate) {
      if (seen.kind !== 'stepped') return;
      for (const effect of seen.effects) if (effect.effect === 'note') onNote(state, seen, effect, view.now, violate);
    },
    finish(state, _, violate) {
      for (const [part, calls] of partsOf(model, [...state.calls.values()]))
        judge(model, part, calls, triesMax, violate);
    },
    shift(state, by) {
      for (const [key, call] of state.calls) state.calls.set(key, shiftCall(call, by));
    },
  };
}

function shiftCall<C extends Call>(call: C, by: OracleShift): C {
  const { calledAtUs, returned } = call;
  const answered = returned === null ? null : { ...returned, atUs: by.worldMoment(returned.atUs) };
  return { ...call, calledAtUs: by.worldMoment(calledAtUs), returned: answered };
}

type Stepped = Extract<Observation, { readonly kind: 'stepped' }>;

function onNote<O, R>(
  state: LinearizableState<O, R>,
  seen: Stepped,
  { note }: NoteEffect,
  now: TimeUs,
  violate: Violate,
): void {
  if (note.kind === 'called') onCalled(state, seen, note as CalledNote<O>, now, violate);
  if (note.kind === 'returned') onReturned(state, seen, note as ReturnedNote<R>, now, violate);
}

function onCalled<O, R>(
  state: LinearizableState<O, R>,
  { node, incarnation }: Stepped,
  { call: id, operation }: CalledNote<O>,
  now: TimeUs,
  violate: Violate,
): void {
  const key = `${node}/${incarnation}/${id}`;
  if (state.calls.has(key)) return violate('called-twice', `${node} noted two calls with the id ${id}`, []);
  state.calls.set(key, { node, incarnation, id, operation, calledAt: state.next, calledAtUs: now, returned: null });
  state.next += 1;
}

function onReturned<O, R>(
  state: LinearizableState<O, R>,
  { node, incarnation }: Stepped,
  { call: id, result }: ReturnedNote<R>,
  now: TimeUs,
  violate: Violate,
): void {
  const key = `${node}/${incarnation}/${id}`;
  const call = state.calls.get(key);
  if (call === undefined)
    return violate('not-called', `${node} noted the answer to a call ${id} that it never noted`, []);
  if (call.returned !== null) return violate('returned-twice', `${node} noted two answers to its call ${id}`, []);
  state.calls.set(key, { ...call, returned: { result, at: state.next, atUs: now } });
  state.next += 1;
}

function partsOf<S, O, R>(
  model: SequentialModel<S, O, R>,
  calls: readonly Call<O, R>[],
): ReadonlyMap<string, readonly Call<O, R>[]> {
  return Map.groupBy(calls, ({ operation }) => model.partition?.(operation) ?? '');
}

function judge<S, O, R>(
  model: SequentialModel<S, O, R>,
  part: string,
  calls: readonly Call<O, R>[],
  triesMax: number,
  violate: Violate,
): void {
  const result = checkLinearizable(model, calls, triesMax);
  const of = part === '' ? '' : ` of ${part}`;
  const { evidence, about } = tellOrder(model, result);
  if (result.verdict === 'violated')
    violate('no-order', `no order of the ${calls.length} calls${of} explains what they were answered`, evidence, {
      about,
    });
  if (result.verdict === 'undecided')
    violate('undecided', `no order of the ${calls.length} calls${of} was found in ${triesMax} tries`, evidence, {
      about,
    });
}
