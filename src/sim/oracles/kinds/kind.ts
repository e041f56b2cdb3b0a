// What the judges know of a kind of operator: what it does to records, what it keeps, and how a snapshot writes that. Written again, kept small, and of
// no code that the machines run.
import type { Key, Value } from '../../../core/base/value.ts';
import type { Operator } from '../../../core/graph/job-graph.ts';
import type { PlannedOperator, ReferencePlan } from '../reference-plan.ts';
import type { HeldBack } from '../in-flight.ts';
import type { DueTimers } from '../reference-timers.ts';
import { textOf } from '../text.ts';

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
  /** Of a run up to a cut, what `mapAsync` has in flight there; null: nothing. */
  readonly inFlight: HeldBack | null;
  /** The longest call of a `mapAsync`. */
  longestCallMs: number;
  /** The split that was read last, and the operator whose code was called last: whom to name if it throws. */
  reading: number;
  calling: number;
  readonly onSink: (sink: string, value: Value, timestamp: number) => void;
  /** Watermarks wait until they are released, or a split ends. */
  readonly late: boolean;
}

/** Hands on what an operator emits. */
export type Emit = (run: ReferenceRun, from: number, value: Value, timestamp: number) => void;

/** State of one key: windows by their start, values by name, timers. */
export interface KeyState {
  readonly key: Key;
  readonly windows: ReadonlyMap<number, Value>;
  readonly values: ReadonlyMap<string, Value>;
  readonly timers: readonly number[];
}

/** By canonical text of the key. */
export type KeyStates = Map<string, KeyState>;

export interface KeptByKey {
  /** What a snapshot holds of a key. */
  readonly read: (key: Key, value: Value) => KeyState;
  /** What the reference holds of all keys. */
  readonly expected: (state: OperatorState) => KeyStates;
}

export interface ReferenceKind {
  /** A record comes. */
  readonly take: (run: ReferenceRun, index: number, value: Value, timestamp: number, emit: Emit) => void;
  /** The watermark rises; null: nothing is due by it. */
  readonly fire: ((run: ReferenceRun, index: number, watermark: number, emit: Emit) => void) | null;
  /** Null: it keeps nothing for keys. */
  readonly kept: KeptByKey | null;
  /** Which event time its records have: that of the record that they are made of; that of the end of a window, and they come behind that; whichever user code wants. */
  readonly dated: 'as-taken' | 'at-window-end' | 'at-will';
  /** Records that come too late are dropped. */
  readonly dropsLate: boolean;
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
export function emitterOf(run: ReferenceRun, from: number, timestamp: number, emit: Emit): (value: Value) => void {
  let count = 0;
  return (value) => {
    count += 1;
    if (count > RECORDS_OF_CALL_MAX)
      throw new BadOutput('gives too much', `more than ${RECORDS_OF_CALL_MAX} records in one call`);
    emit(run, from, value, timestamp);
  };
}

export function keyOf({ operator, functions }: PlannedOperator, value: Value): Key {
  const key = fieldOf(operator, value) ?? (functions.key as (value: Value) => Key)(value); // says what is wrong with the field
  if (typeof key === 'number') return key + 0;
  return typeof key === 'object' ? key.map((part) => (typeof part === 'number' ? part + 0 : part)) : key;
}

/** What the field of a key holds; null if that is no key. */
function fieldOf(operator: Operator, value: Value): Key | null {
  if (!('keyField' in operator) || operator.keyField === undefined) return null;
  const found: unknown = fieldAt(value, operator.keyField);
  const parts: readonly unknown[] = Array.isArray(found) ? found : [found];
  return parts.every(isKeyPart) ? (found as Key) : null;
}

/** What a field holds, step by step along its path. */
export function fieldAt(value: Value, path: string): Value | undefined {
  let found: unknown = value;
  for (const name of path.split('.')) {
    const names: readonly string[] = isRecord(found) ? Object.keys(found) : [];
    if (!names.includes(name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found as Value;
}

function isRecord(found: unknown): found is object {
  return typeof found === 'object' && found !== null && !Array.isArray(found) && !ArrayBuffer.isView(found);
}

function isKeyPart(part: unknown): boolean {
  return ['string', 'boolean', 'bigint'].includes(typeof part) || Number.isFinite(part);
}

export const NO_WINDOWS: KeyState['windows'] = new Map();
export const NO_VALUES: KeyState['values'] = new Map();

export function stateOfKey(state: OperatorState, key: Key): StateOfKey {
  const text = textOf(key);
  const known = state.keys.get(text);
  if (known !== undefined) return known;
  const fresh = { key, values: new Map<string, Value>(), timers: new Set<number>() };
  state.keys.set(text, fresh);
  return fresh;
}

/** Values and timers of all keys. */
export function statesOfKeys({ keys }: OperatorState): KeyStates {
  const states: KeyStates = new Map();
  for (const [text, { key, values, timers }] of keys)
    states.set(text, { key, windows: NO_WINDOWS, values, timers: [...timers] });
  return states;
}
