// The parts of answers that the page shows (Flink's names).

export interface Overview {
  readonly taskmanagers: number;
  readonly 'slots-total': number;
  readonly 'slots-available': number;
  readonly 'flink-version': string;
}

/** Tasks by state, and `total`. */
export type TaskCounts = Readonly<Record<string, number>>;

export interface JobLine {
  readonly jid: string;
  readonly name: string;
  readonly state: string;
  readonly 'start-time': number;
  /** -1: it is not over. */
  readonly 'end-time': number;
  readonly duration: number;
  readonly tasks: TaskCounts;
  /** That it lacks; null: none. */
  readonly 'waits-for-slots'?: number | null;
}

/** Of the last seconds, from 0 to 1. */
export interface Share {
  readonly avg: number;
  readonly max: number;
}

/** How a vertex does now (Millrace's own). */
export interface Load {
  /** Of which something is known. */
  readonly subtasks: number;
  readonly 'records-in-per-second': number;
  readonly 'records-out-per-second': number;
  /** Null: not known. */
  readonly 'bytes-in-per-second': number | null;
  readonly 'bytes-out-per-second': number | null;
  readonly busy: Share;
  readonly idle: Share;
  readonly backpressured: Share;
  readonly watermark: number | null;
  readonly 'late-records': readonly { readonly operator: string; readonly records: number }[];
  readonly 'input-queue': number;
  readonly 'output-queue': number;
}

export interface Vertex {
  readonly id: string;
  /** Ids of its operators, joined by ` -> `. */
  readonly name: string;
  readonly parallelism: number;
  readonly status: string;
  readonly tasks: TaskCounts;
  /** Null, or not there: nothing is known. */
  readonly load?: Load | null;
}

export interface Job extends Omit<JobLine, 'tasks' | 'waits-for-slots'> {
  readonly maxParallelism: number;
  readonly vertices: readonly Vertex[];
  readonly plan: { readonly nodes: readonly PlanNode[] };
  /** Why it waits, fails or failed. */
  readonly reason?: string | null;
}

export interface PlanNode {
  readonly id: string;
  readonly inputs?: readonly { readonly id: string; readonly ship_strategy: string }[];
}

export interface Checkpoint {
  readonly id: number;
  readonly status: string;
  readonly is_savepoint: boolean;
  readonly trigger_timestamp: number;
  readonly end_to_end_duration: number;
  readonly state_size: number;
  readonly num_subtasks: number;
  readonly num_acknowledged_subtasks: number;
  /** Of a savepoint, where it is known. */
  readonly 'savepoint-location'?: string;
  readonly failure_message?: string | null;
}

export interface Checkpoints {
  readonly counts: Readonly<Record<'restored' | 'total' | 'in_progress' | 'completed' | 'failed', number>>;
  readonly history: readonly Checkpoint[];
}

/** Of one vertex in one checkpoint. */
export interface CheckpointTask {
  readonly subtasks: readonly {
    readonly index: number;
    readonly status: string;
    readonly ack_timestamp?: number;
    readonly end_to_end_duration?: number;
    readonly state_size?: number;
    readonly checkpoint?: { readonly async: number };
    readonly alignment?: { readonly duration: number };
  }[];
}

/** How a savepoint, or a stop, stands. */
export interface Operation {
  readonly status: { readonly id: 'IN_PROGRESS' | 'COMPLETED' };
  readonly operation: {
    readonly location?: string;
    readonly 'failure-cause'?: { readonly 'stack-trace': string };
  } | null;
}

export interface Failure {
  readonly exceptionName: string;
  readonly stacktrace: string;
  readonly timestamp: number;
  readonly taskName?: string | null;
  readonly endpoint?: string | null;
  readonly taskManagerName?: string;
  readonly concurrentExceptions?: readonly Failure[];
}

export interface Failures {
  readonly exceptionHistory: { readonly entries: readonly Failure[]; readonly truncated: boolean };
}

export interface TaskManager {
  readonly id: string;
  /** Null, or not there: this JobManager does not know it. */
  readonly name?: string | null;
  readonly slotsNumber: number;
  readonly freeSlots: number;
  readonly timeSinceLastHeartbeat: number;
  readonly assignedTasks?: number;
  readonly drain?: string | null;
  /** Null, or not there: it does not answer. */
  readonly process?: {
    readonly 'resident-bytes': number;
    readonly 'cpu-cores': number;
    readonly 'loop-delay-ms': number;
    readonly 'loop-delay-max-ms': number;
  } | null;
}

/** A line of a log. */
export interface LogLine {
  readonly time: string;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly kind: string;
  readonly message: string;
  /** Lines like this one that were left out before it. */
  readonly more?: number;
}
