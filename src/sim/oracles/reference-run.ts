// A sequential run of a job graph: one record at a time through all operators, keys, windows and timers written again and kept small.
// It is as exact as it is slow; what it must not do is share code or ideas of order with the machines.
import { describeLostInJson } from '../../core/base/json-value.ts';
import { describeNonValue, isValue } from '../../core/base/value.ts';
import type { Key, Value } from '../../core/base/value.ts';
import { NO_TIMESTAMP } from '../../core/graph/batch.ts';
import type { ProcessContext } from '../../core/graph/functions.ts';
import type { Operator } from '../../core/graph/job-graph.ts';
import type { PlannedOperator, PlannedSplit, ReferencePlan } from './reference-plan.ts';
import {
  addDueTimer,
  createDueTimers,
  earliestTimer,
  removeDueTimer,
  takeEarliest,
  type DueTimers,
} from './reference-timers.ts';
import { textOf } from './text.ts';

/** The watermark behind all records. */
export const END_OF_TIME: number = Number.MAX_SAFE_INTEGER;

export interface WindowOfKey {
  readonly key: Key;
  accumulator: Value;
}

export interface StateOfKey {
  readonly key: Key;
  /** Values by name; a reduced value is called `value`. */
  readonly values: Map<string, Value>;
  readonly timers: Set<number>;
}

/** State of one keyed operator: windows by start and key, or values and timers by key. Keys are canonical text. */
export interface OperatorState {
  readonly windows: Map<number, Map<string, WindowOfKey>>;
  readonly keys: Map<string, StateOfKey>;
  readonly timers: DueTimers<StateOfKey>;
  /** Not above the earliest window end - 1 or timer. */
  dueAt: number;
}

export interface SplitState {
  position: number;
  maxTimestamp: number;
  watermark: number;
}

/** A record that lies farther behind the latest one of its split than the source allows. */
export interface Straggler {
  readonly split: number;
  readonly position: number;
  readonly behindMs: number;
}

export interface ReferenceRun {
  readonly plan: ReferencePlan;
  readonly splits: readonly SplitState[];
  /** By operator. */
  readonly watermarks: number[];
  readonly states: readonly OperatorState[];
  /** By operator: how often there was something to do for it. */
  readonly calls: number[];
  /** Records that came behind the watermark of a window operator, and were dropped. */
  lateRecords: number;
  /** Records behind the watermark of their own split, and the one that is farthest behind. */
  outOfBounds: number;
  farthestBehind: Straggler | null;
  /** The split that was read last, and the operator whose code was called last: whom to name if it throws. */
  reading: number;
  calling: number;
  readonly onSink: (sink: string, value: Value, timestamp: number) => void;
  /** Watermarks wait until they are released, or a split ends. */
  readonly late: boolean;
}

export function createReferenceRun(
  plan: ReferencePlan,
  onSink: ReferenceRun['onSink'],
  late: boolean = false,
): ReferenceRun {
  return {
    plan,
    splits: plan.splits.map(() => ({ position: 0, maxTimestamp: NO_TIMESTAMP, watermark: NO_TIMESTAMP })),
    watermarks: plan.operators.map(() => NO_TIMESTAMP),
    states: plan.operators.map(() => ({
      windows: new Map(),
      keys: new Map(),
      timers: createDueTimers<StateOfKey>(),
      dueAt: END_OF_TIME,
    })),
    calls: plan.operators.map(() => 0),
    lateRecords: 0,
    outOfBounds: 0,
    farthestBehind: null,
    reading: 0,
    calling: 0,
    onSink,
    late,
  };
}

/** Reads on to these positions (by split), one record of each split in turn. */
export function runTo(run: ReferenceRun, positions: readonly number[]): void {
  for (let more = true; more;) {
    more = false;
    for (let split = 0; split < positions.length; split++) {
      if ((run.splits[split] as SplitState).position >= (positions[split] as number)) continue;
      readRecord(run, split);
      more = true;
    }
  }
}

/** A split that was read to its end no longer holds back watermarks. */
export function endSplit(run: ReferenceRun, split: number): void {
  advanceSplit(run, split, END_OF_TIME);
}

function readRecord(run: ReferenceRun, index: number): void {
  const split = run.splits[index] as SplitState;
  const planned = run.plan.splits[index] as PlannedSplit;
  const { source, records, outOfOrdernessMs } = planned;
  const value = records[split.position] as Value;
  run.reading = index;
  run.calling = source;
  const timestamp = timestampAt(run.plan, planned, split.position);
  split.position += 1;
  if (timestamp <= split.watermark && timestamp !== NO_TIMESTAMP) noteStraggler(run, index, timestamp);
  emit(run, source, value, timestamp);
  if (timestamp <= split.maxTimestamp) return;
  split.maxTimestamp = timestamp;
  if (!run.late) advanceSplit(run, index, timestamp - outOfOrdernessMs - 1);
}

