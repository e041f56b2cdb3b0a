// What the machines of a cluster want to be known of them: a closed union over kinds, each with its values as plain data. A note changes
// nothing: what a verdict rests on are messages and applied requests; notes tell why. Their one text form is `describe-note.ts`.
import type { Address, MessageIgnored } from '../base/machine.ts';
import type { AttemptId, ProcessDeath } from './ids.ts';
import type { WantedState } from './ha-records.ts';
import type { Bodies } from './messages.ts';
import type { Purpose, TaskPurpose } from './purposes.ts';
import type {
  AnswerReason,
  CheckpointReason,
  DrainReason,
  IgnoreReason,
  JobReason,
  LeadershipReason,
  PortReason,
  Reason,
  RefusalReason,
  RegistrationReason,
  SlotReason,
  SlotsMissing,
  StoredReason,
  TaskManagerReason,
  TaskReason,
} from './reasons.ts';
import type { DrainStatus, ExecutionState, JobStatus, SavepointStatus, ToldStatus } from './states.ts';

/** A job under the leader of an epoch. */
interface OfJob {
  readonly jobId: string;
  readonly epoch: number;
}

/** One try of a whole job: all its executions have this attempt. */
interface OfJobAttempt extends OfJob {
  readonly attempt: number;
}

/** One attempt of one subtask, under the leader of an epoch. */
interface OfTask {
  readonly attempt: AttemptId;
  readonly epoch: number;
}

/** Who leads, as JobManagers, TaskManagers and clients see it. */
export type LeaderNote =
  | { readonly kind: 'leader-elected'; readonly epoch: number }
  /** `suspended`: the jobs that ran under this leader, whoever leads next goes on with them. */
  | {
      readonly kind: 'leadership-lost';
      readonly epoch: number;
      readonly reason: LeadershipReason;
      readonly suspended: readonly string[];
    }
  | { readonly kind: 'campaign-failed'; readonly epoch: number; readonly reason: AnswerReason }
  /** A TaskManager says so through the HA service, or takes that back. */
  | { readonly kind: 'leader-unreached'; readonly epoch: number; readonly leader: Address }
  | { readonly kind: 'leader-reached'; readonly epoch: number; readonly leader: Address }
  /** The leader record cannot be read, so nobody knows which epoch comes next. */
  | { readonly kind: 'election-blocked'; readonly key: string; readonly revision: number }
  /** A client found a leader. */
  | { readonly kind: 'leader-found'; readonly leader: Address; readonly epoch: number }
  /** The leader record cannot be read: nothing follows from it. */
  | { readonly kind: 'leader-unreadable'; readonly reason: StoredReason };

/** What a new leader reads, and what it takes over. */
export type RecoveryNote =
  | { readonly kind: 'recovery-retried'; readonly epoch: number; readonly reason: AnswerReason }
  | (OfJob & { readonly kind: 'recovery-stopped'; readonly reason: StoredReason })
  /** `latestCheckpointId` null: no checkpoint of it is complete. */
  | (OfJob & { readonly kind: 'job-recovered'; readonly latestCheckpointId: number | null })
  /** The job has a result. `cleanUp`: something of it is left to be deleted. */
  | (OfJob & { readonly kind: 'result-recovered'; readonly status: JobStatus; readonly cleanUp: boolean })
  /** Nobody knows which TaskManagers are drained: all are used. */
  | { readonly kind: 'drains-unreadable'; readonly epoch: number; readonly reason: StoredReason };

