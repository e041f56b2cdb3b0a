// What of a checkpoint goes to whom: with any two parallelisms each key group and each split comes to its one owner, and nothing is left over.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verticesInCheckpoint, type CheckpointMetadata } from '../../../src/core/checkpoint/metadata.ts';
import { chainOperators } from '../../../src/core/graph/chaining.ts';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import { keyGroupRange } from '../../../src/core/graph/key-groups.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { describeMisfit, snapshotsFor } from '../../../src/core/jobmanager/state-assignment.ts';
import { sampleGraph } from './sample-job.ts';

const MAX = 16;
const graphOf = (parallelism: { source: number; rest: number }, splits = 7): JobGraph => ({
  ...sampleGraph,
  maxParallelism: MAX,
  operators: sampleGraph.operators.map((operator) =>
    operator.kind === 'source'
      ? { ...operator, parallelism: parallelism.source, splits }
      : { ...operator, parallelism: parallelism.rest },
  ),
});

/** A checkpoint of that job, with snapshots named `vertex/subtask`. */
function checkpointOf(
  graph: JobGraph,
  isAtEnd: (vertex: number, subtask: number) => boolean = () => false,
): CheckpointMetadata {
  const { vertices } = chainOperators(graph);
  return {
    format: 'millrace-checkpoint',
    version: 3,
    jobId: 'j',
    checkpointId: 4,
    epoch: 1,
    maxParallelism: graph.maxParallelism,
    final: false,
    vertices: verticesInCheckpoint(vertices),
    subtasks: vertices.flatMap(({ index: vertex, parallelism, operators: [head] }) =>
      Array.from({ length: parallelism }, (_, subtask) => ({
        vertex,
        subtask,
        attempt: 1,
        handle: { name: `${vertex}/${subtask}`, sizeBytes: 1, checksum: 1 },
        atEnd: isAtEnd(vertex, subtask),
        splits:
          head?.kind === 'source'
            ? Array.from({ length: head.splits }, (_unused, split) => split)
                .filter((split) => split % parallelism === subtask)
                .map((split) => ({ operator: head.id, split, position: 1 }))
            : [],
        transactions: [],
      })),
    ),
    coordinators: [],
  };
}

const anyParallelism = fc.record({ source: fc.integer({ min: 1, max: MAX }), rest: fc.integer({ min: 1, max: MAX }) });

describe('state of any parallelism', () => {
  test('comes to its owner of any other one, and each snapshot to somebody', () => {
    fc.assert(
      fc.property(anyParallelism, anyParallelism, (before, after) => {
        const metadata = checkpointOf(graphOf(before));
        const [source, rest] = chainOperators(graphOf(after)).vertices;
        const given = [source!, rest!].map((vertex) =>
          Array.from({ length: vertex.parallelism }, (_, subtask) => snapshotsFor(metadata, vertex, subtask)),
        );
        for (let split = 0; split < 7; split++) {
          const owner = given[0]![split % after.source]!;
          expect(owner.some(({ splits }) => splits.some((one) => one.split === split))).toBe(true);
        }
        for (let group = 0; group < MAX; group++) {
          const holds = (parallelism: number) => (subtask: number) => {
            const { first, last } = keyGroupRange(subtask, MAX, parallelism);
            return first <= group && group <= last;
          };
          const from = Array.from({ length: before.rest }, (_, subtask) => subtask).find(holds(before.rest));
          const to = Array.from({ length: after.rest }, (_, subtask) => subtask).find(holds(after.rest));
          expect(given[1]![to!]!.filter(({ subtask }) => subtask === from)).toHaveLength(1);
        }
        const used = new Set(given.flat(2).map(({ handle }) => handle.name));
        expect(used.size).toBe(metadata.subtasks.length);
      }),
    );
  });

  test('of the same one is that of the subtask itself', () => {
    fc.assert(
      fc.property(anyParallelism, (parallelism) => {
        const metadata = checkpointOf(graphOf(parallelism));
        for (const vertex of chainOperators(graphOf(parallelism)).vertices)
          for (let subtask = 0; subtask < vertex.parallelism; subtask++)
            expect(snapshotsFor(metadata, vertex, subtask).map(({ handle }) => handle.name)).toEqual([
              `${vertex.index}/${subtask}`,
            ]);
      }),
    );
  });
});

describe('a checkpoint', () => {
  const two = { source: 2, rest: 2 };
  const misfit = (metadata: CheckpointMetadata, graph: JobGraph, allow = false): string | null => {
    const reason = describeMisfit(metadata, graph, allow);
    return reason === null ? null : describeReason(reason);
  };

  test('fits another parallelism and more splits', () => {
    expect(misfit(checkpointOf(graphOf(two)), graphOf({ source: 3, rest: 1 }, 9))).toBe(null);
  });

  test('does not fit fewer splits, unless what was read of them may be left behind', () => {
    const text = 'it has state of "lines", for which the job has no operator';
    expect(misfit(checkpointOf(graphOf(two)), graphOf(two, 6))).toBe(text);
    expect(misfit(checkpointOf(graphOf(two)), graphOf(two, 6), true)).toBe(null);
  });

  test('of which something is at its end fits no new splits', () => {
    const ended = checkpointOf(graphOf(two), (vertex, subtask) => vertex === 0 && subtask === 1);
    expect(misfit(ended, graphOf({ source: 1, rest: 4 }))).toBe(null);
    expect(misfit(ended, graphOf(two, 8), true)).toBe(
      '"lines" has splits that it does not know, and something of it is at its end',
    );
  });

  test('that lacks a snapshot of a subtask, or has two, fits nothing', () => {
    const whole = checkpointOf(graphOf(two));
    const [first] = whole.subtasks;
    const lacking = { ...whole, subtasks: whole.subtasks.slice(1) };
    const doubled = { ...whole, subtasks: [first!, ...whole.subtasks] };
    expect(misfit(lacking, graphOf(two), true)).toMatch(
      /^it has snapshots of .*, the job needs 0\/0, 0\/1, 1\/0, 1\/1$/,
    );
    expect(misfit(doubled, graphOf(two), true)).toMatch(/^it has snapshots of 0\/0, 0\/0, /);
  });
});