/** Several runs read the same records, and each is dated once. */
function timestampAt(
  { operators }: ReferencePlan,
  { source, records, timestamps }: PlannedSplit,
  position: number,
): number {
  const known = timestamps[position];
  if (known !== undefined) return known;
  const timestampOf = operators[source]?.functions.timestamp;
  const timestamp = timestampOf === undefined ? NO_TIMESTAMP : timestampOf(records[position] as Value);
  timestamps[position] = timestamp;
  return timestamp;
}

/** Lets watermarks come to where the records that were read have moved them. */
export function releaseWatermarks(run: ReferenceRun): void {
  for (const [index, { maxTimestamp }] of run.splits.entries()) {
    const { outOfOrdernessMs } = run.plan.splits[index] as ReferencePlan['splits'][number];
    if (maxTimestamp !== NO_TIMESTAMP) advanceSplit(run, index, maxTimestamp - outOfOrdernessMs - 1);
  }
}

function noteStraggler(run: ReferenceRun, split: number, timestamp: number): void {
  const { maxTimestamp, position } = run.splits[split] as SplitState;
  const behindMs = maxTimestamp - timestamp;
  run.outOfBounds += 1;
  if (behindMs > (run.farthestBehind?.behindMs ?? 0)) run.farthestBehind = { split, position: position - 1, behindMs };
}

/** A user function gave what no job takes. */
export class BadOutput extends Error {
  override readonly name = 'BadOutput';
  /** E.g. `gives what is not data`. */
  readonly deed: string;

  constructor(deed: string, message: string) {
    super(message);
    this.deed = deed;
  }
}

const RECORDS_OF_CALL_MAX = 1_000_000; // what one call may emit

/** For one call of user code: to be called with each record that it emits. */
function emitterOf(run: ReferenceRun, from: number, timestamp: number): (value: Value) => void {
  let count = 0;
  return (value) => {
    count += 1;
    if (count > RECORDS_OF_CALL_MAX)
      throw new BadOutput('gives too much', `more than ${RECORDS_OF_CALL_MAX} records in one call`);
    emit(run, from, value, timestamp);
  };
}

function emit(run: ReferenceRun, from: number, value: Value, timestamp: number): void {
  if (!isValue(value)) {
    run.calling = from;
    throw new BadOutput('gives what is not data', describeNonValue(value) ?? 'something that changed meanwhile');
  }
  for (const target of (run.plan.operators[from] as PlannedOperator).targets) process(run, target, value, timestamp);
  run.calling = from; // whose code goes on
}

function process(run: ReferenceRun, index: number, value: Value, timestamp: number): void {
  const { operator, functions } = run.plan.operators[index] as PlannedOperator;
  const context = { timestamp, parameters: run.plan.graph.parameters };
  run.calling = index;
  run.calls[index] = (run.calls[index] as number) + 1;
  switch (operator.kind) {
    case 'source':
      return;
    case 'map':
      emit(run, index, functions.map?.(value, context) as Value, timestamp);
      return;
    case 'flat-map': {
      const collect = emitterOf(run, index, timestamp);
      for (const each of functions.flatMap?.(value, context) ?? []) collect(each);
      return;
    }
    case 'filter':
      // Truth as JavaScript has it: nobody compiled the scenario, so its answer may be no boolean.
      if (functions.filter?.(value, context)) emit(run, index, value, timestamp);
      return;
    case 'reduce':
      reduceRecord(run, index, value, timestamp);
      return;
    case 'process':
      processKeyed(run, index, value, timestamp);
      return;
    case 'window':
      addToWindow(run, index, value, timestamp);
      return;
    case 'sink':
      checkSinkRecord(value);
      run.onSink(operator.sink, value, timestamp);
  }
}

function checkSinkRecord(value: Value): void {
  const lost = describeLostInJson(value);
  if (lost !== null) throw new BadOutput('gives what a sink cannot hold', lost);
}

function keyOf({ operator, functions }: PlannedOperator, value: Value): Key {
  const key = fieldOf(operator, value) ?? (functions.key as (value: Value) => Key)(value); // says what is wrong with the field
  if (typeof key === 'number') return key + 0;
  return typeof key === 'object' ? key.map((part) => (typeof part === 'number' ? part + 0 : part)) : key;
}

