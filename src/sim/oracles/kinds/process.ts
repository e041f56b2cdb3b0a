// process, written again: values by name and timers of each key. A snapshot holds a key as `{ states, timers }`.
import type { Value } from '../../../core/base/value.ts';
import type { Schema } from '../../../core/columns/schema.ts';
import { STATE_NAME, type ProcessContext, type StateFields } from '../../../core/graph/functions.ts';
import type { PlannedOperator } from '../reference-plan.ts';
import { addDueTimer, earliestTimer, removeDueTimer, takeEarliest } from '../reference-timers.ts';
import { textOf } from '../text.ts';
import {
  BadOutput,
  emitterOf,
  END_OF_TIME,
  keyOf,
  NO_WINDOWS,
  stateOfKey,
  statesOfKeys,
  type Emit,
  type KeyState,
  type OperatorState,
  type ReferenceKind,
  type ReferenceRun,
  type StateOfKey,
} from './kind.ts';

export const process: ReferenceKind = {
  take: processKeyed,
  fire: fireTimers,
  kept: { read: readEntry, expected: statesOfKeys },
  dated: 'at-will',
  dropsLate: false,
};

function readEntry(key: KeyState['key'], value: Value): KeyState {
  const { states, timers } = value as unknown as {
    readonly states: Readonly<Record<string, Value>>;
    readonly timers: readonly number[];
  };
  return { key, windows: NO_WINDOWS, values: new Map(Object.entries(states)), timers };
}

function processKeyed(run: ReferenceRun, index: number, value: Value, timestamp: number, emit: Emit): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  const keyed = stateOfKey(run.states[index] as OperatorState, keyOf(planned, value));
  planned.functions.onRecord?.(
    value,
    processContext(run, index, keyed, timestamp, emit),
    declaredState(planned, keyed),
  );
  dropIfEmpty(run.states[index] as OperatorState, keyed);
}

function dropIfEmpty(state: OperatorState, keyed: StateOfKey): void {
  if (keyed.values.size === 0 && keyed.timers.size === 0) state.keys.delete(textOf(keyed.key));
}

function processContext(
  run: ReferenceRun,
  index: number,
  keyed: StateOfKey,
  timestamp: number,
  emit: Emit,
): ProcessContext {
  const state = run.states[index] as OperatorState;
  const declared = (run.plan.operators[index] as PlannedOperator).functions.state;
  return {
    timestamp,
    parameters: run.plan.graph.parameters,
    key: keyed.key,
    watermark: run.watermarks[index] as number,
    state: <T>(name: string) => ({
      value: () => (keyed.values.get(name) as T | undefined) ?? null,
      update: (next: T): void => void keyed.values.set(name, inForm(declared, name, next as Value)),
      clear: (): void => void keyed.values.delete(name),
    }),
    registerEventTimeTimer: (at) => {
      if (keyed.timers.has(at)) return;
      checkTimersSet(run, index, at);
      keyed.timers.add(at);
      addDueTimer(state.timers, at, keyed);
      state.dueAt = Math.min(state.dueAt, at);
    },
    deleteEventTimeTimer: (at) => {
      if (keyed.timers.delete(at)) removeDueTimer(state.timers, at, keyed);
    },
    collect: emitterOf(run, index, timestamp, emit),
  };
}

/** Declared state has its fields in the order of its schema, and whole numbers know no -0. */
function inForm(schema: Schema | undefined, name: string, value: Value): Value {
  if (schema === undefined || name !== STATE_NAME || typeof value !== 'object' || value === null) return value;
  const given = value as StateFields;
  const fields: StateFields = {};
  for (const [field, type] of Object.entries(schema.fields)) {
    const held = given[field] as Value;
    const { kind } = type.kind === 'nullable' ? type.present : type;
    fields[field] = (kind === 'int32' || kind === 'timestamp') && held === 0 ? 0 : held;
  }
  return fields;
}

/** A field is one of a value that is stored as a whole. What a field may hold, the job's own runs say. */
function declaredState({ functions: { state } }: PlannedOperator, { values }: StateOfKey): StateFields | undefined {
  if (state === undefined) return undefined;
  const zeros: Readonly<Record<string, Value>> = { boolean: false, string: '' };
  const zero = Object.fromEntries(
    Object.entries(state.fields).map(([name, { kind }]) => [name, kind === 'nullable' ? null : (zeros[kind] ?? 0)]),
  );
  const now = (): StateFields => (values.get(STATE_NAME) as StateFields | undefined) ?? zero;
  const fields: StateFields = {};
  for (const name of Object.keys(zero))
    Object.defineProperty(fields, name, {
      get: () => now()[name],
      set: (value: Value) => {
        values.set(STATE_NAME, inForm(state, STATE_NAME, { ...now(), [name]: value }));
      },
      enumerable: true,
    });
  return fields;
}

const TIMERS_AGAIN_MAX = 1_000_000; // of a subtask, as the machines have it
const TIMERS_AGAIN_AT_END_MAX = 100_000;
const TIMERS_AGAIN_PER_TIMER = 100;

/** Timers of an operator that set others which are due with the same watermark must come to an end. */
function checkTimersSet(run: ReferenceRun, index: number, at: number): void {
  const { timers } = run.states[index] as OperatorState;
  const watermark = run.watermarks[index] as number;
  if (timers.before === 0 || at > watermark) return;
  timers.again += 1;
  const most = watermark === END_OF_TIME ? TIMERS_AGAIN_AT_END_MAX : TIMERS_AGAIN_MAX;
  const { parallelism } = (run.plan.operators[index] as PlannedOperator).operator;
  if (timers.again <= (most + TIMERS_AGAIN_PER_TIMER * timers.before) * parallelism) return;
  const when = watermark === END_OF_TIME ? 'at the end of the input' : 'for times that the watermark has passed';
  throw new BadOutput('sets timers without end', `${timers.again} by its timers, ${when}, where each fires at once`);
}

/** In the order of their times; a timer may register others that are due at once. */
function fireTimers(run: ReferenceRun, index: number, watermark: number, emit: Emit): void {
  const state = run.states[index] as OperatorState;
  const planned = run.plan.operators[index] as PlannedOperator;
  const { functions } = planned;
  state.timers.before = state.timers.size;
  state.timers.again = 0;
  for (;;) {
    const at = earliestTimer(state.timers);
    state.dueAt = at;
    if (at > watermark) break;
    for (const keyed of takeEarliest(state.timers)) {
      keyed.timers.delete(at);
      run.calls[index] = (run.calls[index] as number) + 1;
      functions.onTimer?.(at, processContext(run, index, keyed, at, emit), declaredState(planned, keyed));
      dropIfEmpty(state, keyed);
    }
  }
  state.timers.before = 0;
}
