// Everything a JobManager remembers, as plain data. What a standby needs is in `JobManagerState`; all that a leader knows hangs on
// `leader`, so that losing the leadership is one assignment. No behaviour lives here but factories and look-ups.
import type { Address } from '../base/machine.ts';
import { createRequests, type Deadline, type Requests } from '../base/requests.ts';
import { createCall, type Call } from '../base/retry.ts';
import { createTimers, type Timers } from '../base/timers.ts';
import type { CheckpointMetadata, SubtaskSnapshot } from '../checkpoint/metadata.ts';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';
import type { CompletedCheckpoint, JobRecord, ResultRecord, RetainedCheckpoint } from '../protocol/ha-records.ts';
import type { RootException, SubtaskStatistics } from '../protocol/job-history.ts';
import type { JobDetails, Times } from '../protocol/overview.ts';
import type { Purpose } from '../protocol/purposes.ts';
import type { CheckpointEnd, FailureReason, JobReason, RestoreStopped, StoredReason } from '../protocol/reasons.ts';
import type { JobCheckpointStatistics } from './checkpoints/statistics.ts';
import { createDrains, type Drains } from './drain-state.ts';
import { createElection, type Election } from './election-state.ts';
import type { Savepoint, SavepointRequest } from './savepoint-state.ts';
import type { FailureCounts } from './restart-strategy.ts';
import type { SlotWait } from './slot-wait-state.ts';
import type { CheckpointState, EndStatus, ExecutionState, JobStatus } from '../protocol/states.ts';

/** No id, no revision, no request: real ones begin at 1. */
export const NONE = 0;

/** Timers of the election. */
export type ElectionTimer = 'look' | 'renew' | 'lease-end';
/** Timers of a JobManager, leader or not. `requests`: the oldest request is unanswered for too long. */
export type ProcessTimer = ElectionTimer | 'requests';

/** What a timer of a job is for. */
export type JobTimer = 'slot-wait' | 'checkpoint' | 'checkpoint-timeout';
/** What a timer of a region is for. */
export type RegionTimer = 'deploy' | 'cancel';
/** Timers of a leader: kind and, behind it, address, allocation id, job id, or job id and index of a region. `wake`: only to reconcile. `isolation`: no TaskManager was heard for too long. */
export type LeaderTimer =
  | 'wake'
  | 'isolation'
  | `${'heartbeat' | 'task-manager-lost'} ${Address}`
  | `slot-request ${string}`
  | `${JobTimer} ${string}`
  | `${RegionTimer} ${string}/${number}`;

export interface JobManagerState {
  incarnation: number;
  /** Of the election and of unanswered requests; those of a leader go with it. */
  readonly timers: Timers<ProcessTimer>;
  readonly requests: Requests<PendingRequest>;
  readonly election: Election;
  leader: Leader | null;
}

export interface PendingRequest extends Deadline {
  readonly purpose: Purpose;
}

/** All that a leader knows. */
export interface Leader {
  readonly epoch: number;
  readonly timers: Timers<LeaderTimer>;
  readonly recovery: Recovery;
  /** The read of what TaskManagers say of this leader, while it hears none. */
  readonly isolation: Call;
  readonly taskManagers: Map<Address, TaskManagerEntry>;
  readonly submissions: Map<string, Submission>;
  /** Submissions taken so far: they are numbered. */
  submitted: number;
  /** Jobs that are not over, by id, in the order of their submission. */
  readonly jobs: Map<string, JobMaster>;
  /** Durable results of jobs that are over, in the order of their ends. */
  readonly results: Map<string, PastJob>;
  readonly cleanUps: Map<string, CleanUp>;
  readonly removals: Map<string, Removal>;
  /** By `<job>/<savepoint>`: those that are durable, or about to be. */
  readonly savepoints: Map<string, Savepoint>;
  /** Jobs of which a write of unknown outcome may still create or delete a key, whatever else became of them. */
  readonly unsettled: Set<string>;
  /** Above all attempts, and checkpoints, of jobs that were removed: a new job may have the id of one of them, and must not use its names. */
  readonly removed: { attempt: number; checkpointId: number };
  readonly drains: Drains;
  readonly collection: Collection;
  /** Allocations made so far: their ids are numbered. */
  allocations: number;
}

