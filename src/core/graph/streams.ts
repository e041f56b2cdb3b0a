// The job API, in Flink's vocabulary: streams of records of a type, and the operators that lead from one to the next.
// The first argument of each operator is its id: state and code are found by it, so it must outlive versions of the job.
import type { DataOnly, Key, Value } from '../base/value.ts';
import type { OperatorFunctions, ProcessContext, RecordContext, WindowContext } from './functions.ts';
import { addOperator, noteUnknown, type JobBuilder, type OperatorSettings, type StreamEnd } from './job-builder.ts';
import type { Operator, SinkOperator } from './job-graph.ts';
import type { WindowAssigner } from './windows.ts';

export interface SourceSettings<T> extends OperatorSettings {
  /** A topic of a replayable log. */
  readonly topic: string;
  readonly splits: number;
  /** Records a second that each split may emit; 0, the default, is as fast as it goes. */
  readonly recordsPerSecond?: number;
  /** Event time of a record: a whole number of ms, anything else fails the task. Without it records have no timestamp, and cannot be put into windows. */
  readonly timestamp?: (value: T) => number;
  /** How far the event time of a record may lie behind the latest one of its split, in ms; 0 by default. What lies further behind may come too late. */
  readonly outOfOrdernessMs?: number;
}

export interface SinkSettings extends OperatorSettings {
  /** The name of an external transactional sink. */
  readonly sink: string;
  /** `checkpoint-complete`, the default, is exactly-once. `barrier` is the classic mistake, kept for laboratories. */
  readonly commitOn?: SinkOperator['commitOn'];
}

export type MapFunction<T, R> = (value: T, context: RecordContext) => R;

/** Keyed state and event-time timers. A timer that fires without `onTimer` does nothing. */
export interface ProcessFunctions<T, K extends Key, R> {
  readonly onRecord: (value: T, context: ProcessContext<K, R>) => void;
  readonly onTimer?: (timestamp: number, context: ProcessContext<K, R>) => void;
}

/** Accumulators are immutable: `add` returns a new one. */
export interface AggregateFunctions<T, K extends Key, A, R> {
  readonly create: () => A & DataOnly<A>;
  readonly add: (accumulator: Readonly<A>, value: T) => A;
  readonly result: (accumulator: Readonly<A>, context: WindowContext<K>) => R & DataOnly<R>;
}

const ofAny = ['parallelism'] satisfies (keyof OperatorSettings)[];
const ofSource = [
  ...ofAny,
  'topic',
  'splits',
  'recordsPerSecond',
  'timestamp',
  'outOfOrdernessMs',
] satisfies (keyof SourceSettings<never>)[];
const ofProcess = ['onRecord', 'onTimer'] satisfies (keyof ProcessFunctions<never, never, never>)[];
const ofSink = [...ofAny, 'sink', 'commitOn'] satisfies (keyof SinkSettings)[];

/** Where a job begins: `defineJob` gives it to the definition. */
export class JobEnvironment {
  readonly #builder: JobBuilder;

  constructor(builder: JobBuilder) {
    this.#builder = builder;
  }

