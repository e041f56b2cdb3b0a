// The list of all kinds of operators, and what everybody asks of it. A kind without a file here does not compile.
import type { OperatorFunctions } from './functions.ts';
import type { Operator, OperatorKind } from './job-graph.ts';
import { aggregate } from './kinds/aggregate.ts';
import { filter } from './kinds/filter.ts';
import { flatMap } from './kinds/flat-map.ts';
import type { FunctionPath, GraphKind, OperatorOf } from './kinds/kind.ts';
import { mapAsync } from './kinds/map-async.ts';
import { map } from './kinds/map.ts';
import { process } from './kinds/process.ts';
import { reduce } from './kinds/reduce.ts';
import { sink } from './kinds/sink.ts';
import { source } from './kinds/source.ts';
import { windowAggregate } from './kinds/window-aggregate.ts';
import { window } from './kinds/window.ts';

export const KINDS = {
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
} as const satisfies { readonly [K in OperatorKind]: GraphKind<K> };

type Kinds = typeof KINDS;

/** The same rows, where it is not known which kind it is. */
const ROWS: Readonly<Record<OperatorKind, Omit<GraphKind<OperatorKind>, 'fields'>>> = KINDS;

/** In the order of the list. */
export const KIND_NAMES = Object.keys(KINDS) as readonly OperatorKind[];

/** Kinds that have inputs and outputs: chains run them. The others meet ports. */
export type ChainedKind = {
  [K in OperatorKind]: Kinds[K]['inputs'] extends readonly [] ? never : Kinds[K]['outputs'] extends 0 ? never : K;
}[OperatorKind];

/** Kinds that keep something for each key. */
export type KeyedKind = { [K in OperatorKind]: Kinds[K]['keeps'] extends 'keys' ? K : never }[OperatorKind];

/** Kinds that ask their host. */
export type AskingKind = { [K in OperatorKind]: Kinds[K]['keeps'] extends 'calls' ? K : never }[OperatorKind];

export type ChainedOperator = OperatorOf<ChainedKind>;

export function isKind(name: unknown): name is OperatorKind {
  return typeof name === 'string' && Object.hasOwn(KINDS, name);
}

/** It needs the key of each record: the edges that lead to it are hash edges. */
export function isKeyed({ kind }: Pick<Operator, 'kind'>): boolean {
  return ROWS[kind].inputs.some((input) => input.isKeyed);
}

export function hasInputs({ kind }: Pick<Operator, 'kind'>): boolean {
  return ROWS[kind].inputs.length > 0;
}

export function hasOutputs({ kind }: Pick<Operator, 'kind'>): boolean {
  return ROWS[kind].outputs > 0;
}

export function needsTime({ kind }: Pick<Operator, 'kind'>): boolean {
  return ROWS[kind].needsTime;
}

/** A checkpoint holds what it cannot go on without: positions, the state of keys, or records that wait for an answer. */
export function keepsState({ kind }: Pick<Operator, 'kind'>): boolean {
  const { keeps } = ROWS[kind];
  return keeps === 'positions' || keeps === 'keys' || keeps === 'calls';
}

export function isKeyedKind(kind: OperatorKind): kind is KeyedKind {
  return ROWS[kind].keeps === 'keys';
}

export function isAskingKind(kind: OperatorKind): kind is AskingKind {
  return ROWS[kind].keeps === 'calls';
}

/** It is the first of its task: by key groups its records are distributed, or what waits in it must not wait in the middle of a chain. */
export function beginsChain(operator: Pick<Operator, 'kind'>): boolean {
  return isKeyed(operator) || isAskingKind(operator.kind);
}

export function isChained(operator: Operator): operator is ChainedOperator {
  return hasInputs(operator) && hasOutputs(operator);
}

/** One of its operators asks its host. */
export function asksHost({ operators }: { readonly operators: readonly Pick<Operator, 'kind'>[] }): boolean {
  return operators.some(({ kind }) => isAskingKind(kind));
}

/** The functions that it must have and has not, by where they lie. */
export function missingFunctions({ kind }: Operator, functions: OperatorFunctions): readonly FunctionPath[] {
  const { required, optional } = ROWS[kind].functions;
  const there = optional.filter((path) => functionAt(functions, path) !== undefined);
  return [...required, ...there].filter((path) => typeof functionAt(functions, path) !== 'function');
}

function functionAt(functions: OperatorFunctions, path: FunctionPath): unknown {
  let found: unknown = functions;
  for (const field of path.split('.')) found = (found as Readonly<Record<string, unknown>> | undefined)?.[field];
  return found;
}
