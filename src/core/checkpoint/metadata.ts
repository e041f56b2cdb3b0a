// Checkpoint metadata: what a pointer names. It says where the snapshot of every subtask lies, what the cut was, and what the job looked like, so that a
// job with another parallelism, or another job, can go on from it.
import type { JobVertex, Operator } from '../graph/job-graph.ts';
import type { SnapshotHandle, SplitProgress } from '../protocol/messages.ts';

/** What one subtask contributed. */
export interface SubtaskSnapshot {
  readonly vertex: number;
  readonly subtask: number;
  readonly attempt: number;
  readonly handle: SnapshotHandle;
  /** The subtask had sent its end (last watermark, all timers fired) when the barrier passed. */
  readonly atEnd: boolean;
  readonly splits: readonly SplitProgress[];
  /** Of its sink, up to the cut, not known to be committed: oldest first. */
  readonly transactions: readonly string[];
}

/** An operator as it was. */
export interface OperatorInCheckpoint {
  readonly id: string;
  readonly kind: Operator['kind'];
  /** Of a sink, what it wrote to. */
  readonly sink: string | null;
  /** Of a source. */
  readonly splits: number;
}

/** A vertex as it was. */
export interface VertexInCheckpoint {
  readonly parallelism: number;
  readonly operators: readonly OperatorInCheckpoint[];
}

export interface CheckpointMetadata {
  readonly format: 'millrace-checkpoint';
  readonly version: 3;
  readonly jobId: string;
  readonly checkpointId: number;
  /** Leader that completed it. */
  readonly epoch: number;
  readonly maxParallelism: number;
  /** All subtasks were at their end: nothing can follow. */
  readonly final: boolean;
  /** `vertex` of a subtask is an index into it. */
  readonly vertices: readonly VertexInCheckpoint[];
  readonly subtasks: readonly SubtaskSnapshot[];
  /** Room for the state of coordinators (enumerators); empty today. */
  readonly coordinators: readonly never[];
}

/** The vertices of a job as metadata has them. */
export function verticesInCheckpoint(vertices: readonly JobVertex[]): readonly VertexInCheckpoint[] {
  return vertices.map(({ parallelism, operators }) => ({
    parallelism,
    operators: operators.map(operatorInCheckpoint),
  }));
}

function operatorInCheckpoint(operator: Operator): OperatorInCheckpoint {
  const { id, kind } = operator;
  return {
    id,
    kind,
    sink: operator.kind === 'sink' ? operator.sink : null,
    splits: operator.kind === 'source' ? operator.splits : 0,
  };
}
