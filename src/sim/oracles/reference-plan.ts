// The job graph as the reference walks it: who feeds whom, and which splits an operator's watermark depends on.
import type { Value } from '../../core/base/value.ts';
import type { JobProgram, OperatorFunctions } from '../../core/graph/functions.ts';
import type { JobGraph, Operator } from '../../core/graph/job-graph.ts';
import type { Topic } from '../../scenario/scenario.ts';
import type { Called } from '../../scenario/code/function-calls.ts';
import { textOf } from './text.ts';

export interface PlannedOperator {
  readonly operator: Operator;
  readonly functions: OperatorFunctions;
  /** Indices of the operators behind it. */
  readonly targets: readonly number[];
  /** Indices of the splits whose records can reach it. */
  readonly splits: readonly number[];
}

export interface PlannedSplit {
  readonly source: number;
  readonly operator: string;
  readonly split: number;
  readonly records: readonly Value[];
  /** What the job's own function says of the records, by position, as far as any run has asked it. */
  readonly timestamps: number[];
  /** More might come behind them: it ends nowhere, but where a client has its source drained. */
  readonly endless: boolean;
  readonly outOfOrdernessMs: number;
}

/** What a call of a `mapAsync` comes to. */
export type ReferenceCall = (operator: string, value: Value, timestamp: number) => Called;

export interface ReferencePlan {
  readonly graph: JobGraph;
  /** In the graph's topological order. */
  readonly operators: readonly PlannedOperator[];
  readonly splits: readonly PlannedSplit[];
  /** By what records of a sink are compared: by the whole of it, or by the text of what is the same whatever code that varies gave. */
  readonly comparedOf: (record: Value) => Value;
  /** The text of that. */
  readonly lineOf: (record: Value) => string;
  readonly call: ReferenceCall;
}

const noCalls: ReferenceCall = (operator) => {
  throw new Error(`nobody calls the function of "${operator}"`);
};

export function planReference(
  graph: JobGraph,
  program: JobProgram,
  topics: Readonly<Record<string, Topic>>,
  identity: ((record: Value) => Value) | null = null,
  call: ReferenceCall = noCalls,
): ReferencePlan {
  const splits = graph.operators.flatMap((operator, index) => splitsOf(operator, index, topics));
  const indexOf = new Map(graph.operators.map((operator, index) => [operator.id, index]));
  const feeding = feedingSplits(graph, splits, indexOf);
  const operators = graph.operators.map((operator, index) => ({
    operator,
    functions: program.functions.get(operator.id) ?? {},
    targets: graph.edges.filter((edge) => edge.from === operator.id).map((edge) => indexOf.get(edge.to) as number),
    splits: [...(feeding[index] as Set<number>)],
  }));
  const lineOf = identity === null ? textOf : (record: Value): string => textOf(identityOf(identity, record));
  const comparedOf = identity === null ? (record: Value): Value => record : lineOf;
  return { graph, operators, splits, comparedOf, lineOf, call };
}

/** A record that no code of the job made may have no identity: it is itself. */
function identityOf(identity: (record: Value) => Value | undefined, record: Value): Value {
  return identity(record) ?? record;
}

/** The same plan, none of whose records was dated yet. */
export function undated(plan: ReferencePlan): ReferencePlan {
  return { ...plan, splits: plan.splits.map((split) => ({ ...split, timestamps: [] })) };
}

function splitsOf(
  operator: Operator,
  source: number,
  topics: Readonly<Record<string, Topic>>,
): readonly PlannedSplit[] {
  if (operator.kind !== 'source') return [];
  const { id, outOfOrdernessMs } = operator;
  const { splits: records = [], endless = false } = topics[operator.topic] ?? {};
  return Array.from({ length: operator.splits }, (_, split) => ({
    source,
    operator: id,
    split,
    records: records[split] ?? [],
    timestamps: [],
    endless,
    outOfOrdernessMs,
  }));
}

/** The split ends at this position. */
export function isEndAt({ records, endless }: PlannedSplit, position: number): boolean {
  return position === records.length && !endless;
}

function feedingSplits(
  graph: JobGraph,
  splits: readonly PlannedSplit[],
  indexOf: ReadonlyMap<string, number>,
): readonly Set<number>[] {
  const feeding = graph.operators.map(() => new Set<number>());
  for (const [index, split] of splits.entries()) feeding[split.source]?.add(index);
  for (const operator of graph.operators) {
    for (const edge of graph.edges) {
      if (edge.to !== operator.id) continue;
      for (const split of feeding[indexOf.get(edge.from) as number] ?? [])
        feeding[indexOf.get(edge.to) as number]?.add(split);
    }
  }
  return feeding;
}
