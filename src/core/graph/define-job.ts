// The door of the job API: from a definition to a graph (data) and a program (code), or to one error that lists every mistake.
import type { Value } from '../base/value.ts';
import type { JobProgram, SeenRows } from './functions.ts';
import { JobEnvironment } from './job-environment.ts';
import { buildGraph, buildProgram, createJobBuilder, rowsProblem, unknownNames } from './job-builder.ts';
import type { JobGraph, RestartStrategy } from './job-graph.ts';
import { validate } from './validate.ts';

/** Settings of a whole job. */
export interface JobSettings {
  /**
   * Subtasks of each operator that names no number of its own.
   * @unit subtasks
   * @default 1
   */
  readonly parallelism?: number;
  /**
   * How functions see records, unless their operator says another: see `rows` there.
   * @default 'objects'
   */
  readonly rows?: SeenRows;
  /**
   * Number of key groups, the bound of any later parallelism; frozen by the first checkpoint.
   * @unit key groups, up to 32,768
   * @default follows from the largest parallelism, 128 at the least
   */
  readonly maxParallelism?: number;
  /**
   * Free data for the functions: `context.parameters`.
   * @default null
   */
  readonly parameters?: Value;
  /**
   * Whether a failure is followed by a restart, and after how long. Exponential: without end while processes and services are lost.
   * @example
   * ```ts
   * import { defineJob } from 'millrace';
   *
   * export const job = defineJob(
   *   'copies',
   *   (env) => env.fromSource<number>('numbers', { topic: 'numbers', splits: 1 }).sinkTo('out', { sink: 'copies' }),
   *   { restart: { kind: 'fixed-delay', attempts: 3, delayMs: 1_000 } },
   * );
   * ```
   * @unit ms
   * @default that of the cluster: `exponential-delay`, unless its option `restartStrategy` says another
   */
  readonly restart?: RestartStrategy;
}

/** The two halves of a job: the graph as data, and the code behind it. */
export interface JobDefinition {
  /** The operators and how they are joined, as data. */
  readonly graph: JobGraph;
  /** The functions of the operators. */
  readonly program: JobProgram;
}

/**
 * Defines a job. The same definition must come to the same graph and the same functions wherever it is run.
 * Throws one Error that names every mistake with its operator.
 * @example
 * ```ts
 * import { defineJob } from 'millrace';
 *
 * type Payment = { readonly account: string; readonly cents: number };
 *
 * export const job = defineJob(
 *   'balances',
 *   (env) =>
 *     env
 *       .fromSource<Payment>('payments', { topic: 'payments', splits: 2 })
 *       .keyBy(({ account }) => account)
 *       .reduce('balance', (sum, { account, cents }) => ({ account, cents: sum.cents + cents }))
 *       .sinkTo('ledger', { sink: 'ledger' }),
 *   { parallelism: 2 },
 * );
 * ```
 */
export function defineJob(
  name: string,
  define: (env: JobEnvironment) => void,
  settings: JobSettings = {},
): JobDefinition {
  const builder = createJobBuilder(settings.parallelism ?? 1, settings.rows ?? 'objects');
  define(new JobEnvironment(builder));
  const graph = buildGraph(builder, name, settings);
  const program = buildProgram(builder);
  const mistakes = [
    ...unknownNames('setting', settings, ['parallelism', 'rows', 'maxParallelism', 'parameters', 'restart']),
    ...[rowsProblem(settings.rows) ?? []].flat(),
    ...builder.unknownSettings,
    ...validate(graph, program),
  ];
  if (mistakes.length > 0)
    throw new Error(`job "${name}" cannot run:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`);
  return { graph, program };
}
