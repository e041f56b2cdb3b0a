// Names every mistake of a job with its operator. Graphs come from authors and from peers: nothing in them may make this throw.
import { sinkIdentity } from './sink-identity.ts';
import type { Result } from '../base/value.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import type { JobProgram, OperatorFunctions } from './functions.ts';
import { describeShapeMistakes } from './graph-shape.ts';
import { graphVersionOf } from './job-graph.ts';
import type { Edge, JobGraph, Operator } from './job-graph.ts';
import { hasInputs, hasOutputs, isKeyed, missingFunctions, needsTime } from './kinds.ts';

/** Subtasks of all operators, and channels between them: what a JobManager holds of a job in memory, and works through in one step. */
const SUBTASKS_MAX = 10_000;
const CHANNELS_MAX = 1_000_000;

/** The graph alone: what a Dispatcher can judge without the job's code. */
export function validateGraph(candidate: unknown): Result<JobGraph> {
  const mistakes = graphMistakes(candidate);
  return mistakes.length === 0
    ? { ok: true, value: candidate as JobGraph }
    : { ok: false, reason: mistakes.join('; ') };
}

/** Graph and code together: one sentence per mistake, none if the job can run. */
export function validate(graph: JobGraph, program: JobProgram): string[] {
  const shape = describeShapeMistakes(graph);
  if (shape.length > 0) return [...shape];
  const doubled = duplicateIds(graph);
  if (doubled.length > 0) return [...doubled];
  return [...structureMistakes(graph), ...functionMistakes(graph, program), ...timestampMistakes(graph, program)];
}

function graphMistakes(candidate: unknown): readonly string[] {
  const shape = describeShapeMistakes(candidate);
  return shape.length > 0 ? shape : structureMistakes(candidate as JobGraph);
}

/** From here on each field is known to be what its type says; what ids and numbers mean together is not. */
function structureMistakes(graph: JobGraph): readonly string[] {
  const doubled = duplicateIds(graph);
  if (doubled.length > 0) return doubled; // two operators in one: nothing that follows would be true of either
  const byId = new Map(graph.operators.map((operator) => [operator.id, operator]));
  return [
    ...missingEnds(graph),
    ...sharedSinks(graph),
    ...graph.operators.flatMap((operator) => parallelismMistakes(operator, graph.maxParallelism)),
    ...graph.edges.flatMap((edge) => edgeMistakes(edge, byId)),
    ...doubledEdges(graph),
    ...graph.operators.flatMap((operator) => connectionMistakes(operator, graph.edges)),
    ...orderMistakes(graph),
    ...sizeMistakes(graph, byId),
    ...restartMistakes(graph),
    ...versionMistakes(graph),
    ...schemaMistakes(graph),
  ];
}

/** Each number may be within its limits, and the job still be more than any cluster can hold. */
function sizeMistakes(graph: JobGraph, byId: ReadonlyMap<string, Operator>): readonly string[] {
  const subtasks = graph.operators.reduce((sum, operator) => sum + operator.parallelism, 0);
  const channels = graph.edges.reduce((sum, edge) => sum + channelsOf(edge, byId), 0);
  const mistakes = [];
  if (subtasks > SUBTASKS_MAX) mistakes.push(`the job has ${subtasks} subtasks, more than ${SUBTASKS_MAX}`);
  if (channels > CHANNELS_MAX)
    mistakes.push(`the job has ${channels} channels between its subtasks, more than ${CHANNELS_MAX}`);
  return mistakes;
}

function restartMistakes({ restart }: JobGraph): readonly string[] {
  if (restart?.kind !== 'exponential-delay' || restart.initialMs <= restart.maxMs) return [];
  return [`restart strategy exponential-delay: maxMs ${restart.maxMs} is less than initialMs ${restart.initialMs}`];
}

function versionMistakes({ version, operators }: JobGraph): readonly string[] {
  const right = graphVersionOf(operators);
  return version === right ? [] : [`a job graph of these operators must have version ${right}, not ${version}`];
}

function channelsOf({ from, to, partitioning }: Edge, byId: ReadonlyMap<string, Operator>): number {
  const producers = byId.get(from)?.parallelism ?? 0;
  return partitioning === 'forward' ? producers : producers * (byId.get(to)?.parallelism ?? 0);
}

function duplicateIds(graph: JobGraph): readonly string[] {
  const seen = new Set<string>();
  const doubled = new Set<string>();
  for (const { id } of graph.operators) (seen.has(id) ? doubled : seen).add(id);
  return [...doubled].map((id) => `operator "${id}": more than one operator has this id`);
}

function missingEnds(graph: JobGraph): readonly string[] {
  const mistakes = [];
  if (!graph.operators.some((operator) => operator.kind === 'source')) mistakes.push('the job has no source');
  if (!graph.operators.some((operator) => operator.kind === 'sink')) mistakes.push('the job has no sink');
  return mistakes;
}

/** One owner: parts of a sink are named by subtask and checkpoint, so two operators would claim the same names. */
function sharedSinks(graph: JobGraph): readonly string[] {
  const owners = new Map<string, string>();
  const mistakes = [];
  for (const operator of graph.operators) {
    if (operator.kind !== 'sink') continue;
    const identity = sinkIdentity(operator.sink);
    const owner = owners.get(identity);
    if (owner !== undefined && owner !== operator.id)
      mistakes.push(
        `${label(operator)}: the sink "${operator.sink}" is written by "${owner}" already; union their streams`,
      );
    owners.set(identity, operator.id);
  }
  return mistakes;
}

function parallelismMistakes(operator: Operator, maxParallelism: number): readonly string[] {
  if (operator.parallelism <= maxParallelism) return [];
  return [
    `${label(operator)}: parallelism ${operator.parallelism} is above the max parallelism ${maxParallelism} of the job`,
  ];
}

