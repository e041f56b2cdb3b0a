// The job graph: what a job is, as data. User functions are not in it; they lie in the job's artifact and are found by operator id.
import type { Value } from '../base/value.ts';
import type { Schema } from '../columns/schema.ts';
import type { NamedAggregate } from './aggregates.ts';

interface OperatorBase {
  /** Stable over versions of the job: state and code are found by it. Unique in the graph. */
  readonly id: string;
  readonly parallelism: number;
}

/** Its input edges are hash edges. */
interface KeyedBase extends OperatorBase {
  /** The field that holds the key of a record, by name or path (`author.id`); absent: the functions of the operator have a `key` of the author's. */
  readonly keyField?: string;
}

/** Reads a topic of a replayable log. Split `s` of `splits` belongs to subtask `s mod parallelism`. */
export interface SourceOperator extends OperatorBase {
  readonly kind: 'source';
  readonly topic: string;
  readonly splits: number;
  /** Records a second that each split may emit; 0 = as fast as it goes. */
  readonly recordsPerSecond: number;
  /** Bound of out-of-orderness of event time in ms, per split; the watermark of a split is `largest timestamp - bound - 1`. */
  readonly outOfOrdernessMs: number;
  /** What each record is; absent: anything. */
  readonly schema?: Schema;
}

export interface StatelessOperator extends OperatorBase {
  readonly kind: 'map' | 'flat-map' | 'filter';
}

/** One record for each, from a function that answers later: up to `capacity` calls of a subtask wait at once (Flink: AsyncWaitOperator). */
export interface MapAsyncOperator extends OperatorBase {
  readonly kind: 'map-async';
  /** `ordered`: results in the order of their records. `unordered`: as they come, between two watermarks. */
  readonly order: 'ordered' | 'unordered';
  readonly capacity: number;
  /** A call that takes longer fails the task; 0: none does. */
  readonly timeoutMs: number;
}

/** Keyed state, by hand or reduced. */
export interface KeyedOperator extends KeyedBase {
  readonly kind: 'reduce' | 'process';
}

/** Keyed tumbling event-time windows `[k * sizeMs, (k + 1) * sizeMs)`; a result has the timestamp `window end - 1`. */
export interface WindowOperator extends KeyedBase {
  readonly kind: 'window';
  readonly sizeMs: number;
}

/** What the records of each key come to, by declaration: one result a record. */
export interface AggregateOperator extends KeyedBase {
  readonly kind: 'aggregate';
  /** In the order that they have in the result. */
  readonly aggregates: readonly NamedAggregate[];
}

/** The same in the windows of a `window`: one result a key and window. */
export interface WindowAggregateOperator extends KeyedBase {
  readonly kind: 'window-aggregate';
  readonly sizeMs: number;
  readonly aggregates: readonly NamedAggregate[];
}

/** A two-phase-commit sink into a named external sink. */
export interface SinkOperator extends OperatorBase {
  readonly kind: 'sink';
  readonly sink: string;
  /** When a transaction becomes visible. `checkpoint-complete` is exactly-once; `barrier` is the classic mistake, kept for laboratories. */
  readonly commitOn: 'checkpoint-complete' | 'barrier';
}

/** An operator as data, by its kind. */
export type Operator =
  | SourceOperator
  | StatelessOperator
  | MapAsyncOperator
  | KeyedOperator
  | AggregateOperator
  | WindowOperator
  | WindowAggregateOperator
  | SinkOperator;

/**
 * Kinds of operators; `kinds.ts` says what each is. `source` and `sink` meet ports, `map-async` asks its host; all others are pure functions of records, watermarks and keyed state.
 */
export type OperatorKind = Operator['kind'];

/** `forward`: subtask i to i. `rebalance`: round robin. `hash`: by key group of the target's key. */
export type Partitioning = 'forward' | 'rebalance' | 'hash';

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly partitioning: Partitioning;
}

/**
 * When a failure is followed by a restart, and after how long, in ms. `fixed-delay` restarts `attempts` times in all, `failure-rate` up to `failuresMax`
 * times in any `intervalMs`; both count every failure. `exponential-delay` restarts without end while processes and services are lost: the first time at
 * once, then after `initialMs`, then `multiplier` times as long up to `maxMs`, give or take the part `jitter` of it, and from the beginning again behind
 * `resetMs` without a failure. It fails a job whose own code or state failed `jobFailuresMax` times without a completed checkpoint between.
 */
export type RestartStrategy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed-delay'; readonly attempts: number; readonly delayMs: number }
  | {
      readonly kind: 'failure-rate';
      readonly failuresMax: number;
      readonly intervalMs: number;
      readonly delayMs: number;
    }
  | {
      readonly kind: 'exponential-delay';
      readonly initialMs: number;
      readonly multiplier: number;
      readonly maxMs: number;
      readonly jitter: number;
      readonly resetMs: number;
    };

/** Of versions that say the same, a graph has the lowest: 7 only if a source has a `schema`, else 6 only if an operator is a `map-async`, else 5 only if one has `aggregates`, else 4 only if one has a `keyField`. */
export type GraphVersion = 3 | 4 | 5 | 6 | 7;

/** The version that a graph of these operators has. */
export function graphVersionOf(operators: readonly Operator[]): GraphVersion {
  if (operators.some((operator) => 'schema' in operator)) return 7;
  if (operators.some(({ kind }) => kind === 'map-async')) return 6;
  if (operators.some((operator) => 'aggregates' in operator)) return 5;
  return operators.some((operator) => 'keyField' in operator) ? 4 : 3;
}

/** A job as data: what a JobManager is sent. */
export interface JobGraph {
  /** Format and version of this structure; an unknown one is refused with a sentence. */
  readonly format: 'millrace-job-graph';
  readonly version: GraphVersion;
  readonly name: string;
  /** Number of key groups; frozen by the first checkpoint. */
  readonly maxParallelism: number;
  /** In topological order. */
  readonly operators: readonly Operator[];
  readonly edges: readonly Edge[];
  /** Free data for the user's functions (`context.parameters`). */
  readonly parameters: Value;
  /** Null: that of the cluster. */
  readonly restart: RestartStrategy | null;
}

/** A chain of operators that runs in one task: what the JobManager schedules. Derived from the graph by `chainOperators`. */
export interface JobVertex {
  /** Dense, in topological order. */
  readonly index: number;
  /** Id of the first operator of the chain. */
  readonly id: string;
  /** Ids joined by ` -> `, for people. */
  readonly name: string;
  readonly parallelism: number;
  readonly operators: readonly Operator[];
  /** Edges that end here; their order is the order of the inputs. */
  readonly inputs: readonly VertexEdge[];
  readonly outputs: readonly VertexEdge[];
}

export interface VertexEdge {
  /** Dense over the job. */
  readonly index: number;
  readonly source: number;
  readonly target: number;
  readonly partitioning: Partitioning;
  /** The operator whose `key` function partitions a hash edge: the first one of the target. */
  readonly targetOperator: string;
}

/** What the sinks of a job write to. */
export function sinksOf({ operators }: JobGraph): readonly string[] {
  return operators.flatMap((operator) => (operator.kind === 'sink' ? [operator.sink] : []));
}

/** The job with other numbers of subtasks; what is not named stays. */
export function withParallelism(
  graph: JobGraph,
  wanted: readonly { readonly operator: string; readonly parallelism: number }[],
): JobGraph {
  if (wanted.length === 0) return graph;
  const operators = graph.operators.map((operator) => {
    const { parallelism = operator.parallelism } = wanted.find((one) => one.operator === operator.id) ?? {};
    return { ...operator, parallelism };
  });
  return { ...graph, operators };
}
