// Why: the reasons in messages, states, answers, records and notes, as a closed union over kinds with their values. Only what user code threw, and
// what the operating system, a decoder or a validation says of bytes and jobs that came in, is text. Nobody compares such texts, or takes them
// apart. The one text form of all of them is `describe-reason.ts`.
import type { ProcessEnd } from '../base/process-ended.ts';
import type { Address } from '../base/machine.ts';
import type { AttemptId, ChannelId } from './ids.ts';
import type { AnswerReason, ArtifactReason, ContentRefused, PortReason } from './port-reasons.ts';
import type { Purpose, TaskPurpose } from './purposes.ts';
import type { DrainIgnored, DrainReason, TaskManagerDrained, TaskManagerReason } from './task-manager-reasons.ts';
import type { RestartRefusal } from './restart-refusal.ts';
import type { UserCodeFailed } from './user-code-reason.ts';
import type { CheckpointState, ExecutionState, JobStatus, SlotState, ToldStatus } from './states.ts';

export type { AnswerReason, ArtifactReason, PortReason } from './port-reasons.ts';
export type { RestartRefusal } from './restart-refusal.ts';
export type { DrainReason, TaskManagerDrained, TaskManagerReason } from './task-manager-reasons.ts';

/** A subtask over all its attempts. */
export interface SubtaskId {
  readonly vertex: number;
  readonly subtask: number;
}

// ---- What is stored

/** Why something that was stored cannot be used. */
export type StoredReason =
  /** `text`: what the decoder says of the bytes. */
  | { readonly kind: 'unreadable'; readonly text: string }
  | { readonly kind: 'file-missing'; readonly name: string }
  | { readonly kind: 'job-record-missing' }
  | { readonly kind: 'of-other-job-record'; readonly jobId: string }
  /** `text`: what the validation says of the job graph. */
  | { readonly kind: 'graph-invalid'; readonly text: string }
  | { readonly kind: 'of-other-job'; readonly jobId: string }
  | { readonly kind: 'of-other-checkpoint'; readonly checkpointId: number }
  | {
      readonly kind: 'snapshot-of-other-checkpoint';
      readonly name: string;
      readonly found: number;
      readonly expected: number;
    }
  | { readonly kind: 'of-other-max-parallelism'; readonly found: number; readonly expected: number }
  | {
      readonly kind: 'of-other-subtasks';
      readonly found: readonly SubtaskId[];
      readonly expected: readonly SubtaskId[];
    }
  /** State of these operators has no place in the job. */
  | { readonly kind: 'state-without-operator'; readonly operators: readonly string[] }
  | {
      readonly kind: 'state-of-other-kind';
      readonly operator: string;
      readonly found: string;
      readonly expected: string;
    }
  /** Splits that the checkpoint does not know, behind the end of the source. */
  | { readonly kind: 'splits-behind-end'; readonly operator: string };

/** What a decoder said of bytes. */
export function unreadableBytes(text: string): StoredReason {
  return { kind: 'unreadable', text };
}

// ---- Slots and TaskManagers

/** Why a job lost a slot, or a TaskManager freed one. */
export type SlotReason =
  | { readonly kind: 'slot-not-offered' }
  | { readonly kind: 'slot-refused' }
  | { readonly kind: 'slot-freed-there'; readonly taskManager: Address }
  /** What a heartbeat answer says of the slot. */
  | {
      readonly kind: 'slot-reported';
      readonly taskManager: Address;
      readonly state: SlotState;
      readonly allocationId: string | null;
    }
  | { readonly kind: 'slots-yielded'; readonly to: string }
  | { readonly kind: 'job-over' }
  /** The job runs with fewer subtasks now. */
  | { readonly kind: 'slot-unneeded' }
  | TaskManagerDrained
  | TaskManagerLost
  | { readonly kind: 'offer-refused' }
  | { readonly kind: 'slot-unused' }
  | { readonly kind: 'freed-by-leader' }
  | { readonly kind: 'slot-unlisted' };