/** What the field of a key holds, step by step along its path; null if that is no key. */
function fieldOf(operator: Operator, value: Value): Key | null {
  if (!('keyField' in operator) || operator.keyField === undefined) return null;
  let found: unknown = value;
  for (const name of operator.keyField.split('.')) {
    const names: readonly string[] = isRecord(found) ? Object.keys(found) : [];
    if (!names.includes(name)) return null;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  const parts: readonly unknown[] = Array.isArray(found) ? found : [found];
  return parts.every(isKeyPart) ? (found as Key) : null;
}

function isRecord(found: unknown): found is object {
  return typeof found === 'object' && found !== null && !Array.isArray(found) && !ArrayBuffer.isView(found);
}

function isKeyPart(part: unknown): boolean {
  return typeof part === 'string' || typeof part === 'boolean' || Number.isFinite(part);
}

function stateOfKey(state: OperatorState, key: Key): StateOfKey {
  const text = textOf(key);
  const known = state.keys.get(text);
  if (known !== undefined) return known;
  const fresh = { key, values: new Map<string, Value>(), timers: new Set<number>() };
  state.keys.set(text, fresh);
  return fresh;
}

function reduceRecord(run: ReferenceRun, index: number, value: Value, timestamp: number): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  const { values } = stateOfKey(run.states[index] as OperatorState, keyOf(planned, value));
  const before = values.get('value');
  const context = { timestamp, parameters: run.plan.graph.parameters };
  const after = before === undefined ? value : (planned.functions.reduce?.(before, value, context) as Value);
  values.set('value', after);
  emit(run, index, after, timestamp);
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
  const { create, add } = planned.functions.aggregate as NonNullable<PlannedOperator['functions']['aggregate']>;
  const window = keys.get(text);
  if (window === undefined) keys.set(text, { key, accumulator: add(create(), value) });
  else window.accumulator = add(window.accumulator, value);
  state.dueAt = Math.min(state.dueAt, last);
}

function sizeOf(planned: PlannedOperator): number {
  return planned.operator.kind === 'window' ? planned.operator.sizeMs : 1;
}

function windowStart(timestamp: number, sizeMs: number): number {
  return Math.floor(timestamp / sizeMs) * sizeMs;
}

/** What a window comes to. */
export function windowResult(plan: ReferencePlan, index: number, start: number, key: Key, accumulator: Value): Value {
  const planned = plan.operators[index] as PlannedOperator;
  const window = { start, end: start + sizeOf(planned) };
  const { result } = planned.functions.aggregate as NonNullable<PlannedOperator['functions']['aggregate']>;
  return result(accumulator, { key, window, timestamp: window.end - 1, parameters: plan.graph.parameters });
}

function processKeyed(run: ReferenceRun, index: number, value: Value, timestamp: number): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  const keyed = stateOfKey(run.states[index] as OperatorState, keyOf(planned, value));
  planned.functions.onRecord?.(value, processContext(run, index, keyed, timestamp));
  dropIfEmpty(run.states[index] as OperatorState, keyed);
}

function dropIfEmpty(state: OperatorState, keyed: StateOfKey): void {
  if (keyed.values.size === 0 && keyed.timers.size === 0) state.keys.delete(textOf(keyed.key));
}

function processContext(run: ReferenceRun, index: number, keyed: StateOfKey, timestamp: number): ProcessContext {
  const state = run.states[index] as OperatorState;
  return {
    timestamp,
    parameters: run.plan.graph.parameters,
    key: keyed.key,
    watermark: run.watermarks[index] as number,
    state: <T>(name: string) => ({
      value: () => (keyed.values.get(name) as T | undefined) ?? null,
      update: (next: T): void => void keyed.values.set(name, next as Value),
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
    collect: emitterOf(run, index, timestamp),
  };
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

function advanceSplit(run: ReferenceRun, split: number, watermark: number): void {
  const state = run.splits[split] as SplitState;
  if (watermark <= state.watermark) return;
  const before = state.watermark;
  state.watermark = watermark;
  for (let index = 0; index < run.watermarks.length; index++) {
    if (run.watermarks[index] === before) advanceOperator(run, index);
  }
}

/** Operators are in topological order: what a window emits reaches the next operator before that one's watermark rises. */
function advanceOperator(run: ReferenceRun, index: number): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  run.calling = index;
  let watermark = END_OF_TIME;
  for (const split of planned.splits) watermark = Math.min(watermark, (run.splits[split] as SplitState).watermark);
  if (watermark <= (run.watermarks[index] as number)) return;
  run.watermarks[index] = watermark;
  const state = run.states[index] as OperatorState;
  if (state.dueAt > watermark) return;
  if (planned.operator.kind === 'window') fireWindows(run, index, watermark);
  if (planned.operator.kind === 'process') fireTimers(run, index, watermark);
}

function fireWindows(run: ReferenceRun, index: number, watermark: number): void {
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

/** In the order of their times; a timer may register others that are due at once. */
function fireTimers(run: ReferenceRun, index: number, watermark: number): void {
  const state = run.states[index] as OperatorState;
  const { functions } = run.plan.operators[index] as PlannedOperator;
  state.timers.before = state.timers.size;
  state.timers.again = 0;
  for (;;) {
    const at = earliestTimer(state.timers);
    state.dueAt = at;
    if (at > watermark) break;
    for (const keyed of takeEarliest(state.timers)) {
      keyed.timers.delete(at);
      run.calls[index] = (run.calls[index] as number) + 1;
      functions.onTimer?.(at, processContext(run, index, keyed, at));
      dropIfEmpty(state, keyed);
    }
  }
  state.timers.before = 0;
}
