// From operators to vertices: operators that only hand records on to their like are chained into one task. Only for graphs that `validateGraph` let pass.
import { must } from '../base/assert.ts';
import { deepFreeze } from '../base/state.ts';
import type { Edge, JobGraph, JobVertex, Operator, VertexEdge } from './job-graph.ts';
import { beginsChain, hasInputs } from './kinds.ts';

/** Slots that a job needs: one subtask of each vertex shares a slot (one slot sharing group, as in Flink by default). */
export function requiredSlots(graph: JobGraph): number {
  let slots = 0;
  for (const operator of graph.operators) slots = Math.max(slots, operator.parallelism);
  return slots;
}

/** Vertices in topological order, and the edges between them. Frozen, because states and messages share them. */
export function chainOperators(graph: JobGraph): { vertices: readonly JobVertex[]; edges: readonly VertexEdge[] } {
  const chained = chainedEdges(graph);
  const chains = collectChains(graph, chained);
  const edges = vertexEdges(graph, chained, chains);
  return deepFreeze({ vertices: chains.map((operators, index) => vertexOf(index, operators, edges)), edges });
}

function vertexOf(index: number, operators: readonly Operator[], edges: readonly VertexEdge[]): JobVertex {
  const head = must(operators[0], 'the first operator of a chain');
  return {
    index,
    id: head.id,
    name: operators.map((operator) => operator.id).join(' -> '),
    parallelism: head.parallelism,
    operators,
    inputs: edges.filter((edge) => edge.target === index),
    outputs: edges.filter((edge) => edge.source === index),
  };
}

/** The edges inside chains, by the operator that they lead to: that one has no other input. */
function chainedEdges(graph: JobGraph): ReadonlyMap<string, Edge> {
  const byId = new Map(graph.operators.map((operator) => [operator.id, operator]));
  const outputs = countBy(graph.edges, (edge) => edge.from);
  const inputs = countBy(graph.edges, (edge) => edge.to);
  const chained = new Map<string, Edge>();
  for (const edge of graph.edges) {
    const alone = outputs.get(edge.from) === 1 && inputs.get(edge.to) === 1;
    if (alone && isChainable(edge, must(byId.get(edge.from), edge.from), must(byId.get(edge.to), edge.to)))
      chained.set(edge.to, edge);
  }
  return chained;
}

function isChainable(edge: Edge, from: Operator, to: Operator): boolean {
  return edge.partitioning === 'forward' && from.parallelism === to.parallelism && hasInputs(to) && !beginsChain(to);
}

/** Operators are in topological order, so a chain begins before anything is added to it, and chains come out in topological order too. */
function collectChains(graph: JobGraph, chained: ReadonlyMap<string, Edge>): readonly (readonly Operator[])[] {
  const chains: Operator[][] = [];
  const chainOf = new Map<string, Operator[]>();
  for (const operator of graph.operators) {
    const edge = chained.get(operator.id);
    const chain = edge === undefined ? [] : must(chainOf.get(edge.from), edge.from);
    if (edge === undefined) chains.push(chain);
    chain.push(operator);
    chainOf.set(operator.id, chain);
  }
  return chains;
}

function vertexEdges(
  graph: JobGraph,
  chained: ReadonlyMap<string, Edge>,
  chains: readonly (readonly Operator[])[],
): readonly VertexEdge[] {
  const vertexOfOperator = new Map<string, number>();
  for (const [index, chain] of chains.entries()) for (const operator of chain) vertexOfOperator.set(operator.id, index);
  return graph.edges
    .filter((edge) => chained.get(edge.to) !== edge)
    .map((edge, index) => ({
      index,
      source: must(vertexOfOperator.get(edge.from), edge.from),
      target: must(vertexOfOperator.get(edge.to), edge.to),
      partitioning: edge.partitioning,
      targetOperator: edge.to,
    }));
}

function countBy(edges: readonly Edge[], idOf: (edge: Edge) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const edge of edges) counts.set(idOf(edge), (counts.get(idOf(edge)) ?? 0) + 1);
  return counts;
}
