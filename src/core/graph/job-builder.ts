// What a job definition adds up to while it is being written: operators, edges and functions, in the order of their creation, which is topological.
// It checks nothing that a graph shows: `validate` does, for graphs from anywhere.
import { unknownName } from '../base/options.ts';
import { deepFreeze } from '../base/state.ts';
import type { Value } from '../base/value.ts';
import { describeType, schemaProblem, type Schema } from '../columns/schema.ts';
import type { CodeSettings, JobProgram, OperatorFunctions, SeenRows } from './functions.ts';
import { graphVersionOf } from './job-graph.ts';
import type { Edge, JobGraph, Operator, Partitioning, RestartStrategy } from './job-graph.ts';
import { defaultMaxParallelism } from './key-groups.ts';
import { isKeyed } from './kinds.ts';

/** An operator whose output a stream carries, and how it asked to be distributed. */
export interface StreamEnd {
  readonly operator: Operator;
  readonly rebalanced: boolean;
}

/** The settings that any operator takes. */
export interface OperatorSettings {
  /**
   * Subtasks of this operator.
   * @unit subtasks
   * @default that of the job
   */
  readonly parallelism?: number;
}

/** The settings of an operator with functions of its own that take records. */
export interface FunctionSettings extends OperatorSettings {
  /**
   * How its functions see records. `objects`: each is an object of its own. `views`: where records lie in columns, one object shows the record at hand, and
   * another one behind the call; what a function gives, collects or stores of it is copied. Nothing is made for a record then but what is read of it.
   * @default that of the job
   */
  readonly rows?: SeenRows;
}

export interface JobBuilder {
  readonly parallelism: number;
  readonly rows: SeenRows;
  readonly operators: Operator[];
  readonly edges: Edge[];
  readonly functions: Map<string, OperatorFunctions>;
  /** Settings and functions that no operator has, as sentences: the graph does not show them. */
  readonly unknownSettings: string[];
}

export function createJobBuilder(parallelism: number, rows: SeenRows = 'objects'): JobBuilder {
  return { parallelism, rows, operators: [], edges: [], functions: new Map(), unknownSettings: [] };
}

/** A misspelled setting would be a default in force: who runs a job without compiling it hears of it here. */
export function noteUnknown(
  builder: JobBuilder,
  id: string,
  what: 'setting' | 'function',
  given: object,
  known: readonly string[],
): void {
  const unknown = unknownNames(what, given, known);
  builder.unknownSettings.push(...unknown.map((sentence) => `operator "${id}": ${sentence}`));
}

/** The parallelism of an operator with functions of its own, and what is said of these. */
export function codeOf(
  builder: JobBuilder,
  id: string,
  settings: FunctionSettings,
): { readonly parallelism: number; readonly said: CodeSettings } {
  noteUnknown(builder, id, 'setting', settings, ['parallelism', 'rows'] satisfies (keyof FunctionSettings)[]);
  const { parallelism = builder.parallelism, rows = builder.rows } = settings;
  const problem = rowsProblem(settings.rows);
  if (problem !== null) builder.unknownSettings.push(`operator "${id}": ${problem}`);
  return { parallelism, said: rows === 'views' ? { rows } : {} };
}

/** Notes what is wrong with declared state. */
export function noteState(builder: JobBuilder, id: string, state: Schema): void {
  const problem = schemaProblem(state) ?? stateProblem(state);
  if (problem !== null) builder.unknownSettings.push(`operator "${id}": its state ${problem}`);
}

/** Fields of state, as many as lie in columns. */
const STATE_FIELDS_MAX = 16;

function stateProblem({ fields }: Schema): string | null {
  const names = Object.keys(fields);
  if (names.length > STATE_FIELDS_MAX) return `has ${names.length} fields, of which there can be ${STATE_FIELDS_MAX}`;
  for (const [name, type] of Object.entries(fields)) {
    const { kind } = type.kind === 'nullable' ? type.present : type;
    if (kind === 'list' || kind === 'record' || kind === 'int64')
      return `has a field ${JSON.stringify(name)} of ${describeType(type)}, expected int32, float64, boolean, string, timestamp, or one of these that may be null`;
  }
  return null;
}

/** What is wrong with a setting `rows`, if it is there. */
export function rowsProblem(rows: unknown): string | null {
  if (rows === undefined || rows === 'objects' || rows === 'views') return null;
  const shown = typeof rows === 'string' ? JSON.stringify(rows) : `a ${typeof rows}`;
  return `"rows" is ${shown}, expected "objects" or "views"`;
}

/** A sentence for each field that has no known name. */
export function unknownNames(what: 'setting' | 'function', given: object, known: readonly string[]): string[] {
  return Object.keys(given).flatMap((name) => (known.includes(name) ? [] : [unknownName(what, name, known)]));
}

/** Adds an operator behind these ends; its own end is what follows. */
export function addOperator(
  builder: JobBuilder,
  operator: Operator,
  functions: OperatorFunctions,
  inputs: readonly StreamEnd[],
): StreamEnd {
  builder.operators.push(operator);
  builder.functions.set(operator.id, functions);
  for (const input of inputs) {
    builder.edges.push({ from: input.operator.id, to: operator.id, partitioning: partitioningOf(input, operator) });
  }
  return { operator, rebalanced: false };
}

function partitioningOf(input: StreamEnd, operator: Operator): Partitioning {
  if (isKeyed(operator)) return 'hash';
  return input.rebalanced || input.operator.parallelism !== operator.parallelism ? 'rebalance' : 'forward';
}

/** Settings of a whole job that stand in its graph. */
export interface GraphSettings {
  readonly maxParallelism?: number;
  readonly parameters?: Value;
  readonly restart?: RestartStrategy;
}

/** The graph, frozen all the way down: from here on it is shared and shipped. */
export function buildGraph(
  builder: JobBuilder,
  name: string,
  { maxParallelism, parameters, restart }: GraphSettings,
): JobGraph {
  const largest = builder.operators.reduce((most, operator) => Math.max(most, operator.parallelism), 1);
  return deepFreeze({
    format: 'millrace-job-graph',
    version: graphVersionOf(builder.operators),
    name,
    maxParallelism: maxParallelism ?? defaultMaxParallelism(largest),
    operators: [...builder.operators],
    edges: [...builder.edges],
    parameters: parameters ?? null,
    restart: restart ?? null,
  });
}

export function buildProgram(builder: JobBuilder): JobProgram {
  return { functions: new Map(builder.functions) };
}