export interface Recovery {
  readonly call: Call;
  /** All that is stored was read once: until then the leader promises nothing to anybody. */
  done: boolean;
  /** Jobs with a record that cannot be read, with the reason; they are read again. */
  readonly unreadable: Map<string, StoredReason>;
  /** `<job>/<savepoint>` of records that cannot be read: the files of these jobs are kept. */
  readonly unreadableSavepoints: Set<string>;
}

/** A job that is being made durable. */
export interface Submission {
  readonly record: JobRecord;
  /** The savepoint that it starts from was looked at, and fits; or it starts from none. */
  fits: boolean;
  /** Who is to hear of it. */
  readonly clients: Address[];
  readonly call: Call;
}

/**
 * The leader's mirror of a slot; the TaskManager is the authority.
 * UNKNOWN: not ours, and not to be used before its TaskManager says that it is free.
 */
export type MirrorState = 'UNKNOWN' | 'FREE' | 'PENDING' | 'ALLOCATED';

export interface SlotMirror {
  readonly slotIndex: number;
  state: MirrorState;
  /** PENDING and ALLOCATED: of whom. UNKNOWN: what we last asked to be freed, or null. */
  allocationId: string | null;
  jobId: string | null;
}

export interface TaskManagerEntry {
  readonly address: Address;
  readonly incarnation: number;
  /** Control connections that broke in a row, each but the first one under a heartbeat; 0 from an answer on. */
  failedHeartbeats: number;
  /** A heartbeat was sent, of which nothing came back yet: no answer, no broken connection. */
  isAsked: boolean;
  readonly slots: readonly SlotMirror[];
}

/** A slot of a job on its way, or in use. Subtask i of every vertex runs in slot i of the job. */
export interface Allocation {
  readonly allocationId: string;
  readonly taskManager: Address;
  readonly slotIndex: number;
  /** It was offered, and we accepted. */
  accepted: boolean;
}

export interface Execution {
  readonly vertex: number;
  readonly subtask: number;
  /** The region of the subtask, as an index into `regions` of its job. */
  readonly region: number;
  readonly attempt: number;
  state: ExecutionState;
  /** Where it was deployed; '' before. */
  taskManager: Address;
  /** Its TaskManager spoke of it: from now on a report without it means that it is lost. */
  reported: boolean;
  /** For people. */
  times: Times<ExecutionState>;
}

export type RegionState = 'RUNNING' | 'RESTARTING';

/**
 * Subtasks that are connected by channels: they are deployed, fail and restart together (Flink: a pipelined region). RESTARTING lasts from a
 * failure to the next attempt, which waits until all executions of this one are terminal.
 */
export interface Region {
  state: RegionState;
  /** Of all its executions. It rises with each restart, and no two restarts of a job share one unless they begin in the same step. */
  attempt: number;
  /** Why this attempt must end, or null. The first reason counts. */
  failure: FailureReason | null;
  /** RESTARTING: not before, in ms on the node's clock. */
  restartAt: number;
}

/** What attempts start from that wait for their deployment. */
export interface RestorePoint {
  readonly call: Call;
  /** There is something to load, or it is known that there is nothing. */
  ready: boolean;
  /** Read back from storage; null: there is no checkpoint, start from nothing. */
  metadata: CheckpointMetadata | null;
  /** Writers that the checkpoint knows and the job does not, or not as they were, as they are taken over; null: that has not begun. */
  takeOver: readonly SinkWriter[] | null;
  /** Why the latest checkpoint could not be read the last time; null: it was not tried, or was read. */
  stopped: RestoreStopped | null;
}