function edgeMistakes(edge: Edge, byId: ReadonlyMap<string, Operator>): readonly string[] {
  const from = byId.get(edge.from);
  const to = byId.get(edge.to);
  if (from === undefined || to === undefined) {
    return [
      `edge from "${edge.from}" to "${edge.to}": there is no operator "${from === undefined ? edge.from : edge.to}"`,
    ];
  }
  return [...endMistakes(from, to), ...partitioningMistakes(edge, from, to)];
}

function endMistakes(from: Operator, to: Operator): readonly string[] {
  const mistakes = [];
  if (!hasOutputs(from))
    mistakes.push(`${label(from)}: nothing can follow a ${from.kind}, but an edge leads to "${to.id}"`);
  if (!hasInputs(to))
    mistakes.push(`${label(to)}: nothing can lead to a ${to.kind}, but an edge comes from "${from.id}"`);
  return mistakes;
}

function partitioningMistakes(edge: Edge, from: Operator, to: Operator): readonly string[] {
  if (isKeyed(to) && edge.partitioning !== 'hash') {
    return [`${label(to)}: it is keyed, so the edge from "${from.id}" must be hash, not ${edge.partitioning}`];
  }
  if (!isKeyed(to) && edge.partitioning === 'hash')
    return [`${label(to)}: it is not keyed, so the edge from "${from.id}" cannot be hash`];
  if (edge.partitioning === 'forward' && from.parallelism !== to.parallelism) {
    return [
      `${label(to)}: a forward edge needs equal parallelism, but "${from.id}" has ${from.parallelism} and this ${to.parallelism}`,
    ];
  }
  return [];
}

function doubledEdges(graph: JobGraph): readonly string[] {
  const seen = new Set<string>();
  const mistakes = [];
  for (const { from, to } of graph.edges) {
    const ends = `${from} ${to}`; // ids hold no spaces
    if (seen.has(ends))
      mistakes.push(
        `operator "${to}": the output of "${from}" reaches it more than once (a union of a stream with itself)`,
      );
    seen.add(ends);
  }
  return mistakes;
}

function connectionMistakes(operator: Operator, edges: readonly Edge[]): readonly string[] {
  const mistakes = [];
  if (hasInputs(operator) && !edges.some((edge) => edge.to === operator.id))
    mistakes.push(`${label(operator)}: it has no input`);
  if (hasOutputs(operator) && !edges.some((edge) => edge.from === operator.id)) {
    mistakes.push(`${label(operator)}: its stream ends nowhere; sinkTo must end each stream`);
  }
  return mistakes;
}

/** Operators must be in topological order. Where no order would do, the operators of the cycle are named. */
function orderMistakes(graph: JobGraph): readonly string[] {
  const cyclic = operatorsOnCycles(graph);
  if (cyclic.length > 0) return [`operators ${cyclic.map((id) => `"${id}"`).join(', ')}: their edges lead in a circle`];
  const position = new Map(graph.operators.map((operator, index) => [operator.id, index]));
  return graph.edges
    .filter((edge) => (position.get(edge.from) ?? -1) > (position.get(edge.to) ?? Infinity))
    .map((edge) => `operator "${edge.to}": it is listed before its input "${edge.from}"`);
}

/** What is left after operators without inputs were taken away again and again, from both ends. */
function operatorsOnCycles(graph: JobGraph): readonly string[] {
  let left = new Set(graph.operators.map((operator) => operator.id));
  let before: number;
  do {
    before = left.size;
    const inside = graph.edges.filter((edge) => left.has(edge.from) && left.has(edge.to));
    const entered = new Set(inside.map((edge) => edge.to));
    const leaving = new Set(inside.map((edge) => edge.from));
    left = new Set([...left].filter((id) => entered.has(id) && leaving.has(id)));
  } while (left.size < before);
  return [...left];
}

function functionMistakes(graph: JobGraph, program: JobProgram): readonly string[] {
  return graph.operators.flatMap((operator) => {
    const functions = program.functions.get(operator.id) ?? {};
    const mistakes = missingFunctions(operator, functions).map(
      (name) => `${label(operator)}: its function "${name}" is missing${name === 'key' ? ' (keyBy)' : ''}`,
    );
    return [...mistakes, ...keyMistakes(operator, functions)];
  });
}

/** Graph and program come from one definition, unless somebody put them together. */
function keyMistakes(operator: Operator, { key }: OperatorFunctions): readonly string[] {
  const keyField = 'keyField' in operator ? operator.keyField : undefined;
  if (key === undefined || key.field === keyField) return [];
  const reads = key.field === undefined ? "is the author's own" : `reads the field "${key.field}"`;
  const wanted = keyField === undefined ? 'no field' : `the field "${keyField}"`;
  return [`${label(operator)}: its function "key" ${reads}, but its graph names ${wanted}`];
}

/** Where an operator needs the event time of each record, its source must have found it. */
function timestampMistakes(graph: JobGraph, program: JobProgram): readonly string[] {
  const timeless = graph.operators.filter(
    (operator) => operator.kind === 'source' && program.functions.get(operator.id)?.timestamp === undefined,
  );
  return timeless.flatMap((source) => {
    const reached = operatorsBehind(graph, source.id);
    const timed = graph.operators.filter((operator) => needsTime(operator) && reached.has(operator.id));
    return timed.map(
      (operator) =>
        `${label(operator)}: its records have no event time, as source "${source.id}" has no function "timestamp"`,
    );
  });
}

function operatorsBehind(graph: JobGraph, start: string): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const from of reached) {
    for (const edge of graph.edges) if (edge.from === from) reached.add(edge.to);
  }
  return reached;
}

function label(operator: Operator): string {
  return `operator "${operator.id}" (${operator.kind})`;
}
