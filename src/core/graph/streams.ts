// The job API, in Flink's vocabulary: streams of records of a type, and the operators that lead from one to the next.
// The first argument of each operator is its id: state and code are found by it, so it must outlive versions of the job.
import type { DataOnly, Key, Value } from '../base/value.ts';
import type { Schema } from '../columns/schema.ts';
import { namedAggregates, type Aggregated, type Aggregates, type WindowAggregated } from './aggregates.ts';
import { fieldKey, type KeyAt, type KeyField, type KeyFunction } from './key-field.ts';
import type { OperatorFunctions, RecordContext } from './functions.ts';
import {
  addOperator,
  codeOf,
  noteState,
  noteUnknown,
  type FunctionSettings,
  type JobBuilder,
  type OperatorSettings,
  type StreamEnd,
} from './job-builder.ts';
import type { Operator } from './job-graph.ts';
import { mapAsyncOperator, type AsyncFunction, type MapAsyncSettings } from './async-settings.ts';
import type { AggregateFunctions, MapFunction, ProcessFunctions } from './stream-functions.ts';
import { ofSink, type SinkSettings } from './stream-settings.ts';
import type { WindowAssigner } from './windows.ts';

const ofAny = ['parallelism'] satisfies (keyof OperatorSettings)[];
const ofProcess = ['onRecord', 'onTimer'] satisfies (keyof ProcessFunctions<never, never, never>)[];

/** Records of type `T`, from one or several operators. */
export class DataStream<T> {
  readonly #builder: JobBuilder;
  readonly #ends: readonly StreamEnd[];

  /** For the job API alone. */
  constructor(builder: JobBuilder, ends: readonly StreamEnd[]) {
    this.#builder = builder;
    this.#ends = ends;
  }

