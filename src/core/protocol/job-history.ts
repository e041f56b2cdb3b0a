// What is shown of the life of a job: its checkpoints and its failures, as Flink's REST interface names them. Nothing is decided by it.
import type { Address } from '../base/machine.ts';
import type { CheckpointFailure } from './checkpoint-failures.ts';
import type { CheckpointReason, FailureReason } from './reasons.ts';

/** What one acknowledgement said. */
export interface SubtaskStatistics {
  readonly vertex: number;
  readonly subtask: number;
  readonly attempt: number;
  /** Wall time at which it came, in ms. */
  readonly ackTimestamp: number;
  /** From the trigger to the acknowledgement. */
  readonly endToEndDurationMs: number;
  readonly stateSizeBytes: number;
  /** From the first barrier to the last, on the clock of the task. */
  readonly alignmentDurationMs: number;
  /** From the cut to what it needs being durable, on the clock of the task. */
  readonly asyncDurationMs: number;
}

export type CheckpointStatus = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** One checkpoint. Sizes and durations are those of what was acknowledged: a sum, and the longest. */
export interface CheckpointLine {
  readonly id: number;
  readonly status: CheckpointStatus;
  /** Wall time of the trigger, in ms. */
  readonly triggerTimestamp: number;
  /** Wall time of the last acknowledgement, in ms; null: there was none. */
  readonly latestAckTimestamp: number | null;
  /** Wall time of its end, in ms; null: IN_PROGRESS. */
  readonly endTimestamp: number | null;
  readonly endToEndDurationMs: number;
  readonly stateSizeBytes: number;
  readonly numSubtasks: number;
  readonly numAcknowledgedSubtasks: number;
  /** A client asked for it, or for the end of the job with it: the id of the savepoint. Null: it is a checkpoint as any other. */
  readonly savepointId: string | null;
  /** COMPLETED: name of its metadata; else null. */
  readonly externalPath: string | null;
  /** FAILED: why, by Flink's name and in full; else null. */
  readonly failure: { readonly name: CheckpointFailure; readonly reason: CheckpointReason } | null;
}

/** One checkpoint with its subtasks. */
export interface CheckpointStatistics extends CheckpointLine {
  /** Those that acknowledged, by vertex and subtask. */
  readonly subtasks: readonly SubtaskStatistics[];
}

/** A restore under this leader. */
export interface RestoredStatistics {
  readonly id: number;
  /** Wall time at which its metadata was read, in ms. */
  readonly restoreTimestamp: number;
  /** Name of its metadata. */
  readonly externalPath: string;
  /** It is a savepoint, of this id; else null. */
  readonly savepointId: string | null;
}

/** Checkpoints of a job under its leader, by how they stand. */
export interface CheckpointCounts {
  readonly completed: number;
  readonly failed: number;
  readonly inProgress: number;
  /** Restores. */
  readonly restored: number;
}

/** A failure of a job. */
export interface JobException {
  /** In ms, by the wall clock of the leader. */
  readonly timestamp: number;
  /** The root cause: what failed first, in the attempt that it ended. */
  readonly cause: FailureReason;
  /** The task that failed, as in `split -> count (2/3)`, and where it ran; null: none did, or the job was rescaled and has it no more. */
  readonly task: string | null;
  readonly taskManager: Address | null;
}

/** A failure that was followed by a restart or by the end of the job (Flink: an entry of `/jobs/:id/exceptions`). */
export interface RootException extends JobException {
  /** What failed at the same time, or while its restart was pending. */
  readonly concurrent: readonly JobException[];
}
