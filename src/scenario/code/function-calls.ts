// Functions of `mapAsync`, called where nothing may be waited for: whoever runs a simulated world brings somebody who runs such a call to its end under a
// clock of its own. What a call does follows from what it is given here, and from nothing else.
import type { Value } from '../../core/base/value.ts';

/** One call of a function. */
export interface FunctionCall {
  /** The number of its job among those of the scenario, from 0. */
  readonly job: number;
  readonly operator: string;
  readonly value: Value;
  /** Event time of the record. */
  readonly timestamp: number;
  /** Of the job. */
  readonly parameters: Value;
  /** What the clock of the call shows at its beginning, in ms. */
  readonly atMs: number;
  /** Of the chance of the call. */
  readonly seed: number;
}

/** What came of a call, and how long it took on its own clock. */
export type Called =
  | { readonly kind: 'returned'; readonly value: Value; readonly durationMs: number }
  | {
      readonly kind: 'failed';
      /** As a clause behind the name of the function: `failed: Error: no such airport`. */
      readonly problem: string;
      /** It did what no function of a job may do, or waits for what never comes; else it threw. */
      readonly isMistake: boolean;
      readonly durationMs: number;
    };

export interface FunctionCalls {
  call(one: FunctionCall): Called;
}
