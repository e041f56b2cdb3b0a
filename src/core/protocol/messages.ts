// Every message of a cluster: one interface maps kind to body. Kinds are imperatives (`deploy-task`) or facts (`task-state-changed`).
// Every message between a JobManager and a TaskManager carries the leader's epoch and the TaskManager's incarnation, every task message the
// attempt: a stale one is ignored with a reason in the trace. Data-plane messages name both attempts in their channel.
import type { Address, Envelope } from '../base/machine.ts';
import type { Batch } from '../graph/batch.ts';
import type { JobGraph, JobVertex, VertexEdge } from '../graph/job-graph.ts';
import type { Value } from '../base/value.ts';
import type { AttemptId, ChannelId, ProcessDeath, Submitted } from './ids.ts';
import type {
  CheckpointCounts,
  CheckpointLine,
  CheckpointStatistics,
  RestoredStatistics,
  RootException,
} from './job-history.ts';
import type { JobCounts, JobDetails, TaskCounts, TaskManagerLine } from './overview.ts';
import type {
  DeclineReason,
  DrainReason,
  JobReason,
  RefusalReason,
  RegistrationReason,
  RejectReason,
  TaskReason,
} from './reasons.ts';
import type { DrainStatus, ExecutionState, JobStatus, SavepointStatus, SlotState, ToldStatus } from './states.ts';

export type { AttemptId, ChannelId } from './ids.ts';

/** A blob in checkpoint storage, with what is needed to refuse a torn or foreign one. */
export interface SnapshotHandle {
  readonly name: string;
  readonly sizeBytes: number;
  /** CRC-32 of the whole blob. */
  readonly checksum: number;
}

/** What travels in a channel. Batches spend credit, control elements do not. */
export type Element =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'watermark'; readonly timestamp: number }
  | { readonly kind: 'barrier'; readonly checkpointId: number; readonly timestamp: number }
  | { readonly kind: 'end' };

/** The other end of a channel. */
export interface Peer {
  readonly subtask: number;
  readonly attempt: number;
  readonly address: Address;
}

/** Everything a TaskManager needs to run one attempt. */
export interface TaskDescriptor {
  readonly attempt: AttemptId;
  readonly artifact: string;
  readonly vertex: JobVertex;
  readonly maxParallelism: number;
  readonly parameters: Value;
  /** One per input edge of the vertex, in its order, with the producers that feed this subtask, by subtask. */
  readonly inputs: readonly { readonly edge: VertexEdge; readonly producers: readonly Peer[] }[];
  /** One per output edge, with the consumers that this subtask feeds, by subtask. */
  readonly outputs: readonly { readonly edge: VertexEdge; readonly consumers: readonly Peer[] }[];
  /** Splits that this subtask, and nobody else, owns. */
  readonly splits: readonly number[];
  /** Snapshots to restore from (one while parallelism is unchanged); null: there is no checkpoint yet, start from nothing. */
  readonly restore: { readonly checkpointId: number; readonly handles: readonly SnapshotHandle[] } | null;
}

export interface SlotReport {
  readonly slotIndex: number;
  readonly state: SlotState;
  readonly jobId: string | null;
  readonly allocationId: string | null;
}

export interface TaskReport {
  readonly attempt: AttemptId;
  readonly state: ExecutionState;
}

/** Records that crossed a channel in this attempt before the cut; both ends must agree. */
export interface ChannelCount {
  readonly edge: number;
  /** Subtask at the other end. */
  readonly peer: number;
  readonly records: number;
}

export interface CheckpointMetrics {
  readonly recordsIn: readonly ChannelCount[];
  readonly recordsOut: readonly ChannelCount[];
  readonly alignmentMs: number;
  readonly durationMs: number;
}

export interface SplitProgress {
  readonly operator: string;
  readonly split: number;
  /** Records of the split before the cut. */
  readonly position: number;
}

/** Where a job stands in the list of all jobs: in the order of submission. */
export interface Place {
  readonly epoch: number;
  readonly number: number;
  /** Tells jobs apart whose records cannot be read: all of them stand first, in the order of their ids. */
  readonly jobId: string;
}

/** A job as a list shows it. */
export interface JobLine {
  readonly jobId: string;
  readonly submitted: Submitted;
  readonly status: JobStatus;
  readonly reason: JobReason | null;
  /** In ms of wall time; null: it is not over. */
  readonly endedAt: number | null;
  /** '': its record cannot be read. */
  readonly name: string;
  /** Wall time in ms of its latest change of status. */
  readonly changedAt: number;
  readonly tasks: TaskCounts;
}