/** `reason` null: it is told beside this. */
export interface TaskManagerLost {
  readonly kind: 'task-manager-lost';
  readonly taskManager: Address;
  readonly reason: TaskManagerReason | null;
}

// ---- Tasks

/** Why an attempt ended on its TaskManager. */
export type TaskReason =
  | UserCodeFailed
  | { readonly kind: 'no-such-slot'; readonly slotIndex: number }
  | { readonly kind: 'slot-of-other-allocation'; readonly slotIndex: number; readonly allocationId: string }
  | { readonly kind: 'slot-of-other-job'; readonly slotIndex: number; readonly jobId: string | null }
  | { readonly kind: 'slot-releasing'; readonly slotIndex: number }
  /** `text`: what the check of the task descriptor says. */
  | { readonly kind: 'descriptor-invalid'; readonly text: string }
  | { readonly kind: 'newer-attempt-deployed'; readonly attempt: AttemptId }
  | { readonly kind: 'leader-changed'; readonly epoch: number; readonly leader: Address }
  | { readonly kind: 'leader-silent'; readonly timeoutMs: number }
  | { readonly kind: 'artifact-refused'; readonly artifact: string; readonly reason: ArtifactReason }
  | { readonly kind: 'restore-failed'; readonly reason: StoredReason }
  | { readonly kind: 'split-out-of-place'; readonly split: number; readonly asked: number; readonly answered: number }
  | {
      readonly kind: 'sink-refused';
      readonly sink: string;
      readonly refusal: 'fenced' | 'unknown-transaction' | 'other-cluster';
    }
  | ContentRefused
  /** `answer` is its kind. */
  | {
      readonly kind: 'answer-unexpected';
      readonly purpose: Exclude<TaskPurpose['kind'], 'reread-snapshot' | 'call-function'>;
      readonly answer: string;
    }
  | { readonly kind: 'over-credit'; readonly channel: ChannelId }
  /** Elements `first` to `last` of the channel never came. */
  | { readonly kind: 'channel-gap'; readonly channel: ChannelId; readonly first: number; readonly last: number }
  | { readonly kind: 'connection-lost'; readonly peer: Address }
  /** The heap of the TaskManager was nearly full, and no other task there had so much state; `bytes` of it are estimated. */
  | {
      readonly kind: 'state-too-large';
      readonly operator: string;
      readonly bytes: number;
      readonly usedBytes: number;
      readonly limitBytes: number;
    };

/** Why the JobMaster counts an execution as failed. */
export type ExecutionReason =
  | TaskReason
  | TaskManagerLost
  /** Code of the job ended the TaskManager. Fields as in `ProcessDeath`. */
  | {
      readonly kind: 'task-manager-killed';
      readonly taskManager: Address;
      readonly operator: string | null;
      readonly record: number | null;
      readonly how: ProcessEnd;
    }
  /** Its TaskManager named this state and no reason. */
  | { readonly kind: 'task-ended'; readonly state: ExecutionState }
  | { readonly kind: 'reported-by-heartbeat' }
  | { readonly kind: 'finished-early' }
  | { readonly kind: 'task-missing'; readonly taskManager: Address }
  | { readonly kind: 'slot-lost'; readonly reason: SlotReason }
  | { readonly kind: 'deployment-unreported' };

// ---- Checkpoints

/** Why a task declined a checkpoint. */
export type DeclineReason =
  /** By a later one. */
  | { readonly kind: 'subsumed'; readonly by: number }
  | { readonly kind: 'too-many-snapshots'; readonly max: number }
  | { readonly kind: 'snapshot-not-stored'; readonly reason: PortReason }
  | { readonly kind: 'task-has-inputs' }
  | { readonly kind: 'task-not-running'; readonly state: ExecutionState }
  | { readonly kind: 'no-such-attempt' };

