// Vertices as people know them. Ids are what messages and reasons have; whoever tells people of a job has its graph, and hands its names to the one text form.
/** A vertex as people know it. */
export interface VertexName {
  readonly name: string;
  readonly parallelism: number;
}

/** The vertices of a job by index; null: not known here. */
export type VertexNames = (vertex: number) => VertexName | null;

/** Where no graph is at hand, and in traces: ids alone. */
export const noNames: VertexNames = () => null;

/** Of a list of all vertices. */
export function namesIn(vertices: readonly VertexName[]): VertexNames {
  return (vertex) => vertices[vertex] ?? null;
}