  fromSource<T = Value>(id: string, settings: SourceSettings<T> & DataOnly<T>): DataStream<T> {
    const source: Operator = {
      id,
      kind: 'source',
      parallelism: settings.parallelism ?? this.#builder.parallelism,
      topic: settings.topic,
      splits: settings.splits,
      recordsPerSecond: settings.recordsPerSecond ?? 0,
      outOfOrdernessMs: settings.outOfOrdernessMs ?? 0,
    };
    noteUnknown(this.#builder, id, 'setting', settings, ofSource);
    const functions = settings.timestamp === undefined ? {} : { timestamp: settings.timestamp };
    return new DataStream(this.#builder, [addOperator(this.#builder, source, untyped(functions), [])]);
  }
}

/** Records of type `T`, from one or several operators. */
export class DataStream<T> {
  readonly #builder: JobBuilder;
  readonly #ends: readonly StreamEnd[];

  constructor(builder: JobBuilder, ends: readonly StreamEnd[]) {
    this.#builder = builder;
    this.#ends = ends;
  }

  map<R>(id: string, map: MapFunction<T, R & DataOnly<R>>, settings: OperatorSettings = {}): DataStream<R> {
    return this.#followedBy({ id, kind: 'map', parallelism: this.#parallelism(id, settings) }, { map });
  }

  flatMap<R>(
    id: string,
    flatMap: MapFunction<T, Iterable<R & DataOnly<R>>>,
    settings: OperatorSettings = {},
  ): DataStream<R> {
    return this.#followedBy({ id, kind: 'flat-map', parallelism: this.#parallelism(id, settings) }, { flatMap });
  }

  filter(id: string, filter: MapFunction<T, boolean>, settings: OperatorSettings = {}): DataStream<T> {
    return this.#followedBy({ id, kind: 'filter', parallelism: this.#parallelism(id, settings) }, { filter });
  }

  /** Splits the stream by key. State, timers and windows behind it belong to one key each. */
  keyBy<const K extends Key>(key: (value: T) => K): KeyedStream<T, K> {
    return new KeyedStream(this.#builder, this.#ends, key);
  }

  union(...others: readonly DataStream<T>[]): DataStream<T> {
    return new DataStream(this.#builder, [...this.#ends, ...others.flatMap((other) => other.#ends)]);
  }

  /** Distributes the records round robin over the subtasks of what follows, even where they could stay. */
  rebalance(): DataStream<T> {
    return new DataStream(
      this.#builder,
      this.#ends.map((end) => ({ operator: end.operator, rebalanced: true })),
    );
  }

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

  #parallelism(id: string, settings: OperatorSettings): number {
    noteUnknown(this.#builder, id, 'setting', settings, ofAny);
    return settings.parallelism ?? this.#builder.parallelism;
  }
}

/** Records of type `T` by a key of type `K`. */
export class KeyedStream<T, K extends Key> {
  readonly #builder: JobBuilder;
  readonly #ends: readonly StreamEnd[];
  readonly #key: (value: never) => K;

  constructor(builder: JobBuilder, ends: readonly StreamEnd[], key: (value: never) => K) {
    this.#builder = builder;
    this.#ends = ends;
    this.#key = key;
  }

  /** Combines the records of each key, and emits what they came to after each record. The first one is emitted as it is. */
  reduce(
    id: string,
    reduce: (accumulated: Readonly<T>, value: T, context: RecordContext) => T,
    settings: OperatorSettings = {},
  ): DataStream<T> {
    return this.#followedBy({ id, kind: 'reduce', parallelism: this.#parallelism(id, settings) }, { reduce });
  }

  process<R = Value>(
    id: string,
    functions: ProcessFunctions<T, K, R> & DataOnly<R>,
    settings: OperatorSettings = {},
  ): DataStream<R> {
    noteUnknown(this.#builder, id, 'function', functions, ofProcess);
    return this.#followedBy({ id, kind: 'process', parallelism: this.#parallelism(id, settings) }, functions);
  }

  window(id: string, assigner: WindowAssigner): WindowedStream<T, K> {
    const aggregated = <R>(aggregate: object, settings: OperatorSettings): DataStream<R> =>
      this.#followedBy(
        { id, kind: 'window', parallelism: this.#parallelism(id, settings), sizeMs: assigner.sizeMs },
        { aggregate },
      );
    return new WindowedStream(aggregated);
  }

  #followedBy<R>(operator: Operator, functions: object): DataStream<R> {
    const keyed = untyped({ ...functions, key: this.#key });
    return new DataStream<R>(this.#builder, [addOperator(this.#builder, operator, keyed, this.#ends)]);
  }

  #parallelism(id: string, settings: OperatorSettings): number {
    noteUnknown(this.#builder, id, 'setting', settings, ofAny);
    return settings.parallelism ?? this.#builder.parallelism;
  }
}

/** Records of type `T` by key and window. */
export class WindowedStream<T, K extends Key> {
  readonly #aggregated: <R>(aggregate: object, settings: OperatorSettings) => DataStream<R>;

  constructor(aggregated: <R>(aggregate: object, settings: OperatorSettings) => DataStream<R>) {
    this.#aggregated = aggregated;
  }

  /** One result per key and window, with the timestamp `window end - 1`, as soon as the watermark says that the window is over. */
  aggregate<A, R>(functions: AggregateFunctions<T, K, A, R>, settings: OperatorSettings = {}): DataStream<R> {
    return this.#aggregated(functions, settings);
  }
}

/** Functions of records of a type, as the engine knows them. What the type promises, `keyBy` and the edges of the graph keep. */
function untyped(functions: object): OperatorFunctions {
  return functions;
}
