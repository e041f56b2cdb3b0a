// Which part of a checkpoint goes to which subtask of a job, whatever parallelism either has: key groups by their ranges, splits by their owners (Flink:
// StateAssignmentOperation). And whether the job has a place for all of it.
import { sinkIdentity } from '../graph/sink-identity.ts';
import { must } from '../base/assert.ts';
import type { CheckpointMetadata, OperatorInCheckpoint, SubtaskSnapshot } from '../checkpoint/metadata.ts';
import type { JobGraph, JobVertex, Operator } from '../graph/job-graph.ts';
import { isKeyed, keepsState } from '../graph/kinds.ts';
import { keyGroupRange } from '../graph/key-groups.ts';
import type { StoredReason, SubtaskId } from '../protocol/reasons.ts';

/** The snapshots that a subtask restores from: with the same parallelism its own alone. None: its operators were not there. */
export function snapshotsFor(
  metadata: CheckpointMetadata,
  vertex: JobVertex,
  subtask: number,
): readonly SubtaskSnapshot[] {
  const { maxParallelism, subtasks } = metadata;
  const own = keyGroupRange(subtask, maxParallelism, vertex.parallelism);
  return subtasks.filter((snapshot) => {
    const { parallelism, operators } = must(metadata.vertices[snapshot.vertex], 'the vertex of a snapshot');
    if (!operators.some(({ id }) => vertex.operators.some((operator) => operator.id === id))) return false;
    const { first, last } = keyGroupRange(snapshot.subtask, maxParallelism, parallelism);
    return (first <= own.last && own.first <= last) || hasSplitOf(snapshot, vertex, subtask);
  });
}

/** Split s of a source is read by subtask s modulo its parallelism. */
function hasSplitOf({ splits }: SubtaskSnapshot, { operators, parallelism }: JobVertex, subtask: number): boolean {
  return splits.some(({ operator, split }) => operator === operators[0]?.id && split % parallelism === subtask);
}

/** Why no job with this graph can go on from the checkpoint, or null. */
export function describeMisfit(
  metadata: CheckpointMetadata,
  graph: JobGraph,
  allowNonRestoredState: boolean,
): StoredReason | null {
  const { maxParallelism } = graph;
  if (metadata.maxParallelism !== maxParallelism)
    return { kind: 'of-other-max-parallelism', found: metadata.maxParallelism, expected: maxParallelism };
  return (
    misfitOfSubtasks(metadata) ??
    misfitOfKinds(metadata, graph) ??
    misfitOfEnds(metadata, graph) ??
    (allowNonRestoredState ? null : misfitOfState(metadata, graph))
  );
}

/** A snapshot of each subtask that the checkpoint itself says it had. */
function misfitOfSubtasks({ subtasks, vertices }: CheckpointMetadata): StoredReason | null {
  const found = subtasks
    .map(({ vertex, subtask }) => ({ vertex, subtask }))
    .toSorted((a, b) => a.vertex - b.vertex || a.subtask - b.subtask);
  const expected = vertices.flatMap(({ parallelism }, vertex) =>
    Array.from({ length: parallelism }, (_, subtask): SubtaskId => ({ vertex, subtask })),
  );
  const isSame =
    found.length === expected.length &&
    found.every(({ vertex, subtask }, index) => {
      return vertex === expected[index]?.vertex && subtask === expected[index].subtask;
    });
  return isSame ? null : { kind: 'of-other-subtasks', found, expected };
}

function operatorsIn({ vertices }: CheckpointMetadata): readonly OperatorInCheckpoint[] {
  return vertices.flatMap(({ operators }) => operators);
}

function misfitOfKinds(metadata: CheckpointMetadata, { operators }: JobGraph): StoredReason | null {
  for (const before of operatorsIn(metadata)) {
    const now = operators.find(({ id }) => id === before.id);
    if (now === undefined || now.kind === before.kind || !(keepsState(before) || isKeyed(now))) continue;
    return { kind: 'state-of-other-kind', operator: before.id, found: before.kind, expected: now.kind };
  }
  return null;
}

/** What is at its end takes no record any more: nothing new may come to it. */
function misfitOfEnds(metadata: CheckpointMetadata, { operators }: JobGraph): StoredReason | null {
  if (!metadata.subtasks.some(({ atEnd }) => atEnd)) return null;
  const known = operatorsIn(metadata);
  const grown = operators.find((operator) => {
    return operator.kind === 'source' && operator.splits > (known.find(({ id }) => id === operator.id)?.splits ?? 0);
  });
  return grown === undefined ? null : { kind: 'splits-behind-end', operator: grown.id };
}

function misfitOfState(metadata: CheckpointMetadata, { operators }: JobGraph): StoredReason | null {
  const homeless = operatorsIn(metadata).filter((before) => !hasPlace(before, operators));
  return homeless.length === 0 ? null : { kind: 'state-without-operator', operators: homeless.map(({ id }) => id) };
}

function isOneSink(now: string, before: string | null): boolean {
  return before !== null && sinkIdentity(now) === sinkIdentity(before);
}

/** The output of a sink that nobody has committed is the affair of whoever writes to the same. */
function hasPlace(before: OperatorInCheckpoint, operators: readonly Operator[]): boolean {
  if (before.kind === 'sink') return operators.some((now) => now.kind === 'sink' && isOneSink(now.sink, before.sink));
  if (!keepsState(before)) return true;
  return operators.some((now) => {
    if (now.id !== before.id) return false;
    return now.kind !== 'source' || now.splits >= before.splits;
  });
}