export interface JobMaster {
  readonly jobId: string;
  /** As it is stored, under this revision. */
  record: JobRecord;
  recordRevision: number;
  /** The record that is being written instead, or null. */
  change: Change | null;
  /** That of the record, with the parallelism that it runs with. */
  graph: JobGraph;
  vertices: readonly JobVertex[];
  status: JobStatus;
  /** The highest attempt of a region. */
  attempt: number;
  /** In the order of their first executions. */
  regions: readonly Region[];
  /** By vertex, then by subtask: upstream first. */
  executions: Execution[];
  /** By slot of the job. */
  readonly allocations: (Allocation | null)[];
  readonly slotWait: SlotWait;
  /** Its latest checkpoint when it could leave TaskManagers that are drained: it leaves behind a later one. Null: there is none to leave, or nowhere to go. */
  leavesBehind: number | null;
  restore: RestorePoint;
  readonly store: CompletedStore;
  readonly coordinator: Coordinator;
  readonly failures: FailureCounts;
  /** The latest failures, oldest first. */
  exceptions: readonly RootException[];
  /** Why it can run no more, or null (Flink: the cause of FAILING). */
  fatal: JobReason | null;
  /** Its last savepoint is durable: it ends, and is FINISHED in the end (Flink: StopWithSavepoint). */
  stopping: boolean;
  /** What is left to be done as the last writer of the job's sinks; null: that has not begun. */
  sinkWriters: readonly SinkWriter[] | null;
  /** How it ended, once its result is being written: from then on nothing can change that. */
  outcome: Outcome | null;
  /** When, in ms of wall time; 0 before that. */
  endedAt: number;
  /** The write of the result. */
  readonly result: Call;
  /** For people. */
  times: Times<JobStatus>;
}

/** A job's record that is being made durable in place of the one before. */
export interface Change {
  readonly record: JobRecord;
  /** Who is to hear of it. */
  readonly clients: Address[];
  readonly call: Call;
}

/** A writer of a sink subtask, in the place of its task. */
export interface SinkWriter {
  readonly sink: string;
  /** `<job>/<operator>/<subtask>`. */
  readonly writer: string;
  opened: boolean;
  /** Transactions that are left to be committed, oldest first. */
  commits: readonly string[];
  readonly call: Call;
}

/** A job of the past, as its result has it. */
export interface PastJob extends Outcome, Pick<ResultRecord, 'submitted' | 'endedAt' | 'exceptions' | 'graph'> {
  /** Of the key of its result. */
  revision: number;
  /** Not removed before, unless a client asks for it, in ms on the node's clock. */
  keptUntil: number;
  /** The highest attempt and checkpoint under this leader; NONE: it ended under another. */
  readonly lastAttempt: number;
  readonly lastCheckpointId: number;
  /** For people; null: it ended under another leader, or too long ago. */
  archive: JobArchive | null;
}

/** What is shown of a job that is over. */
export interface JobArchive {
  readonly details: JobDetails;
  readonly checkpoints: JobCheckpointStatistics;
}

/** A job of the past that is being removed. */
export interface Removal {
  readonly jobId: string;
  /** Who is to hear of it. */
  readonly clients: Address[];
  readonly call: Call;
}

/** How a job ended. */
export interface Outcome {
  readonly status: EndStatus;
  readonly reason: JobReason | null;
  /** Of the savepoint with which it was stopped, or null. */
  readonly savepointId: string | null;
  /** The checkpoint that is kept, or null. */
  readonly retained: RetainedCheckpoint | null;
}

/** The retained completed checkpoints, as the HA store has them. */
export interface CompletedStore {
  /** Oldest first. */
  completed: readonly CompletedCheckpoint[];
  /** Of the key; NONE: it was never written. */
  revision: number;
  /** A write whose outcome is not known yet; `checkpointId` NONE: it creates the key. */
  write: { readonly completed: readonly CompletedCheckpoint[]; readonly checkpointId: number } | null;
  readonly call: Call;
  /** By id, of retained checkpoints whose metadata is known: the names of the files that it names. */
  readonly references: Map<number, readonly string[]>;
  /** Of metadata that is not known: one at a time. */
  readonly reading: Call;
}

