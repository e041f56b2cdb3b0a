// Where the definition of a job begins: its sources.
import type { DataOnly, Value } from '../base/value.ts';
import type { OperatorFunctions } from './functions.ts';
import { addOperator, noteUnknown, type JobBuilder } from './job-builder.ts';
import type { Operator } from './job-graph.ts';
import { ofSource, type SourceSettings } from './stream-settings.ts';
import { DataStream } from './streams.ts';

/** Where a job begins: `defineJob` gives it to the definition. */
export class JobEnvironment {
  readonly #builder: JobBuilder;

  /** For `defineJob` alone. */
  constructor(builder: JobBuilder) {
    this.#builder = builder;
  }

  /**
   * Reads a topic. The type of its records is yours to state: a `type`, as the compiler takes no `interface` for a `Value`.
   * @param id names the operator for its state and its code; unique in the job, and to be kept when the job is run again from what it stored
   * @example
   * ```ts
   * env.fromSource<Payment>('orders', {
   *   topic: 'payments',
   *   splits: 2,
   *   recordsPerSecond: 100,
   *   timestamp: ({ at }) => at,
   *   outOfOrdernessMs: 500,
   * })
   * ```
   * @example
   * ```ts
   * env.fromSource('orders', { topic: 'payments', splits: 2, schema: schema({ account: string, cents: int32, at: timestamp }) })
   * ```
   */
  fromSource<T = Value>(id: string, settings: SourceSettings<T> & DataOnly<T>): DataStream<T> {
    const source: Operator = {
      id,
      kind: 'source',
      parallelism: settings.parallelism ?? this.#builder.parallelism,
      topic: settings.topic,
      splits: settings.splits,
      recordsPerSecond: settings.recordsPerSecond ?? 0,
      outOfOrdernessMs: settings.outOfOrdernessMs ?? 0,
      ...(settings.schema === undefined ? {} : { schema: settings.schema }),
    };
    noteUnknown(this.#builder, id, 'setting', settings, ofSource);
    const functions = settings.timestamp === undefined ? {} : { timestamp: settings.timestamp };
    return new DataStream(this.#builder, [addOperator(this.#builder, source, functions as OperatorFunctions, [])]);
  }
}