/** Why a checkpoint was given up. */
export type CheckpointReason =
  | { readonly kind: 'job-restarts' }
  | { readonly kind: 'job-ends' }
  /** By a later one, which completed first. */
  | { readonly kind: 'subsumed'; readonly by: number }
  | { readonly kind: 'id-not-stored'; readonly reason: AnswerReason }
  | { readonly kind: 'declined'; readonly attempt: AttemptId; readonly reason: DeclineReason }
  /** `missing`: who did not acknowledge. Nobody: its metadata was not stored in time. */
  | { readonly kind: 'expired'; readonly missing: readonly SubtaskId[] };

/** How a checkpoint ended. */
export type CheckpointEnd = CheckpointReason | { readonly kind: 'completed'; readonly final: boolean };

// ---- Jobs and leaders

/** Why something of a job must end, and restarts if it may. */
export type FailureReason =
  /** A client wants another parallelism: that is no failure, and counts as none. */
  | { readonly kind: 'job-rescaled' }
  /** As before: it goes on elsewhere. */
  | TaskManagerDrained
  | { readonly kind: 'execution-failed'; readonly attempt: AttemptId; readonly reason: ExecutionReason }
  | { readonly kind: 'checkpoints-failed'; readonly times: number; readonly last: CheckpointReason };

/** Why a job restarts, or how it failed. */
export type JobReason =
  | FailureReason
  | { readonly kind: 'recovery-suppressed'; readonly refusal: RestartRefusal; readonly cause: FailureReason }
  | SlotsMissing
  | RestoreStopped
  | { readonly kind: 'rejected'; readonly reason: RejectReason }
  /** Its records cannot be read, so nobody runs it. */
  | StoredReason;

/** A job needs so many slots, and holds some of them; of all slots of the cluster so many are free. */
export interface SlotsMissing {
  readonly kind: 'slots-missing';
  readonly needed: number;
  readonly held: number;
  readonly free: number;
  readonly total: number;
}

/** What it goes on from cannot be read, and is read again until it can be. */
export interface RestoreStopped {
  readonly kind: 'restore-stopped';
  readonly checkpointId: number;
  readonly reason: StoredReason | AnswerReason;
}

export type RejectReason =
  | { readonly kind: 'job-id-taken' }
  | { readonly kind: 'job-id-malformed' }
  | { readonly kind: 'graph-invalid'; readonly text: string }
  /** The job that writes to it is not over. */
  | { readonly kind: 'sink-taken'; readonly sink: string; readonly by: string }
  | { readonly kind: 'no-such-savepoint'; readonly of: string; readonly savepointId: string }
  | { readonly kind: 'savepoint-misfit'; readonly savepointId: string; readonly reason: StoredReason };

/** Why what a client asked for was not done. Nothing was changed. */
export type RefusalReason =
  | { readonly kind: 'job-id-malformed' }
  /** Only a job of the past can be removed. */
  | { readonly kind: 'job-not-over'; readonly status: JobStatus }
  /** A write of the job, of unknown outcome, may still land: removed now, something of it could come back. */
  | { readonly kind: 'job-unsettled' }
  | { readonly kind: 'savepoint-id-malformed' }
  /** Only of a job whose tasks all run a checkpoint or savepoint can be taken. */
  | { readonly kind: 'tasks-not-running'; readonly status: ToldStatus }
  | { readonly kind: 'savepoint-failed'; readonly reason: CheckpointReason }
  | { readonly kind: 'checkpoint-failed'; readonly reason: CheckpointReason }
  | { readonly kind: 'savepoint-in-progress' }
  /** `text`: what is wrong with the parallelism that a client wants. */
  | { readonly kind: 'parallelism-invalid'; readonly text: string }
  /** The job starts from it, and has no checkpoint of its own yet. */
  | { readonly kind: 'savepoint-in-use'; readonly by: string }
  /** A savepoint of that id is there, on its way, or not gone yet. */
  | { readonly kind: 'savepoint-id-taken' }
  /** It is to be stopped already, in this way. */
  | { readonly kind: 'stop-wanted'; readonly savepointId: string; readonly drain: boolean }
  /** Only a job that is not over can be stopped. */
  | { readonly kind: 'job-not-stoppable'; readonly status: ToldStatus }
  /** Statistics of checkpoints are kept while a job runs, its exceptions as long as its result. */
  | { readonly kind: 'history-not-kept'; readonly status: ToldStatus };

