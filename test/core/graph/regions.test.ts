// Regions against their definition: two subtasks are in one region if a path of channels leads from one to the other, in whatever direction.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobVertex, Partitioning, VertexEdge } from '../../../src/core/graph/job-graph.ts';
import { firstOfRegion, regionsOf } from '../../../src/core/graph/regions.ts';

interface Drawn {
  readonly parallelisms: readonly number[];
  readonly edges: readonly { readonly source: number; readonly target: number; readonly partitioning: Partitioning }[];
}

function verticesOf({ parallelisms, edges }: Drawn): readonly JobVertex[] {
  const led = edges.map((edge, index): VertexEdge => ({ ...edge, index, targetOperator: `v${edge.target}` }));
  return parallelisms.map((parallelism, index) => ({
    index,
    id: `v${index}`,
    name: `v${index}`,
    parallelism,
    operators: [],
    inputs: led.filter(({ target }) => target === index),
    outputs: led.filter(({ source }) => source === index),
  }));
}

/** What can be reached from each subtask, by growing sets until nothing is added. */
function reachable({ parallelisms, edges }: Drawn): readonly ReadonlySet<string>[] {
  const channels = edges.flatMap(({ source, target, partitioning }) =>
    range(parallelisms[source]!).flatMap((from) =>
      range(parallelisms[target]!)
        .filter((to) => partitioning !== 'forward' || to === from)
        .map((to) => [`${source}/${from}`, `${target}/${to}`] as const),
    ),
  );
  return parallelisms.flatMap((parallelism, vertex) =>
    range(parallelism).map((subtask) => {
      const set = new Set([`${vertex}/${subtask}`]);
      for (let before = 0; before < set.size;) {
        before = set.size;
        for (const [a, b] of channels) if (set.has(a) || set.has(b)) set.add(a).add(b);
      }
      return set;
    }),
  );
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const drawn = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }).chain((parallelisms) =>
  fc.record({
    parallelisms: fc.constant(parallelisms),
    edges: fc
      .array(
        fc.record({
          source: fc.nat(parallelisms.length - 1),
          target: fc.nat(parallelisms.length - 1),
          partitioning: fc.constantFrom<Partitioning>('forward', 'hash', 'rebalance'),
        }),
        { maxLength: 6 },
      )
      .map((edges) =>
        edges.filter(({ source, target, partitioning }) => {
          return source < target && (partitioning !== 'forward' || parallelisms[source] === parallelisms[target]);
        }),
      ),
  }),
);

test('two subtasks share a region exactly if channels connect them', () => {
  fc.assert(
    fc.property(drawn, (graph) => {
      const regions = regionsOf(verticesOf(graph));
      const sets = reachable(graph);
      expect(regions).toHaveLength(sets.length);
      for (const [a, one] of sets.entries())
        for (const [b, other] of sets.entries())
          expect(regions[a] === regions[b]).toBe([...other].some((member) => one.has(member)));
    }),
  );
});

test('regions are numbered in the order of their first subtasks', () => {
  fc.assert(
    fc.property(drawn, (graph) => {
      const regions = regionsOf(verticesOf(graph));
      const firsts = [...new Set(regions)];
      expect(firsts).toEqual(range(firsts.length));
    }),
  );
});

test('the first subtask of a region is the same at any parallelism', () => {
  const shapes = fc
    .record({ vertices: fc.integer({ min: 1, max: 5 }), narrow: fc.integer({ min: 1, max: 3 }) })
    .chain(({ vertices, narrow }) => {
      const vertex = fc.integer({ min: 0, max: vertices - 1 });
      const partitioning = fc.constantFrom<Partitioning>('forward', 'hash');
      const edges = fc.array(fc.record({ source: vertex, target: vertex, partitioning }), { maxLength: 5 });
      return fc.record({ edges, vertices: fc.constant(vertices), narrow: fc.constant(narrow) });
    });
  fc.assert(
    fc.property(shapes, ({ edges, vertices: count, narrow }) => {
      for (const parallelism of [narrow, narrow + 2]) {
        const vertices = verticesOf({ parallelisms: range(count).map(() => parallelism), edges });
        const regions = regionsOf(vertices);
        for (const vertex of range(count))
          for (const subtask of range(narrow)) {
            const first = firstOfRegion(vertices, { vertex, subtask });
            expect(first.vertex * parallelism + first.subtask).toBe(
              regions.indexOf(regions[vertex * parallelism + subtask]!),
            );
            expect(first).toEqual(
              firstOfRegion(verticesOf({ parallelisms: range(count).map(() => 1), edges }), { vertex, subtask }),
            );
          }
      }
    }),
  );
});
