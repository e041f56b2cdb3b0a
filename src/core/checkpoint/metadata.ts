// Checkpoint metadata: what a pointer names. It says where the snapshot of every subtask lies, and what the cut was.
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

export interface CheckpointMetadata {
  readonly format: 'millrace-checkpoint';
  readonly version: 2;
  readonly jobId: string;
  readonly checkpointId: number;
  /** Leader that completed it. */
  readonly epoch: number;
  readonly maxParallelism: number;
  /** All subtasks were at their end: nothing can follow. */
  readonly final: boolean;
  readonly subtasks: readonly SubtaskSnapshot[];
  /** Room for the state of coordinators (enumerators); empty today. */
  readonly coordinators: readonly never[];
}
