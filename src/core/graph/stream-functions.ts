// What the functions of a job are given and give, by the operator that they are for.
import type { DataOnly, Key } from '../base/value.ts';
import type { ProcessContext, RecordContext, WindowContext } from './functions.ts';

/** A user function of a record: synchronous, and a function of what it is given. What it throws fails the task with operator and record. */
export type MapFunction<T, R> = (value: T, context: RecordContext) => R;

/** Declared state: fields to be read and assigned to, of the key of the record or timer at hand. */
export type StateOf<S> = { -readonly [F in keyof S]: S[F] };

/** Keyed state and event-time timers. A timer that fires without `onTimer` does nothing. */
export interface ProcessFunctions<T, K extends Key, R, S = undefined> {
  /** Called for each record, with the state of its key. */
  readonly onRecord: (value: T, context: ProcessContext<K, R>, state: StateOf<S>) => void;
  /**
   * Called for each timer that is due, with the state of its key.
   * @unit ms of event time
   * @default a timer that fires does nothing
   */
  readonly onTimer?: (timestamp: number, context: ProcessContext<K, R>, state: StateOf<S>) => void;
}

/** Accumulators are immutable: `add` returns a new one. */
export interface AggregateFunctions<T, K extends Key, A, R> {
  /** The accumulator of a window without records. */
  readonly create: () => A & DataOnly<A>;
  /** The accumulator with one record more. */
  readonly add: (accumulator: Readonly<A>, value: T) => A;
  /** The record that a window emits when it is over. */
  readonly result: (accumulator: Readonly<A>, context: WindowContext<K>) => R & DataOnly<R>;
}