export type JobNote =
  | (OfJob & { readonly kind: 'job-stored' })
  | (OfJob & { readonly kind: 'job-write-retried'; readonly reason: AnswerReason })
  /** What is wanted of a job changed, and is durable. */
  | (OfJob & { readonly kind: 'job-wanted'; readonly wanted: WantedState })
  | (OfJob & { readonly kind: 'job-status-changed'; readonly from: JobStatus; readonly to: JobStatus })
  /** It begins to wait for slots: nothing of it that lacks one runs. */
  | (OfJob & { readonly kind: 'job-waits-for-slots'; readonly missing: SlotsMissing })
  /** It waits no more: it has asked TaskManagers for all the slots that it needs. */
  | (OfJob & { readonly kind: 'job-has-slots'; readonly slots: number; readonly waitedMs: number })
  /** `restoredFrom` null: there is no checkpoint yet, it starts from nothing. */
  | (OfJobAttempt & { readonly kind: 'job-deployed'; readonly restoredFrom: number | null })
  /** `attempt` is the one that ends. */
  | (OfJobAttempt & { readonly kind: 'job-restarting'; readonly reason: JobReason })
  /** It can run no more: what is left of it is cancelled, then its result is written. */
  | (OfJob & { readonly kind: 'job-failing'; readonly reason: JobReason })
  | (OfJob & {
      readonly kind: 'restore-stopped';
      readonly checkpointId: number;
      readonly reason: StoredReason | AnswerReason;
    })
  | (OfJob & { readonly kind: 'result-write-retried'; readonly reason: StoredReason | AnswerReason })
  /** A sink of a job that ends refused to be opened or to commit, or could not. */
  | (OfJob & { readonly kind: 'sink-close-failed'; readonly writer: string; readonly reason: AnswerReason })
  | (OfJob & { readonly kind: 'job-cleaned-up' })
  /** A job of the past was removed: nothing of it is left. `clients`: so many asked for it. */
  | (OfJob & { readonly kind: 'result-removed'; readonly clients: number })
  /** A savepoint is durable. */
  | (OfJob & { readonly kind: 'savepoint-completed'; readonly savepointId: string; readonly checkpointId: number })
  /** Nobody can restore from it any more. */
  | (OfJob & { readonly kind: 'savepoint-disposed'; readonly savepointId: string })
  /** A savepoint's record, or its disposal, is written again. */
  | (OfJob & { readonly kind: 'savepoint-write-retried'; readonly savepointId: string; readonly reason: AnswerReason })
  /** The savepoint that a job is to start from is read again. */
  | (OfJob & { readonly kind: 'savepoint-check-retried'; readonly reason: AnswerReason })
  /** A savepoint's record cannot be read: the files of its job are kept. */
  | (OfJob & { readonly kind: 'savepoint-unreadable'; readonly savepointId: string; readonly reason: StoredReason })
  /** A client knows how a savepoint stands. */
  | {
      readonly kind: 'savepoint-known';
      readonly jobId: string;
      readonly savepointId: string;
      readonly status: SavepointStatus;
    }
  /** A client knows how a checkpoint stands that it asked for. */
  | ({ readonly kind: 'taken-known' } & Omit<Bodies['checkpoint-status'], 'epoch'>)
  /** A client was told why its request was not done. */
  | { readonly kind: 'refusal-known'; readonly jobId: string; readonly reason: RefusalReason }
  /** A client knows the list of jobs. */
  | { readonly kind: 'job-list-known'; readonly jobs: number }
  /** A client knows the statistics of the checkpoints of a job. */
  | {
      readonly kind: 'job-checkpoints-known';
      readonly jobId: string;
      readonly completed: number;
      readonly failed: number;
    }
  /** A client knows the exceptions of a job. */
  | { readonly kind: 'overview-known'; readonly answer: 'job-details' | 'checkpoint-details' | 'cluster-overview' }
  | { readonly kind: 'job-exceptions-known'; readonly jobId: string; readonly exceptions: number }
  /** A client knows how its job ended. */
  | {
      readonly kind: 'job-result-known';
      readonly jobId: string;
      readonly status: ToldStatus;
      readonly reason: JobReason | null;
    };

/** Executions, as the JobMaster sees them. */
export type ExecutionNote =
  | (OfTask & { readonly kind: 'execution-state-changed'; readonly from: ExecutionState; readonly to: ExecutionState })
  /** A TaskManager reported an attempt that should not run there. */
  | (OfTask & { readonly kind: 'stranger-cancelled'; readonly taskManager: Address; readonly reason: IgnoreReason });

