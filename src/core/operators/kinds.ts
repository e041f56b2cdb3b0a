// The list of all kinds that chains run. A kind of the graph without its code here does not compile.
import { AssertionError } from '../base/assert.ts';
import type { OperatorFunctions } from '../graph/functions.ts';
import type { Operator } from '../graph/job-graph.ts';
import { isChained, type ChainedKind, type ChainedOperator, type KeyedKind } from '../graph/kinds.ts';
import type { OperatorOf } from '../graph/kinds/kind.ts';
import { aggregate } from './kinds/aggregate.ts';
import { filter } from './kinds/filter.ts';
import { flatMap } from './kinds/flat-map.ts';
import type { Binding, BoundOperator, KeyedRow, OperatorRow } from './kinds/kind.ts';
import { mapAsync } from './kinds/map-async.ts';
import { map } from './kinds/map.ts';
import { process } from './kinds/process.ts';
import { reduce } from './kinds/reduce.ts';
import { windowAggregate } from './kinds/window-aggregate.ts';
import { window } from './kinds/window.ts';

type RowOf<K> = K extends KeyedKind ? KeyedRow<OperatorOf<K>, unknown> : OperatorRow<OperatorOf<K>>;

const OPERATORS = {
  map,
  'flat-map': flatMap,
  filter,
  'map-async': mapAsync,
  reduce,
  aggregate,
  process,
  window,
  'window-aggregate': windowAggregate,
} satisfies { readonly [K in ChainedKind]: RowOf<K> };

/** The same rows, where it is not known which kind it is. */
const ROWS = OPERATORS as unknown as Readonly<Record<ChainedKind, OperatorRow<ChainedOperator>>>;
const KEYED_ROWS = OPERATORS as unknown as Readonly<Record<KeyedKind, KeyedRow<ChainedOperator, unknown>>>;

/** The code of an operator. Throws a UserCodeError if a function is missing. */
export function bindOperator(operator: Operator, functions: OperatorFunctions, binding: Binding): BoundOperator {
  if (!isChained(operator)) throw new AssertionError(`${operator.kind} "${operator.id}" is not part of a chain`);
  return ROWS[operator.kind].bind(operator, functions, binding);
}

export function keyedRowOf(kind: KeyedKind): KeyedRow<ChainedOperator, unknown> {
  return KEYED_ROWS[kind];
}