/** A savepoint that a job starts from, and how (Flink: `SavepointRestoreSettings`). */
export interface RestoreSettings {
  /** The job that it was taken of. */
  readonly jobId: string;
  readonly savepointId: string;
  /** State that no operator of the job has a place for is left behind. Else such a savepoint is refused. */
  readonly allowNonRestoredState: boolean;
  /** CLAIM: it is the job's from now on, and is disposed behind its first checkpoint. NO_CLAIM: it stays as it is. */
  readonly claimMode: ClaimMode;
}

export type ClaimMode = 'CLAIM' | 'NO_CLAIM';

/** How many subtasks an operator is to have. */
export interface OperatorParallelism {
  readonly operator: string;
  readonly parallelism: number;
}

interface Led {
  readonly epoch: number;
}

/** Between a leader and one registered incarnation of a TaskManager. */
interface Registered extends Led {
  readonly incarnation: number;
}

export interface Bodies {
  // client <-> Dispatcher
  /**
   * Answered with `job-accepted` once the job is durable, with `job-rejected`, or with the status of a job that is over. `restore`: the savepoint that it
   * starts from; null: from nothing.
   */
  'submit-job': {
    readonly jobId: string;
    readonly graph: JobGraph;
    readonly artifact: string;
    readonly restore: RestoreSettings | null;
  };
  /** The job is durable: it runs, whoever leads. */
  'job-accepted': Led & { readonly jobId: string };
  /** The job is none, or its id is taken: nothing was changed. */
  'job-rejected': Led & { readonly jobId: string; readonly reason: RejectReason };
  /** Answered with the job's status once the wish is durable, or the job is over. */
  'cancel-job': { readonly jobId: string };
  /** As before, or with a refusal. The id is the client's, so that a repeated request is the same one. */
  'stop-job': { readonly jobId: string; readonly savepointId: string; readonly drain: boolean };
  /** Operators that are not named keep what they have. Answered with the job's status once the wish is durable, or with a refusal. */
  'rescale-job': { readonly jobId: string; readonly parallelism: readonly OperatorParallelism[] };
  /** Answered at once. */
  'request-job-status': { readonly jobId: string };
  /** What is durable: a job whose result is not written yet still runs. */
  'job-status': Led & {
    readonly jobId: string;
    readonly status: ToldStatus;
    readonly reason: JobReason | null;
    /** The savepoint with which it is to be stopped, or was. */
    readonly savepointId: string | null;
    /** What is kept of a job that is CANCELED or FAILED: a job starts from it, and a client disposes it, as of a savepoint of that id. */
    readonly retainedCheckpoint: string | null;
  };
  /** Answered with the status UNKNOWN once nothing of the job is left, or with a refusal. */
  'remove-job': { readonly jobId: string };
  /** Nothing was changed. */
  'request-refused': Led & { readonly jobId: string; readonly reason: RefusalReason };
  /** Answered with the savepoint once it is durable, or with a refusal. The id is the client's, so that a repeated request is the same one, unless the savepoint was disposed meanwhile: then it takes another. */
  'trigger-savepoint': { readonly jobId: string; readonly savepointId: string };
  /** Answered at once. */
  'request-savepoint-status': { readonly jobId: string; readonly savepointId: string };
  /** Answered with the status UNKNOWN once nobody can restore from it, or with a refusal. */
  'dispose-savepoint': { readonly jobId: string; readonly savepointId: string };
  /** `metadata` is that of a COMPLETED savepoint, else null. */
  'savepoint-status': Led & {
    readonly jobId: string;
    readonly savepointId: string;
    readonly status: SavepointStatus;
    readonly metadata: SnapshotHandle | null;
  };
  /**
   * A checkpoint is taken now. Answered with `checkpoint-status` once it is completed, or with a refusal. The id is the client's, so that a repeated request
   * is the same one under one leader.
   */
  'take-checkpoint': { readonly jobId: string; readonly triggerId: string };
  /** Answered at once. */
  'request-checkpoint-status': { readonly jobId: string; readonly triggerId: string };
  /** `checkpointId` is that of a COMPLETED one, else null. */
  'checkpoint-status': Led & {
    readonly jobId: string;
    readonly triggerId: string;
    readonly status: SavepointStatus;
    readonly checkpointId: number | null;
  };
  /** `after` null: from the first job on. */
  'request-jobs': { readonly after: Place | null };
  /** A page of all jobs behind `after`; `next` null: there are no more. */
  'job-list': Led & {
    readonly after: Place | null;
    readonly jobs: readonly JobLine[];
    readonly next: Place | null;
  };