export type CheckpointNote =
  | (OfJobAttempt & { readonly kind: 'checkpoint-triggered'; readonly checkpointId: number })
  | (OfJobAttempt & { readonly kind: 'checkpoint-completed'; readonly checkpointId: number; readonly final: boolean })
  | (OfJobAttempt & {
      readonly kind: 'checkpoint-aborted';
      readonly checkpointId: number;
      readonly reason: CheckpointReason;
    })
  | (OfJob & { readonly kind: 'metadata-put-retried'; readonly checkpointId: number; readonly reason: AnswerReason })
  | (OfJob & { readonly kind: 'pointers-write-retried'; readonly reason: AnswerReason })
  /** The pointers are not what this leader wrote. `unreadable` null: they are taken as they are. */
  | (OfJob & { readonly kind: 'pointers-foreign'; readonly unreadable: StoredReason | null })
  /** Metadata of a retained checkpoint cannot be read: until it is, no file of the job is deleted. */
  | (OfJob & {
      readonly kind: 'collection-stopped';
      readonly checkpointId: number;
      readonly reason: StoredReason | AnswerReason;
    })
  | { readonly kind: 'file-deleted'; readonly epoch: number; readonly name: string };

/** TaskManagers and their slots, as the leader sees them. */
export type ResourceNote =
  | {
      readonly kind: 'task-manager-registered';
      readonly epoch: number;
      readonly taskManager: Address;
      readonly incarnation: number;
      readonly slots: number;
    }
  /** Its control connection broke: it is asked for a sign of life. */
  | {
      readonly kind: 'task-manager-suspected';
      readonly epoch: number;
      readonly taskManager: Address;
      readonly incarnation: number;
    }
  | {
      readonly kind: 'task-manager-lost';
      readonly epoch: number;
      readonly taskManager: Address;
      readonly incarnation: number;
      readonly reason: TaskManagerReason;
    }
  /** The next process there says that code of a job ended it. `ignored` null: it counts as a failure of the job's own. */
  | {
      readonly kind: 'task-manager-killed';
      readonly epoch: number;
      readonly taskManager: Address;
      readonly death: ProcessDeath;
      readonly ignored: IgnoreReason | null;
    }
  /** What is wanted of a TaskManager changed, and is durable. */
  | {
      readonly kind: 'drain-wanted';
      readonly epoch: number;
      readonly taskManager: Address;
      readonly isDrained: boolean;
    }
  | { readonly kind: 'drains-write-retried'; readonly epoch: number; readonly reason: AnswerReason }
  /** A client was told how the drain of a TaskManager stands. */
  | {
      readonly kind: 'drain-known';
      readonly taskManager: Address;
      readonly status: DrainStatus;
      readonly reason: DrainReason | null;
    }
  | (OfJob & {
      readonly kind: 'slot-lost';
      readonly taskManager: Address;
      readonly slotIndex: number;
      readonly allocationId: string;
      readonly reason: SlotReason;
    });

/** A TaskManager of itself. */
export type TaskManagerNote =
  | { readonly kind: 'registration-refused'; readonly epoch: number; readonly reason: RegistrationReason }
  | { readonly kind: 'control-connection-lost'; readonly peer: Address }
  | {
      readonly kind: 'slot-freed';
      readonly slotIndex: number;
      readonly jobId: string | null;
      readonly allocationId: string | null;
      readonly reason: SlotReason;
    };

/** A TaskManager of its tasks. */
export type TaskNote =
  | (OfTask & {
      readonly kind: 'task-state-changed';
      readonly state: ExecutionState;
      readonly reason: TaskReason | null;
    })
  | (OfTask & { readonly kind: 'task-request-failed'; readonly purpose: TaskPurpose; readonly reason: PortReason })
  | (OfTask & { readonly kind: 'snapshot-aborted'; readonly checkpointId: number })
  | (OfTask & { readonly kind: 'final-checkpoint-ignored'; readonly checkpointId: number })
  | (OfTask & {
      readonly kind: 'barrier-ignored';
      readonly checkpointId: number;
      readonly producer: Address;
      readonly reason: IgnoreReason;
    })
  | (OfTask & { readonly kind: 'consumers-lost'; readonly peer: Address });

/** An answer came too late. `purpose` null: nobody knows any more what it was for. */
export interface AnswerIgnored {
  readonly kind: 'answer-ignored';
  /** Kind of the answer. */
  readonly answer: string;
  readonly purpose: Purpose | null;
  readonly reason: IgnoreReason;
}

export type Note =
  | MessageIgnored<Reason>
  | AnswerIgnored
  | LeaderNote
  | RecoveryNote
  | JobNote
  | ExecutionNote
  | CheckpointNote
  | ResourceNote
  | TaskManagerNote
  | TaskNote;
