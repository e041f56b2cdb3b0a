// What user code looks like to the engine: functions by operator id, and the contexts that they are given.
// Time, chance and memory come from the context alone, never from `this`, a closure or a module variable.
import type { DataOnly, Key, Value } from '../base/value.ts';
import type { Schema } from '../columns/schema.ts';
import type { KeyFunction } from './key-field.ts';

/** Keyed state by name, for the key of the record or timer at hand. Values are data and immutable: `update` replaces. */
export interface ValueState<T> {
  /** The value, or null if there is none. */
  value(): T | null;
  /** Replaces the value, by data again. */
  update(value: T): void;
  /** Removes the value. */
  clear(): void;
}

/** Contexts are reused from call to call: read them during the call, and do not keep them. */
export interface RecordContext {
  /**
   * Event time of the record, or `NO_TIMESTAMP`.
   * @unit ms
   */
  readonly timestamp: number;
  /** `parameters` of the job. */
  readonly parameters: Value;
}

/** What `onRecord` and `onTimer` are given: the key at hand, its state and its timers. */
export interface ProcessContext<K extends Key = Key, R = Value> extends RecordContext {
  /** The key of the record or timer. */
  readonly key: K;
  /**
   * Current event time of the task: its last watermark.
   * @unit ms
   */
  readonly watermark: number;
  /** A value of this key, by name. Names begin with a letter, followed by letters, digits, `_` and `-`. */
  state<T = Value>(name: string & DataOnly<T>): ValueState<T>;
  /**
   * Registers an event-time timer for this key, at a whole number of ms. It fires once, when the watermark reaches it; one that the watermark
   * has passed already fires with the next. The same time twice is one timer.
   */
  registerEventTimeTimer(timestamp: number): void;
  /** Takes back a timer of this key; nothing happens if there is none. */
  deleteEventTimeTimer(timestamp: number): void;
  /** Emits a record with the timestamp of the record or timer at hand. */
  collect(value: R): void;
}

/** What `result` of a window is given. */
export interface WindowContext<K extends Key = Key> extends RecordContext {
  /** The key of the window. */
  readonly key: K;
  /**
   * The window `[start, end)`.
   * @unit ms
   */
  readonly window: { readonly start: number; readonly end: number };
}

/** `objects`: each record is an object of its own. `views`: records that lie in columns are shown by one object, which shows the next one behind the call. */
export type SeenRows = 'objects' | 'views';

/** User functions of one operator. Which fields are there follows from its kind. */
export interface OperatorFunctions extends CodeSettings {
  /** `source`: event time of a record in ms. */
  readonly timestamp?: (value: Value) => number;
  /** Keyed operators: the key of a record. */
  readonly key?: KeyFunction;
  readonly map?: (value: Value, context: RecordContext) => Value;
  readonly flatMap?: (value: Value, context: RecordContext) => Iterable<Value>;
  readonly filter?: (value: Value, context: RecordContext) => boolean;
  readonly mapAsync?: (value: Value, context: RecordContext) => Promise<Value>;
  readonly reduce?: (accumulated: Value, value: Value, context: RecordContext) => Value;
  readonly onRecord?: (value: Value, context: ProcessContext, state?: StateFields) => void;
  readonly onTimer?: (timestamp: number, context: ProcessContext, state?: StateFields) => void;
  readonly aggregate?: {
    readonly create: () => Value;
    readonly add: (accumulator: Value, value: Value) => Value;
    readonly result: (accumulator: Value, context: WindowContext) => Value;
  };
}

/** The name that declared state has among the states of a key. */
export const STATE_NAME = 'state';

/** The fields of declared state, of whatever key the call is for: accessors. */
export type StateFields = Record<string, Value>;

/** What is said of the functions of an operator beside the functions. */
export interface CodeSettings {
  /** How they see records; absent: as objects. */
  readonly rows?: SeenRows;
  /** The declared state of `process`. */
  readonly state?: Schema;
}

/** A loaded job artifact: the code behind a job graph. */
export interface JobProgram {
  readonly functions: ReadonlyMap<string, OperatorFunctions>;
}

/** Code by artifact hash. It is given to a TaskManager, lies outside of its state, and only grows: loading completes before it is read. */
export interface ArtifactTable {
  get(hash: string): JobProgram | undefined;
}