  /** Answered with `job-checkpoints`, or with a refusal if no such job runs. */
  'request-job-checkpoints': { readonly jobId: string };
  /** Under this leader (Flink: `/jobs/:id/checkpoints`). `history`: those that are pending and the last ones that ended, newest first. */
  'job-checkpoints': Led & {
    readonly jobId: string;
    readonly counts: CheckpointCounts;
    readonly latestCompleted: CheckpointLine | null;
    readonly latestSavepoint: CheckpointLine | null;
    readonly latestFailed: CheckpointLine | null;
    readonly latestRestored: RestoredStatistics | null;
    readonly history: readonly CheckpointLine[];
  };
  /** `max`: so many are told at most; fewer, where fewer are kept. Answered with `job-exceptions`, or with a refusal if there is no such job. */
  'request-job-exceptions': { readonly jobId: string; readonly max: number };
  /** Of a job that runs or is over, newest first (Flink: `/jobs/:id/exceptions`). `truncated`: there are more. */
  'job-exceptions': Led & {
    readonly jobId: string;
    readonly max: number;
    readonly exceptions: readonly RootException[];
    readonly truncated: boolean;
  };
  /** Answered with `job-details`, or with a refusal if there is no such job. */
  'request-job-details': { readonly jobId: string };
  /** Of a job that is over: as it ended, if that was under this leader (Flink: `/jobs/:id`). */
  'job-details': Led & JobDetails;
  /** Answered with `checkpoint-details`, or with a refusal if nothing of the checkpoints of such a job is kept. */
  'request-checkpoint-details': { readonly jobId: string; readonly checkpointId: number };
  /** `checkpoint` null: it is none of those that are kept. */
  'checkpoint-details': Led & {
    readonly jobId: string;
    readonly checkpointId: number;
    readonly checkpoint: CheckpointStatistics | null;
  };

  // client <-> ResourceManager
  /** Answered at once. `only`: of one TaskManager; null: of all. */
  'request-cluster-overview': { readonly only: Address | null };
  /** `leader`: the address of who tells it (Flink: `/overview`, `/taskmanagers`). */
  'cluster-overview': Led & {
    readonly leader: Address;
    readonly jobs: JobCounts;
    readonly taskManagers: readonly TaskManagerLine[];
  };
  /** Answered with `drain-status` once the wish is durable, or at once if there is no such TaskManager. */
  'drain-task-manager': { readonly taskManager: Address };
  /** As before: the TaskManager is used again. */
  'undrain-task-manager': { readonly taskManager: Address };
  /** Answered at once. */
  'request-drain-status': { readonly taskManager: Address };
  /** `reason`: why it is not drained yet, or not known. */
  'drain-status': Led & {
    readonly taskManager: Address;
    readonly status: DrainStatus;
    readonly reason: DrainReason | null;
  };

  // TaskManager <-> ResourceManager
  /** Repeated until it is answered. `death`: code of a job ended the process before this one, and no leader is known to have heard of it. */
  'register-task-manager': Registered & { readonly slots: number; readonly death: ProcessDeath | null };
  /** From now on messages of this incarnation count. */
  'task-manager-registered': Registered;
  /** A later incarnation is known. The registration is repeated all the same. */
  'registration-refused': Registered & { readonly reason: RegistrationReason };
  /** Down: the slots that the leader believes allocated here, and final checkpoints whose completion is repeated. */
  heartbeat: Registered & {
    readonly allocations: readonly { readonly slotIndex: number; readonly allocationId: string }[];
    readonly finalCheckpoints: readonly { readonly jobId: string; readonly checkpointId: number }[];
  };
  /** Up: what the TaskManager holds and runs. The only sign of life that counts. */
  'heartbeat-answer': Registered & { readonly slots: readonly SlotReport[]; readonly tasks: readonly TaskReport[] };
  /** Its process ends in good order: nothing runs there any more, and nothing else follows from this incarnation (Flink: disconnectTaskManager). */
  'task-manager-stopped': Registered & { readonly why: string };
  /** A job is to have the slot, under a new allocation id. */
  'request-slot': Registered & { readonly slotIndex: number; readonly allocationId: string; readonly jobId: string };
  /** Whether the slot is the job's now. */
  'slot-answer': Registered & { readonly slotIndex: number; readonly allocationId: string; readonly granted: boolean };
  /** The job does not need the slot any more: what runs in it is ended. */
  'free-slot': Registered & { readonly slotIndex: number; readonly allocationId: string };
  /** Nothing runs in the slot any more. */
  'slot-freed': Registered & { readonly slotIndex: number; readonly allocationId: string };

