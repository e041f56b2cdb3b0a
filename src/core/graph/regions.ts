// Pipelined regions: subtasks that are connected by channels. They are scheduled, fail and restart together, as none of them can go on without
// the records of the others (Flink: PipelinedRegion).
import { must } from '../base/assert.ts';
import type { JobVertex, VertexEdge } from './job-graph.ts';

/**
 * The region of each subtask, by vertex and then by subtask; regions are numbered from 0 in this order. A forward edge connects subtask i with
 * subtask i, every other edge connects all with all.
 */
export function regionsOf(vertices: readonly JobVertex[]): readonly number[] {
  const firsts: number[] = [];
  let subtasks = 0;
  for (const { parallelism } of vertices) {
    firsts.push(subtasks);
    subtasks += parallelism;
  }
  const sets = new DisjointSets(subtasks);
  for (const { outputs } of vertices) for (const edge of outputs) join(sets, vertices, firsts, edge);
  return sets.numbered();
}

/**
 * The first subtask of the region that a subtask is or was in: it names that region whatever the parallelism of its vertices, which only adds subtasks
 * behind it.
 */
export function firstOfRegion(
  vertices: readonly JobVertex[],
  { vertex, subtask }: { readonly vertex: number; readonly subtask: number },
): { readonly vertex: number; readonly subtask: number } {
  const parallelism = subtask + 1;
  const regions = regionsOf(vertices.map((one) => ({ ...one, parallelism })));
  const first = regions.indexOf(must(regions[vertex * parallelism + subtask], 'the region of a subtask'));
  return { vertex: Math.floor(first / parallelism), subtask: first % parallelism };
}

function join(sets: DisjointSets, vertices: readonly JobVertex[], firsts: readonly number[], edge: VertexEdge): void {
  const source = {
    first: must(firsts[edge.source], 'the source of an edge'),
    count: parallelismOf(vertices, edge.source),
  };
  const target = {
    first: must(firsts[edge.target], 'the target of an edge'),
    count: parallelismOf(vertices, edge.target),
  };
  if (edge.partitioning === 'forward') {
    for (let subtask = 0; subtask < source.count; subtask++) sets.join(source.first + subtask, target.first + subtask);
  } else {
    for (let subtask = 0; subtask < source.count; subtask++) sets.join(source.first, source.first + subtask);
    for (let subtask = 0; subtask < target.count; subtask++) sets.join(source.first, target.first + subtask);
  }
}

function parallelismOf(vertices: readonly JobVertex[], vertex: number): number {
  return must(vertices[vertex], 'the vertex at an end of an edge').parallelism;
}

class DisjointSets {
  /** Each leads to a smaller member of its set; the smallest to itself. */
  readonly #smaller: number[];

  constructor(members: number) {
    this.#smaller = Array.from({ length: members }, (_, member) => member);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#smallest(a), this.#smallest(b)];
    this.#smaller[Math.max(first, second)] = Math.min(first, second);
  }

  /** The number of each member's set, in the order of their smallest members. */
  numbered(): readonly number[] {
    const numbers = new Map<number, number>();
    return this.#smaller.map((_, member) => {
      const smallest = this.#smallest(member);
      if (!numbers.has(smallest)) numbers.set(smallest, numbers.size);
      return must(numbers.get(smallest), 'the number of a region');
    });
  }

  #smallest(member: number): number {
    let at = member;
    for (let next = this.#smaller[at]; next !== undefined && next !== at; next = this.#smaller[at]) at = next;
    return at;
  }
}