export interface RegistrationReason {
  readonly kind: 'newer-incarnation';
  readonly taskManager: Address;
  readonly incarnation: number;
}

/** Why a leader stopped leading. */
export type LeadershipReason =
  | { readonly kind: 'lease-ran-out' }
  | { readonly kind: 'write-fenced'; readonly purpose: Purpose; readonly epoch: number }
  | { readonly kind: 'leader-key-changed' }
  /** No TaskManager answers, and these say that they cannot reach it. */
  | { readonly kind: 'isolated'; readonly taskManagers: readonly Address[] }
  /** Somebody ends its process in good order; why, as a clause. */
  | { readonly kind: 'process-stops'; readonly why: string }
  | { readonly kind: 'renewal-refused'; readonly reason: AnswerReason }
  | { readonly kind: 'peer-follows'; readonly peer: Address; readonly epoch: number };

// ---- What was ignored

/** Why a message or an answer was not acted upon: late, doubled, from the dead, or from the past. Never sent, never kept. */
export type IgnoreReason =
  | { readonly kind: 'not-addressed'; readonly role: 'job-manager' | 'task-manager' | 'client' }
  // to a JobManager
  | { readonly kind: 'not-leading' }
  | { readonly kind: 'not-recovered' }
  | { readonly kind: 'other-epoch'; readonly epoch: number; readonly current: number }
  | { readonly kind: 'sender-unregistered' }
  | { readonly kind: 'stale-incarnation'; readonly incarnation: number; readonly registered: number }
  | { readonly kind: 'job-unreadable'; readonly jobId: string }
  | { readonly kind: 'job-not-running'; readonly jobId: string }
  | { readonly kind: 'job-not-stored'; readonly jobId: string }
  | { readonly kind: 'job-not-cleaned-up'; readonly jobId: string }
  /** Its record is being written. */
  | { readonly kind: 'savepoint-not-stored'; readonly savepointId: string }
  /** What is wanted of it is being written. */
  | { readonly kind: 'job-being-changed'; readonly jobId: string }
  | { readonly kind: 'savepoint-unreadable'; readonly savepointId: string }
  | { readonly kind: 'savepoint-disposed'; readonly savepointId: string }
  | { readonly kind: 'savepoints-full'; readonly max: number }
  | { readonly kind: 'removals-full'; readonly max: number }
  | { readonly kind: 'clients-full'; readonly max: number }
  | { readonly kind: 'submissions-full'; readonly max: number }
  /** No attempt of the job is to be blamed for it any more. */
  | { readonly kind: 'attempt-counted'; readonly attempt: AttemptId }
  | { readonly kind: 'slots-out-of-range'; readonly slots: number }
  | { readonly kind: 'slot-unknown'; readonly slotIndex: number }
  | {
      readonly kind: 'slot-settled';
      readonly slotIndex: number;
      readonly state: string;
      readonly allocationId: string | null;
    }
  | { readonly kind: 'slot-not-held'; readonly slotIndex: number; readonly allocationId: string }
  | { readonly kind: 'subtask-unknown'; readonly vertex: number; readonly subtask: number }
  /** `current` null: there is none. */
  | { readonly kind: 'stale-attempt'; readonly attempt: AttemptId; readonly current: number | null }
  /** Where the attempt runs, if anywhere, is not where this came from. */
  | { readonly kind: 'runs-elsewhere'; readonly attempt: AttemptId; readonly taskManager: Address | null }
  | { readonly kind: 'sender-foreign'; readonly taskManager: Address | null }
  | { readonly kind: 'execution-over'; readonly attempt: AttemptId; readonly state: ExecutionState }
  | { readonly kind: 'over-here'; readonly state: ExecutionState }
  | { readonly kind: 'checkpoint-unknown'; readonly checkpointId: number }
  | { readonly kind: 'checkpoint-over'; readonly checkpointId: number; readonly how: CheckpointEnd }
  | { readonly kind: 'checkpoint-settled'; readonly checkpointId: number; readonly state: CheckpointState }
  | {
      readonly kind: 'no-participant';
      readonly vertex: number;
      readonly subtask: number;
      readonly checkpointId: number;
    }
  | {
      readonly kind: 'stale-participant';
      readonly attempt: AttemptId;
      readonly checkpointId: number;
      readonly expected: number;
    }
  | {
      readonly kind: 'acknowledged-before';
      readonly vertex: number;
      readonly subtask: number;
      readonly checkpointId: number;
    }
  | { readonly kind: 'file-foreign'; readonly name: string; readonly checkpointId: number }
  // to a client
  | { readonly kind: 'about-other-job'; readonly jobId: string }
  | { readonly kind: 'about-other-savepoint'; readonly savepointId: string }
  | { readonly kind: 'result-known' }
  | { readonly kind: 'page-known' }
  // to a TaskManager
  | { readonly kind: 'leader-unknown' }
  | { readonly kind: 'stale-epoch'; readonly epoch: number; readonly current: number }
  | { readonly kind: 'future-epoch'; readonly epoch: number; readonly current: number }
  | { readonly kind: 'other-incarnation'; readonly incarnation: number; readonly own: number }
  | { readonly kind: 'unregistered' }
  | { readonly kind: 'registered-already' }
  /** Only the host of the machine says this. */
  | { readonly kind: 'not-from-host' }
  /** The heap is nearly full, but not of the state of a task. */
  | { readonly kind: 'state-small'; readonly bytes: number }
  /** `state` null: there is no such slot. */
  | { readonly kind: 'slot-not-free'; readonly slotIndex: number; readonly state: SlotState | null }
  | { readonly kind: 'nothing-offered'; readonly jobId: string }
  | { readonly kind: 'older-offer'; readonly offer: number; readonly newest: number }
  | { readonly kind: 'newer-attempt-known'; readonly attempt: AttemptId }
  | { readonly kind: 'consumer-absent' }
  | { readonly kind: 'producer-absent' }
  | { readonly kind: 'no-such-attempt' }
  // to a task
  | { readonly kind: 'task-not-running'; readonly state: ExecutionState }
  | { readonly kind: 'asked-again-later' }
  | { readonly kind: 'no-such-channel'; readonly channel: ChannelId }
  | { readonly kind: 'element-doubled'; readonly sequence: number }
  | { readonly kind: 'checkpoint-aborted'; readonly checkpointId: number }
  | { readonly kind: 'checkpoint-older'; readonly checkpointId: number; readonly newest: number }
  | { readonly kind: 'checkpoint-passed'; readonly checkpointId: number }
  // answers
  | { readonly kind: 'request-closed'; readonly request: number }
  | { readonly kind: 'epoch-over'; readonly epoch: number }
  | { readonly kind: 'job-over' }
  | { readonly kind: 'task-over' }
  | DrainIgnored;

/** Reasons that are sent or kept: decoders know their shapes (`reason-shapes.ts`). */
export type KeptReason =
  | PortReason
  | ArtifactReason
  | AnswerReason
  | StoredReason
  | SlotReason
  | TaskManagerReason
  | ExecutionReason
  | DeclineReason
  | CheckpointReason
  | JobReason
  | RestartRefusal
  | RejectReason
  | RefusalReason
  | RegistrationReason
  | DrainReason;

export type Reason = KeptReason | LeadershipReason | CheckpointEnd | IgnoreReason;
