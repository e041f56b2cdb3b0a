// A history of calls: who asked for what, when, and what came back. Plain data.
import type { Address } from '../../core/base/machine.ts';
import type { TimeUs } from '../observation.ts';

/** One call of a client. */
export interface Call<O = unknown, R = unknown> {
  readonly node: Address;
  readonly incarnation: number;
  /** As its node numbers it; unique in an incarnation. */
  readonly id: number | string;
  readonly operation: O;
  /** Place in the history: of two events of different calls, which came first. */
  readonly calledAt: number;
  readonly calledAtUs: TimeUs;
  /** Null: no answer came. */
  readonly returned: Returned<R> | null;
}

/** The answer of a call. */
export interface Returned<R = unknown> {
  readonly result: R;
  readonly at: number;
  readonly atUs: TimeUs;
}

/** What an object does when its operations come one after the other. States, operations and results are plain data. */
export interface SequentialModel<S, O, R> {
  readonly init: S;
  /**
   * The state after an operation that gave this result; null if it cannot have given it. Of a call without an answer the result is `undefined`: the
   * state if it was applied, whatever it would have answered. The given state must not be changed.
   */
  step(state: S, operation: O, result: R | undefined): S | null;
  /** Operations of different parts never meet, as those of different keys: each part is judged by itself, which is much quicker. Default: one part. */
  partition?(operation: O): string;
  /** A call in a few words; `result` undefined: there was no answer. Default: as JSON. */
  describe?(operation: O, result: R | undefined): string;
}
