// The records behind the HA keys. Each is sealed by `records-codec.ts` with its format and version.
import type { Address } from '../base/machine.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type { Submitted } from './ids.ts';
import type { RootException } from './job-history.ts';
import type { OperatorParallelism, RestoreSettings, SnapshotHandle } from './messages.ts';
import type { EndedGraph } from './overview.ts';
import type { JobReason } from './reasons.ts';
import type { EndStatus } from './states.ts';

export interface LeaderRecord {
  readonly epoch: number;
  readonly address: Address;
  /** It leads no more, and acts on nothing more under this epoch: nobody has to wait until its lease is over. */
  readonly resigned: boolean;
}

/** What is wanted of a job. Whoever leads works towards it. */
export type WantedState =
  | { readonly kind: 'RUNNING' }
  | { readonly kind: 'CANCELED' }
  /** FINISHED with this savepoint as its last checkpoint. `drain`: its sources end first, so that all windows and timers fire. */
  | { readonly kind: 'STOPPED'; readonly savepointId: string; readonly drain: boolean };

/** The savepoint as it was found when the job was submitted. */
export interface RestoreOrigin extends RestoreSettings {
  readonly checkpointId: number;
  readonly metadata: SnapshotHandle;
}

/** The parallelism of an operator instead of that of the graph. */
export interface RescaledOperator extends OperatorParallelism {
  /** The most that it ever had: so many subtasks may have left something. */
  readonly most: number;
}

export interface JobRecord {
  readonly jobId: string;
  readonly submitted: Submitted;
  readonly graph: JobGraph;
  readonly artifact: string;
  readonly wanted: WantedState;
  /** Of operators that were rescaled, in the order of their ids. */
  readonly parallelism: readonly RescaledOperator[];
  /** What it starts from while it has no checkpoint of its own; null: from nothing. */
  readonly restore: RestoreOrigin | null;
}

/** A completed checkpoint as the HA store lists it: the pointer. */
export interface CompletedCheckpoint {
  readonly checkpointId: number;
  readonly metadata: SnapshotHandle;
  readonly final: boolean;
}

/** Oldest first. */
export interface CheckpointsRecord {
  readonly completed: readonly CompletedCheckpoint[];
}

export interface CounterRecord {
  readonly lastCheckpointId: number;
}

/** The latest completed checkpoint of a job that was cancelled or failed, which outlives it (Flink: an externalized checkpoint). */
export interface RetainedCheckpoint {
  readonly checkpointId: number;
  readonly metadata: SnapshotHandle;
}

/** A completed checkpoint that is kept whatever becomes of its job. */
export interface SavepointRecord {
  /** `savepoint`: a client wanted it, and it is whole in itself. `checkpoint`: it is retained, and needs what its metadata names, whatever that was written for. */
  readonly kind: 'savepoint' | 'checkpoint';
  readonly jobId: string;
  readonly savepointId: string;
  readonly checkpointId: number;
  readonly metadata: SnapshotHandle;
  /** When it was completed, in ms of wall time. */
  readonly completedAt: number;
  /** Nobody may restore from it any more: its files are being deleted, then the record is. */
  readonly disposed: boolean;
}

/** TaskManagers that hold nothing, or are to: whoever leads gives them nothing. */
export interface DrainsRecord {
  /** In the order of their addresses. */
  readonly taskManagers: readonly Address[];
}

/** A TaskManager hears nothing of the leader of this epoch, and gets no answer from it. */
export interface UnreachedRecord {
  readonly epoch: number;
}

/** `clean` is set when everything else of the job was deleted; until then a leader has clean-up to do (Flink: DIRTY and CLEAN). */
export interface ResultRecord {
  readonly jobId: string;
  readonly submitted: Submitted;
  /** In ms, by the wall clock of its leader; never before an end that this leader knew of. */
  readonly endedAt: number;
  readonly status: EndStatus;
  readonly reason: JobReason | null;
  /** Of a FINISHED job that was stopped: the id of its savepoint. */
  readonly savepointId: string | null;
  /** What is kept of a CANCELED or FAILED job; null: nothing. */
  readonly retained: RetainedCheckpoint | null;
  /** Its latest failures under its last leader, oldest first. */
  readonly exceptions: readonly RootException[];
  /** For people. */
  readonly graph: EndedGraph;
  readonly clean: boolean;
}