  /**
   * One record for each record, with its timestamp.
   * @example
   * ```ts
   * payments.map('euros', ({ account, cents }) => ({ account, euros: cents / 100 }))
   * ```
   */
  map<R>(id: string, map: MapFunction<T, R & DataOnly<R>>, settings: FunctionSettings = {}): DataStream<R> {
    const { parallelism, said } = codeOf(this.#builder, id, settings);
    return this.#followedBy({ id, kind: 'map', parallelism }, { map, ...said });
  }

  /**
   * Any number of records for each record, one by one, with its timestamp. The iterable must end.
   * @example
   * ```ts
   * payments.flatMap('sides', ({ account, cents }) => [
   *   { account, cents },
   *   { account: 'bank', cents: -cents },
   * ])
   * ```
   */
  flatMap<R>(
    id: string,
    flatMap: MapFunction<T, Iterable<R & DataOnly<R>>>,
    settings: FunctionSettings = {},
  ): DataStream<R> {
    const { parallelism, said } = codeOf(this.#builder, id, settings);
    return this.#followedBy({ id, kind: 'flat-map', parallelism }, { flatMap, ...said });
  }

  /**
   * The records for which the function gives `true`. Anything but `true` and `false` is refused with the operator's name.
   * @example
   * ```ts
   * payments.filter('large', ({ cents }) => cents >= 100)
   * ```
   */
  filter(id: string, filter: MapFunction<T, boolean>, settings: FunctionSettings = {}): DataStream<T> {
    const { parallelism, said } = codeOf(this.#builder, id, settings);
    return this.#followedBy({ id, kind: 'filter', parallelism }, { filter, ...said });
  }

  /**
   * One record for each record, with its timestamp, from a function that answers later. What is in flight is part of each checkpoint, and is asked for again
   * behind a restore: the function may be called several times for a record. Calls see nothing of each other.
   * @example
   * ```ts
   * payments.mapAsync('rated', async ({ account, cents, at }) => ({ account, cents, at, risk: await Promise.resolve('low') }), {
   *   capacity: 20,
   *   timeoutMs: 1_000,
   * })
   * ```
   */
  mapAsync<R>(id: string, mapAsync: AsyncFunction<T, R & DataOnly<R>>, settings: MapAsyncSettings = {}): DataStream<R> {
    return this.#followedBy(mapAsyncOperator(this.#builder, id, settings), { mapAsync });
  }

  /**
   * Splits the stream by key: a string, number, bigint or boolean, or an array of them. State, timers and windows behind it belong to one key each.
   * @example
   * ```ts
   * payments
   *   .keyBy(({ account }) => account)
   *   .reduce('balance', (sum, { account, cents, at }) => ({ account, cents: sum.cents + cents, at }))
   * ```
   */
  keyBy<const K extends Key>(key: (value: T) => K): KeyedStream<T, K>;
  /**
   * Splits the stream by what a field holds, by its name or its path (`'author.id'`): the same keys as of a function that reads the field, without a call
   * for each record. The job graph says the field.
   * @example
   * ```ts
   * payments
   *   .keyBy('account')
   *   .reduce('balance', (sum, { account, cents, at }) => ({ account, cents: sum.cents + cents, at }))
   * ```
   */
  keyBy<const F extends KeyField<T>>(field: F): KeyedStream<T, KeyAt<T, F>>;
  keyBy(key: string | ((value: T) => Key)): KeyedStream<T, Key> {
    return new KeyedStream<T, Key>(this.#builder, this.#ends, typeof key === 'string' ? fieldKey(key) : key);
  }

  /**
   * The records of all these streams, in no order between them. No operator, so no id.
   * @example
   * ```ts
   * payments.union(payments.map('back', ({ account, cents, at }) => ({ account, cents: -cents, at })))
   * ```
   */
  union(...others: readonly DataStream<T>[]): DataStream<T> {
    return new DataStream(this.#builder, [...this.#ends, ...others.flatMap((other) => other.#ends)]);
  }

  /**
   * Distributes the records round robin over the subtasks of what follows, even where they could stay.
   * @example
   * ```ts
   * payments.rebalance().map('slow', (payment) => payment, { parallelism: 2 })
   * ```
   */
  rebalance(): DataStream<T> {
    return new DataStream(
      this.#builder,
      this.#ends.map((end) => ({ operator: end.operator, rebalanced: true })),
    );
  }

  /**
   * Writes the records to an external sink, in transactions that checkpoints commit. Nothing follows a sink.
   * @example
   * ```ts
   * payments.sinkTo('ledger', { sink: 'ledger' })
   * ```
   */
  sinkTo(id: string, settings: SinkSettings): void {
    noteUnknown(this.#builder, id, 'setting', settings, ofSink);
    const sink: Operator = {
      id,
      kind: 'sink',
      parallelism: settings.parallelism ?? this.#builder.parallelism,
      sink: settings.sink,
      commitOn: settings.commitOn ?? 'checkpoint-complete',
    };
    this.#followedBy(sink, {});
  }

  #followedBy<R>(operator: Operator, functions: object): DataStream<R> {
    return new DataStream<R>(this.#builder, [addOperator(this.#builder, operator, untyped(functions), this.#ends)]);
  }
}

/** Records of type `T` by a key of type `K`. */
export class KeyedStream<T, K extends Key> {
  readonly #builder: JobBuilder;
  readonly #ends: readonly StreamEnd[];
  readonly #key: (value: never) => K;

  /** For the job API alone. */
  constructor(builder: JobBuilder, ends: readonly StreamEnd[], key: (value: never) => K) {
    this.#builder = builder;
    this.#ends = ends;
    this.#key = key;
  }

  /**
   * Combines the records of each key, and emits after each record the sum so far. The first one is emitted as it is.
   * @example
   * ```ts
   * payments
   *   .keyBy(({ account }) => account)
   *   .reduce('largest', (largest, payment) => (payment.cents > largest.cents ? payment : largest))
   * ```
   */
  reduce(
    id: string,
    reduce: (accumulated: Readonly<T>, value: T, context: RecordContext) => T,
    settings: FunctionSettings = {},
  ): DataStream<T> {
    const { parallelism, said } = codeOf(this.#builder, id, settings);
    return this.#followedBy({ id, kind: 'reduce', parallelism }, { reduce, ...said });
  }

  /**
   * Built-in aggregates of the records of each key, without a function of yours: emits after each record the key and what each aggregate has come to, with
   * its timestamp. A record without a field that an aggregate reads, or with another type there, fails the job with operator, field and record.
   * @example
   * ```ts
   * payments.keyBy('account').aggregate('totals', { payments: count(), cents: sum('cents'), largest: maxBy('cents') })
   * ```
   */
  aggregate<const D extends Aggregates<T>>(
    id: string,
    aggregates: D,
    settings: OperatorSettings = {},
  ): DataStream<Aggregated<T, K, D>> {
    const declared = namedAggregates(aggregates);
    return this.#followedBy(
      { id, kind: 'aggregate', parallelism: this.#parallelism(id, settings), aggregates: declared },
      {},
    );
  }

  /**
   * Keyed state and event-time timers, by hand. `R`, the type of its records, is yours to state.
   * @example
   * ```ts
   * payments
   *   .keyBy(({ account }) => account)
   *   .process<{ account: string; payments: number; until: number }>('quiet', {
   *     onRecord(payment, context) {
   *       const count = context.state<number>('count');
   *       count.update((count.value() ?? 0) + 1);
   *       context.registerEventTimeTimer(payment.at + 60 * SECOND_MS);
   *     },
   *     onTimer(timestamp, context) {
   *       const payments = context.state<number>('count').value() ?? 0;
   *       context.collect({ account: context.key, payments, until: timestamp });
   *     },
   *   })
   * ```
   */
  process<R = Value>(
    id: string,
    functions: ProcessFunctions<T, K, R> & DataOnly<R>,
    settings: FunctionSettings = {},
  ): DataStream<R> {
    return this.#process(id, functions, settings, null);
  }

  /**
   * Declares the state of a `process`: fields of a key, each in a column of its own. Its functions are given them to read and to assign to; before anything
   * was assigned they are 0, `false`, `''` or null. `context.state('state')` has them as one value.
   * @example
   * ```ts
   * payments
   *   .keyBy('account')
   *   .withState(schema({ payments: int32, cents: float64 }))
   *   .process<{ account: string; cents: number }>('totals', {
   *     onRecord({ account, cents }, context, state) {
   *       state.payments += 1;
   *       state.cents += cents;
   *       if (state.payments % 100 === 0) context.collect({ account, cents: state.cents });
   *     },
   *   })
   * ```
   */
  withState<S>(state: Schema<S>): StatefulStream<T, K, S> {
    return { process: (id, functions, settings = {}) => this.#process(id, functions, settings, state) };
  }

  #process<R>(id: string, functions: object, settings: FunctionSettings, state: Schema | null): DataStream<R> {
    noteUnknown(this.#builder, id, 'function', functions, ofProcess);
    const { parallelism, said } = codeOf(this.#builder, id, settings);
    if (state !== null) noteState(this.#builder, id, state);
    const declared = state === null ? said : { ...said, state };
    return this.#followedBy({ id, kind: 'process', parallelism }, { ...functions, ...declared });
  }

  /**
   * Puts the records of each key into windows of event time; `aggregate` says what comes of them.
   * @example
   * ```ts
   * payments
   *   .keyBy(({ account }) => account)
   *   .window('by-second', tumblingEventTime(SECOND_MS))
   *   .aggregate({
   *     create: () => 0,
   *     add: (sum, { cents }) => sum + cents,
   *     result: (cents, { key, window }) => ({ account: key, second: window.start / SECOND_MS, cents }),
   *   })
   * ```
   */
  window(id: string, assigner: WindowAssigner): WindowedStream<T, K> {
    const aggregated = <R>(aggregate: object, settings: FunctionSettings): DataStream<R> => {
      const { sizeMs } = assigner;
      if (hasFunctions(aggregate)) {
        const { parallelism, said } = codeOf(this.#builder, id, settings);
        return this.#followedBy({ id, kind: 'window', parallelism, sizeMs }, { aggregate, ...said });
      }
      const parallelism = this.#parallelism(id, settings);
      const aggregates = namedAggregates(aggregate);
      return this.#followedBy({ id, kind: 'window-aggregate', parallelism, sizeMs, aggregates }, {});
    };
    return new WindowedStream(aggregated);
  }

  #followedBy<R>(operator: Operator, functions: object): DataStream<R> {
    const keyed = untyped({ ...functions, key: this.#key });
    const { field } = keyed.key as KeyFunction;
    const read = field === undefined ? operator : ({ ...operator, keyField: field } as Operator);
    return new DataStream<R>(this.#builder, [addOperator(this.#builder, read, keyed, this.#ends)]);
  }

  #parallelism(id: string, settings: OperatorSettings): number {
    noteUnknown(this.#builder, id, 'setting', settings, ofAny);
    return settings.parallelism ?? this.#builder.parallelism;
  }
}

/** Records of type `T` by a key of type `K`, for functions with declared state. */
export interface StatefulStream<T, K extends Key, S> {
  /** As `process` without declared state; its functions are given the state as their third parameter. `R`, the type of its records, is yours to state. */
  process<R = Value>(
    id: string,
    functions: ProcessFunctions<T, K, R, S> & DataOnly<R>,
    settings?: FunctionSettings,
  ): DataStream<R>;
}

/** Records of type `T` by key and window. */
export class WindowedStream<T, K extends Key> {
  readonly #aggregated: <R>(aggregate: object, settings: FunctionSettings) => DataStream<R>;

  /** For the job API alone. */
  constructor(aggregated: <R>(aggregate: object, settings: FunctionSettings) => DataStream<R>) {
    this.#aggregated = aggregated;
  }

  /**
   * One result per key and window, with the timestamp `window.end - 1`, as soon as the watermark says that the window is over. A record whose window
   * is over already is dropped.
   * @example
   * ```ts
   * payments
   *   .keyBy(({ account }) => account)
   *   .window('per-minute', tumblingEventTime(MINUTE_MS))
   *   .aggregate({ create: () => 0, add: (count) => count + 1, result: (count) => count })
   * ```
   */
  aggregate<A, R>(functions: AggregateFunctions<T, K, A, R>, settings?: FunctionSettings): DataStream<R>;
  /**
   * The same by built-in aggregates, without a function of yours. A result is the key, the window and what each aggregate has come to.
   * @example
   * ```ts
   * payments
   *   .keyBy('account')
   *   .window('per-minute', tumblingEventTime(MINUTE_MS))
   *   .aggregate({ payments: count(), cents: sum('cents') })
   *   .map('flat', ({ key, window, payments, cents }) => ({ account: key, from: window.start, payments, cents }))
   * ```
   */
  aggregate<const D extends Aggregates<T>>(
    aggregates: D,
    settings?: OperatorSettings,
  ): DataStream<WindowAggregated<T, K, D>>;
  aggregate(given: object, settings: FunctionSettings = {}): DataStream<never> {
    return this.#aggregated(given, settings);
  }
}

/** They aggregate by functions, not by declaration. */
function hasFunctions(given: object | null | undefined): boolean {
  const { create, add, result } = (given ?? {}) as Readonly<Record<string, unknown>>;
  return [create, add, result].some((one) => typeof one === 'function');
}

/** Functions of records of a type, as the engine knows them. What the type promises, `keyBy` and the edges of the graph keep. */
function untyped(functions: object): OperatorFunctions {
  return functions;
}
