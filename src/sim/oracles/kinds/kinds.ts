// The judges' list of all kinds of operators, beside that of the graph and that of the operators. A kind without a row does not compile.
import type { OperatorKind } from '../../../core/graph/job-graph.ts';
import type { PlannedOperator, ReferencePlan } from '../reference-plan.ts';
import { aggregate } from './aggregate.ts';
import { sink, source } from './ends.ts';
import type { ReferenceKind } from './kind.ts';
import { mapAsync } from './map-async.ts';
import { process } from './process.ts';
import { reduce } from './reduce.ts';
import { filter, flatMap, map } from './stateless.ts';
import { window, windowAggregate } from './window.ts';

export const REFERENCE_KINDS: { readonly [K in OperatorKind]: ReferenceKind } = {
  source,
  map,
  'flat-map': flatMap,
  filter,
  'map-async': mapAsync,
  reduce,
  aggregate,
  process,
  window,
  'window-aggregate': windowAggregate,
  sink,
};

/** Of an operator of a job, by its number. */
export function rowOf({ operators }: ReferencePlan, index: number): ReferenceKind {
  return REFERENCE_KINDS[(operators[index] as PlannedOperator).operator.kind];
}
