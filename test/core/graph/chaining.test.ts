// Which operators share a task, and in which order vertices and edges come.

import { describe, expect, test } from 'vitest';
import { chainOperators, requiredSlots } from '../../../src/core/graph/chaining.ts';
import { defineJob, type JobSettings } from '../../../src/core/graph/define-job.ts';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import type { JobEnvironment } from '../../../src/core/graph/job-environment.ts';
import type { DataStream } from '../../../src/core/graph/streams.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';

const rows = (env: JobEnvironment, id = 'rows', parallelism?: number): DataStream<number> =>
  env.fromSource<number>(id, {
    topic: id,
    splits: 4,
    timestamp: (row) => row,
    ...(parallelism === undefined ? {} : { parallelism }),
  });
const increment = (row: number): number => row + 1;
const sum = { create: () => 0, add: (total: number, row: number) => total + row, result: (total: number) => total };

function graphOf(define: (env: JobEnvironment) => void, settings: JobSettings = { parallelism: 2 }): JobGraph {
  return defineJob('test', define, settings).graph;
}

/** `source vertex > target vertex partitioning of the operator` per edge. */
function shapeOf(graph: JobGraph): { vertices: string[]; edges: string[] } {
  const { vertices, edges } = chainOperators(graph);
  const nameOf = (index: number): string => vertices[index]!.id;
  return {
    vertices: vertices.map((vertex) => `${vertex.name} x${vertex.parallelism}`),
    edges: edges.map((edge) => `${nameOf(edge.source)} ${edge.partitioning} ${nameOf(edge.target)}`),
  };
}

test.each<[string, (env: JobEnvironment) => void, string[], string[]]>([
  [
    'a row of like operators is one chain',
    (env) => rows(env).map('a', increment).filter('b', Boolean).sinkTo('out', { sink: 's' }),
    ['rows -> a -> b -> out x2'],
    [],
  ],
  [
    'a keyed operator begins a chain, and what follows it is in it',
    (env) =>
      rows(env)
        .map('a', increment)
        .keyBy((row) => row)
        .window('w', tumblingEventTime(10))
        .aggregate(sum)
        .map('b', increment)
        .sinkTo('out', { sink: 's' }),
    ['rows -> a x2', 'w -> b -> out x2'],
    ['rows hash w'],
  ],
  [
    'another parallelism breaks a chain',
    (env) =>
      rows(env)
        .map('a', increment, { parallelism: 3 })
        .map('b', increment, { parallelism: 3 })
        .sinkTo('out', { sink: 's' }),
    ['rows x2', 'a -> b x3', 'out x2'],
    ['rows rebalance a', 'a rebalance out'],
  ],
  [
    'rebalance breaks a chain',
    (env) => rows(env).rebalance().map('a', increment).sinkTo('out', { sink: 's' }),
    ['rows x2', 'a -> out x2'],
    ['rows rebalance a'],
  ],
  [
    'two readers of one stream break a chain',
    (env) => {
      const read = rows(env).map('a', increment);
      read.map('b', increment).sinkTo('out-b', { sink: 's-b' });
      read.sinkTo('out-a', { sink: 's' });
    },
    ['rows -> a x2', 'b -> out-b x2', 'out-a x2'],
    ['rows forward b', 'rows forward out-a'],
  ],
  [
    'a union breaks chains, and each of its edges is distributed on its own',
    (env) =>
      rows(env, 'left')
        .union(rows(env, 'right', 3))
        .map('a', increment)
        .sinkTo('out', { sink: 's' }),
    ['left x2', 'right x3', 'a -> out x2'],
    ['left forward a', 'right rebalance a'],
  ],
  [
    'a union can be keyed',
    (env) =>
      rows(env, 'left')
        .union(rows(env, 'right', 3).map('a', increment))
        .keyBy((row) => row)
        .reduce('total', (total, row) => total + row)
        .sinkTo('out', { sink: 's' }),
    ['left x2', 'right x3', 'a x2', 'total -> out x2'],
    ['right rebalance a', 'left hash total', 'a hash total'],
  ],
])('%s', (_, define, vertices, edges) => {
  const shape = shapeOf(graphOf(define));
  expect(shape.vertices).toEqual(vertices);
  expect([...shape.edges].sort()).toEqual([...edges].sort());
});

describe('a diamond', () => {
  const graph = graphOf((env) => {
    const read = rows(env);
    const left = read.map('left', increment).map('left-2', increment);
    const right = read.filter('right', Boolean);
    right.union(left).sinkTo('out', { sink: 's' });
  });
  const { vertices, edges } = chainOperators(graph);

  test('vertices are numbered in topological order', () => {
    expect(vertices.map((vertex) => [vertex.index, vertex.id])).toEqual([
      [0, 'rows'],
      [1, 'left'],
      [2, 'right'],
      [3, 'out'],
    ]);
    expect(edges.every((edge) => edge.source < edge.target)).toBe(true);
  });

  test('edges are numbered, and vertices list theirs', () => {
    expect(edges.map((edge) => edge.index)).toEqual([0, 1, 2, 3]);
    for (const vertex of vertices) {
      expect(vertex.inputs).toEqual(edges.filter((edge) => edge.target === vertex.index));
      expect(vertex.outputs).toEqual(edges.filter((edge) => edge.source === vertex.index));
    }
    expect(vertices[3]!.inputs.map((edge) => [vertices[edge.source]!.id, edge.targetOperator])).toEqual([
      ['right', 'out'],
      ['left', 'out'],
    ]);
  });

  test('each operator is in exactly one vertex', () => {
    const ids = vertices.flatMap((vertex) => vertex.operators.map((operator) => operator.id));
    expect([...ids].sort()).toEqual(graph.operators.map((operator) => operator.id).sort());
  });
});

test('slots needed are the largest parallelism', () => {
  const graph = graphOf((env) =>
    rows(env).map('a', increment, { parallelism: 5 }).sinkTo('out', { sink: 's', parallelism: 1 }),
  );
  expect(requiredSlots(graph)).toBe(5);
});
