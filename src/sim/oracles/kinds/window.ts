// window, written again: an accumulator for each key and window that is open. A snapshot holds a key as `[[start, accumulator], …]`.
import type { Key, Value } from '../../../core/base/value.ts';
import type { PlannedOperator, ReferencePlan } from '../reference-plan.ts';
import { textOf } from '../text.ts';
import { aggregatesOf, readRemembered, remember, type Remembered } from './aggregate.ts';
import {
  END_OF_TIME,
  keyOf,
  NO_VALUES,
  type Emit,
  type KeyState,
  type KeyStates,
  type OperatorState,
  type ReferenceKind,
  type ReferenceRun,
} from './kind.ts';

export const window: ReferenceKind = windows((accumulator) => accumulator);

/** The same, but for what an accumulator is. */
export const windowAggregate: ReferenceKind = windows(readRemembered);

function windows(readAccumulator: (accumulator: Value) => Value): ReferenceKind {
  return {
    take: addToWindow,
    fire: fireWindows,
    kept: {
      read: (key, value) => ({
        key,
        windows: new Map(
          (value as unknown as [number, Value][]).map(([start, held]) => [start, readAccumulator(held)]),
        ),
        values: NO_VALUES,
        timers: [],
      }),
      expected: expectedWindows,
    },
    dated: 'at-window-end',
    dropsLate: true,
  };
}

function expectedWindows(state: OperatorState): KeyStates {
  const states = new Map<string, KeyState & { readonly windows: Map<number, Value> }>();
  for (const [start, keys] of state.windows) {
    for (const [text, { key, accumulator }] of keys) {
      const known = states.get(text);
      if (known !== undefined) known.windows.set(start, accumulator);
      else states.set(text, { key, windows: new Map([[start, accumulator]]), values: NO_VALUES, timers: [] });
    }
  }
  return states;
}

function addToWindow(run: ReferenceRun, index: number, value: Value, timestamp: number): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  const state = run.states[index] as OperatorState;
  const start = windowStart(timestamp, sizeOf(planned));
  const last = start + sizeOf(planned) - 1;
  if (last <= (run.watermarks[index] as number)) {
    run.lateRecords += 1;
    return;
  }
  let keys = state.windows.get(start);
  if (keys === undefined) state.windows.set(start, (keys = new Map()));
  const key = keyOf(planned, value);
  const text = textOf(key);
  const window = keys.get(text);
  if (window === undefined) keys.set(text, { key, accumulator: withRecord(planned, null, value) });
  else window.accumulator = withRecord(planned, window, value);
  state.dueAt = Math.min(state.dueAt, last);
}

/** @param window null: it is new */
function withRecord(planned: PlannedOperator, window: { readonly accumulator: Value } | null, value: Value): Value {
  if (planned.operator.kind === 'window-aggregate')
    return remember(planned, (window?.accumulator ?? {}) as Remembered, value);
  const { create, add } = planned.functions.aggregate as NonNullable<PlannedOperator['functions']['aggregate']>;
  return add(window === null ? create() : window.accumulator, value);
}

function sizeOf(planned: PlannedOperator): number {
  return 'sizeMs' in planned.operator ? planned.operator.sizeMs : 1;
}

function windowStart(timestamp: number, sizeMs: number): number {
  return Math.floor(timestamp / sizeMs) * sizeMs;
}

/** What a window comes to. */
export function windowResult(plan: ReferencePlan, index: number, start: number, key: Key, accumulator: Value): Value {
  const planned = plan.operators[index] as PlannedOperator;
  const window = { start, end: start + sizeOf(planned) };
  if (planned.operator.kind === 'window-aggregate')
    return { key, window, ...aggregatesOf(planned, accumulator as Remembered) };
  const { result } = planned.functions.aggregate as NonNullable<PlannedOperator['functions']['aggregate']>;
  return result(accumulator, { key, window, timestamp: window.end - 1, parameters: plan.graph.parameters });
}

function fireWindows(run: ReferenceRun, index: number, watermark: number, emit: Emit): void {
  const state = run.states[index] as OperatorState;
  const size = sizeOf(run.plan.operators[index] as PlannedOperator);
  state.dueAt = END_OF_TIME;
  for (const [start, keys] of [...state.windows].sort(([left], [right]) => left - right)) {
    const last = start + size - 1;
    if (last > watermark) {
      state.dueAt = Math.min(state.dueAt, last);
      continue;
    }
    state.windows.delete(start);
    run.calls[index] = (run.calls[index] as number) + keys.size;
    for (const { key, accumulator } of keys.values())
      emit(run, index, windowResult(run.plan, index, start, key, accumulator), last);
  }
}