  // host of a machine -> that machine, from its own address: it never travels
  /** Code of a job ended the process before this one. */
  'process-died': { readonly death: ProcessDeath };
  /** The process is to end, as somebody wants it: this is its last step. */
  'process-stops': { readonly why: string };
  /** Of the heap so much is in use, behind a collection of garbage. */
  'memory-short': { readonly usedBytes: number; readonly limitBytes: number };

  // TaskManager <-> JobMaster
  /** All slots that were granted to the job and are not in use yet. Repeated until it is answered. */
  'offer-slots': Registered & {
    readonly jobId: string;
    /** Rises with each offer; only the answer to the newest one counts. */
    readonly offer: number;
    readonly slots: readonly { readonly slotIndex: number; readonly allocationId: string }[];
  };
  /** Allocation ids that the job uses; the other slots of the offer are freed. */
  'slots-accepted': Registered & {
    readonly jobId: string;
    readonly offer: number;
    readonly accepted: readonly string[];
  };
  /** Repeated, it is answered with the state of the task. */
  'deploy-task': Registered & {
    readonly slotIndex: number;
    readonly allocationId: string;
    readonly task: TaskDescriptor;
  };
  /** Repeated until the end of the attempt is known. `finish`: what it did is in the savepoint with which its job is stopped, so that it is FINISHED. */
  'cancel-task': Registered & { readonly attempt: AttemptId; readonly finish: boolean };
  /** Not repeated: a heartbeat answer repairs a lost one. */
  'task-state-changed': Registered & {
    readonly attempt: AttemptId;
    readonly state: ExecutionState;
    readonly reason: TaskReason | null;
  };

  // CheckpointCoordinator <-> tasks
  /** To the sources: a snapshot, and a barrier behind it. `drain`: the input ends before the barrier. */
  'trigger-checkpoint': Registered & {
    readonly attempt: AttemptId;
    readonly checkpointId: number;
    readonly timestamp: number;
    readonly drain: boolean;
  };
  /** The snapshot is durable. */
  'acknowledge-checkpoint': Registered & {
    readonly attempt: AttemptId;
    readonly checkpointId: number;
    readonly handle: SnapshotHandle;
    readonly atEnd: boolean;
    readonly splits: readonly SplitProgress[];
    /** Transactions of its sink up to the cut that are not known to be committed, oldest first: prepared, and to be committed by whoever goes on. */
    readonly transactions: readonly string[];
    readonly metrics: CheckpointMetrics;
  };
  /** There will be no snapshot. */
  'decline-checkpoint': Registered & {
    readonly attempt: AttemptId;
    readonly checkpointId: number;
    readonly reason: DeclineReason;
  };
  /** The checkpoint is given up. `latestCompletedId` makes up for a lost notification. */
  'abort-checkpoint': Registered & {
    readonly attempt: AttemptId;
    readonly checkpointId: number;
    readonly latestCompletedId: number;
  };
  /** The checkpoint is durable: sinks commit what it covers. `final`: none follows, and the task ends. */
  'notify-checkpoint-complete': Registered & {
    readonly attempt: AttemptId;
    readonly checkpointId: number;
    readonly final: boolean;
  };

  // task <-> task, class data
  /** Consumer to producer: start to send, with this much credit. Repeated until the first element or status arrives. */
  'request-partition': { readonly channel: ChannelId; readonly credit: number };
  /** The producer is not there. The consumer asks again later. */
  'partition-unavailable': { readonly channel: ChannelId };
  /** Producer to consumer. `sequence` is the number of the first element, the others follow it; numbers start at 1. */
  'channel-elements': { readonly channel: ChannelId; readonly sequence: number; readonly elements: readonly Element[] };
  /** Producer to consumer, repeated while the last element was not confirmed: makes a lost last element, or lost credit, show. */
  'channel-status': { readonly channel: ChannelId; readonly lastSequence: number; readonly backlog: number };
  /** Consumer to producer. `credit`: batches that may be sent in total since the start of the channel. `received`: last number received. */
  'channel-credit': { readonly channel: ChannelId; readonly credit: number; readonly received: number };
}

export type Kind = keyof Bodies;
/** A message of this kind, or of one of these kinds. */
export type MessageOfKind<K extends Kind> = { [P in K]: Envelope<P, Bodies[P]> }[K];
export type Message = MessageOfKind<Kind>;
