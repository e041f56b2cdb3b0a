// The code of a task, found in the artifact table by hash and operator id. It is no part of any state: it follows from the task's descriptor,
// and is kept beside the machine only so that it need not be looked up for every batch.
import type { Value } from '../base/value.ts';
import type { Key } from '../base/value.ts';
import type { ArtifactTable, JobProgram, OperatorFunctions } from '../graph/functions.ts';
import type { Operator } from '../graph/job-graph.ts';
import { subtasksOfKeyGroups } from '../graph/key-groups.ts';
import { isChained } from '../graph/kinds.ts';
import { createAtWork, type AtWork } from '../base/at-work.ts';
import { resolveChain } from '../operators/chain.ts';
import type { ChainCode } from '../operators/chain.ts';
import { selectKey } from '../operators/key-selector.ts';
import { UserCodeError } from '../operators/user-code-error.ts';
import type { TaskDescriptor } from '../protocol/messages.ts';

export type KeyOf = (value: Value) => Key;

/** What a hashed edge routes by. */
export interface EdgeKey {
  readonly keyOf: KeyOf;
  /** The field that holds the key, as a path; null: only a call tells it. */
  readonly path: readonly string[] | null;
  /** The consumer of each key group. */
  readonly subtasks: Uint16Array;
}

export interface TaskCode {
  readonly chain: ChainCode;
  readonly timestampOf: ((value: Value) => number) | undefined;
  /** Per output edge: the key of its consumer, or null where the edge is not hashed. */
  readonly keys: readonly (EdgeKey | null)[];
}

/** The stack of what user code threw, for people: its host knows files and lines. Null: there is none. */
export type StackOf = (thrown: unknown) => string | null;

/** Of a host without stacks. They differ between versions of Node, and nothing of a simulated run may. */
export const noStack: StackOf = () => null;

export interface CodeTable {
  readonly artifacts: ArtifactTable;
  readonly atWork: AtWork;
  readonly stackOf: StackOf;
  /** By descriptor: those are never changed, and shared by all copies of a state. */
  readonly resolved: WeakMap<TaskDescriptor, TaskCode>;
}

export function createCodeTable(
  artifacts: ArtifactTable,
  atWork: AtWork = createAtWork(),
  stackOf: StackOf = noStack,
): CodeTable {
  return { artifacts, atWork, stackOf, resolved: new WeakMap() };
}

/** The code of a task whose artifact was loaded. Throws a UserCodeError if the artifact lacks a function that the job graph names. */
export function codeOf(table: CodeTable, task: TaskDescriptor): TaskCode {
  const known = table.resolved.get(task);
  if (known !== undefined) return known;
  const program = table.artifacts.get(task.artifact);
  if (program === undefined) throw new UserCodeError(task.vertex.id, `is not in a loaded artifact: ${task.artifact}`);
  const code = resolveTask(task, program, table.atWork);
  table.resolved.set(task, code);
  return code;
}

function resolveTask(task: TaskDescriptor, program: JobProgram, atWork: AtWork): TaskCode {
  const head = task.vertex.operators[0] as Operator;
  return {
    chain: resolveChain(chainedOperators(task), program, task.parameters, atWork),
    timestampOf: head.kind === 'source' ? functionsOf(program, head.id).timestamp : undefined,
    keys: task.outputs.map((output) => edgeKey(task, output, program)),
  };
}

/** The operators of a vertex that its chain runs: all but the source at its head and the sink at its tail. */
export function chainedOperators(task: TaskDescriptor): readonly Operator[] {
  return task.vertex.operators.filter(isChained);
}

function edgeKey(
  { maxParallelism }: TaskDescriptor,
  { edge, consumers }: TaskDescriptor['outputs'][number],
  program: JobProgram,
): EdgeKey | null {
  if (edge.partitioning !== 'hash') return null;
  const operator = edge.targetOperator;
  const { key } = functionsOf(program, operator);
  if (key === undefined) throw new UserCodeError(operator, 'has no key function in its artifact');
  return {
    keyOf: (value) => selectKey(operator, key, value),
    path: key.field?.split('.') ?? null,
    subtasks: subtasksOfKeyGroups(maxParallelism, consumers.length),
  };
}

function functionsOf(program: JobProgram, operator: string): OperatorFunctions {
  const functions = program.functions.get(operator);
  if (functions === undefined) throw new UserCodeError(operator, 'is not in its artifact');
  return functions;
}