export interface Coordinator {
  /** The durable counter: the highest id that may have been used, and the revision of its key. */
  lastCheckpointId: number;
  counterRevision: number;
  /** One write of it at a time, even if the checkpoint that it was for is gone. */
  readonly counter: Call;
  readonly pending: Map<number, PendingCheckpoint>;
  /** Savepoints and checkpoints that clients asked for, in that order; behind them that with which the job is to be stopped. */
  readonly savepoints: SavepointRequest[];
  /** Checkpoints that clients asked for and got: the last few, oldest first. */
  readonly taken: { readonly triggerId: string; readonly checkpointId: number }[];
  /** The savepoint with which the job is to be stopped failed: it is not taken again before, in ms on the node's clock. */
  stopRetryAt: number;
  /** When the timer of the next trigger is due, or NEVER: nothing may be triggered now. */
  triggerAt: number;
  /** The next periodic trigger is not before; 0: as soon as all tasks run; NEVER: an interval after all tasks run. In ms on the node's clock. */
  periodicAt: number;
  /** No trigger before: the last completion, or an id that was not stored, is too close. In ms on the node's clock. */
  pausedUntil: number;
  /** Checkpoints that failed for a reason that counts, since the last one that completed. */
  failuresInARow: number;
  /** The final checkpoint of this attempt, once it is complete. */
  finalCheckpointId: number;
  /** The last few that ended, so that late messages are ignored with the right reason. */
  readonly ended: { readonly checkpointId: number; readonly how: CheckpointEnd }[];
  /** For people. */
  readonly statistics: JobCheckpointStatistics;
}

export interface PendingCheckpoint {
  readonly checkpointId: number;
  state: CheckpointState;
  readonly triggeredAt: number;
  /** Wall time of the trigger in ms. */
  readonly timestamp: number;
  /** When it is given up, in ms on the node's clock; NEVER: it was not triggered yet, or its pointer is being written. */
  expiresAt: number;
  /** Who must acknowledge, fixed at the trigger: `vertex/subtask` to attempt. */
  readonly participants: ReadonlyMap<string, number>;
  readonly acknowledged: Map<string, SubtaskSnapshot>;
  /** Of each that acknowledged. */
  readonly statistics: Map<string, SubtaskStatistics>;
  /** Of its metadata, once it is FINALIZING. */
  readonly metadata: Call;
}

/** What is left to be done, and deleted, of a job that is over, in this order, before its result is marked clean. */
export type CleanUpStage = 'RETAINED' | 'POINTERS' | 'FILES' | 'COUNTER' | 'JOB' | 'RESULT';

export interface CleanUp {
  readonly jobId: string;
  stage: CleanUpStage;
  readonly call: Call;
}

/** The one deleter of files. */
export interface Collection {
  readonly list: Call;
  /** Names that wait for their deletion, and those whose deletion is in flight. */
  readonly waiting: Set<string>;
  readonly deleting: Set<string>;
}

export function createJobManagerState(): JobManagerState {
  return {
    incarnation: NONE,
    timers: createTimers(),
    requests: createRequests(),
    election: createElection(),
    leader: null,
  };
}

export function createLeader(epoch: number): Leader {
  return {
    epoch,
    timers: createTimers(),
    recovery: { call: createCall(), done: false, unreadable: new Map(), unreadableSavepoints: new Set() },
    isolation: createCall(),
    taskManagers: new Map(),
    submissions: new Map(),
    submitted: 0,
    jobs: new Map(),
    results: new Map(),
    cleanUps: new Map(),
    removals: new Map(),
    savepoints: new Map(),
    unsettled: new Set(),
    removed: { attempt: NONE, checkpointId: NONE },
    drains: createDrains(),
    collection: { list: createCall(), waiting: new Set(), deleting: new Set() },
    allocations: 0,
  };
}
