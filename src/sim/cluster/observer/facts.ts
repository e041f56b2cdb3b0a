// What an outsider knows of a cluster from its messages and requests alone: who leads, what is deployed, how far a checkpoint is.
// Plain data. The phases and the counters of a run are read from it; it never looks into a machine.
import type { Address } from '../../../core/base/machine.ts';
import type { ExecutionState } from '../../../core/protocol/states.ts';
import type { TimeUs } from '../../observation.ts';
import type { FaultLogEntry } from '../../guest.ts';

/** The owner of the leader key. */
export interface LeaderFacts {
  readonly epoch: number;
  readonly address: Address;
  /** When it was last heard by the HA service: elected, or renewed. */
  heardAt: TimeUs;
  /** The process that was elected is gone. */
  stopped: boolean;
}

/** A subtask of the newest attempt. */
export interface TaskFacts {
  readonly taskManager: Address;
  state: ExecutionState;
  /** It begins with a restore. */
  readonly restores: boolean;
  /** Channels that lead to it. */
  readonly channels: number;
}

/** The newest deployment of the job. */
export interface AttemptFacts {
  readonly epoch: number;
  readonly attempt: number;
  /** By `vertex/subtask`. */
  readonly tasks: Map<string, TaskFacts>;
  /** Who a channel leads to, `vertex/subtask` by `edge:consumer`. */
  readonly consumers: Map<string, string>;
  /** Channels by `edge:producer>consumer`: batches that were sent, and that the producer knows it may send. */
  readonly channels: Map<string, { sent: number; credit: number }>;
  /** A task reached the end of its input. */
  atEnd: boolean;
}

/** A checkpoint between its trigger and the last notification. */
export interface CheckpointFacts {
  readonly checkpointId: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly triggeredAt: TimeUs;
  /** Who is to take part, by `vertex/subtask`. */
  readonly tasks: ReadonlySet<string>;
  /** Barriers that arrived so far, by task that still waits for more of them. */
  readonly aligning: Map<string, number>;
  readonly acknowledged: Set<string>;
  /** Why a task declined it; null: nobody did. */
  declined: string | null;
  completed: boolean;
  /** Tasks that do not know yet that it is complete. */
  readonly unaware: Set<string>;
}

export interface Counters {
  completed: number;
  readonly aborted: Record<string, number>;
  deployments: number;
  leaders: number;
  readonly faults: Record<string, number>;
  readonly faultPhases: Record<string, Record<string, number>>;
  readonly faultLog: FaultLogEntry[];
}

export interface RunFacts {
  leader: LeaderFacts | null;
  attempt: AttemptFacts | null;
  checkpoint: CheckpointFacts | null;
  lastCompletedId: number;
  /** Attempts that were told to cancel and did not say that they ended, and where: `epoch/vertex/subtask#attempt`. */
  readonly cancelling: Map<string, Address>;
  /** Snapshots on their way to storage, and transactions on their way to be committed: by name, who sent them. */
  readonly uploading: Map<string, Address>;
  readonly committing: Map<string, Address>;
  /** The job's result is durable. */
  jobEnded: boolean;
  readonly counters: Counters;
}

export function createFacts(): RunFacts {
  return {
    leader: null,
    attempt: null,
    checkpoint: null,
    lastCompletedId: 0,
    cancelling: new Map(),
    uploading: new Map(),
    committing: new Map(),
    jobEnded: false,
    counters: { completed: 0, aborted: {}, deployments: 0, leaders: 0, faults: {}, faultPhases: {}, faultLog: [] },
  };
}

export function count(table: Record<string, number>, name: string): void {
  table[name] = (table[name] ?? 0) + 1;
}

export function taskKey({ vertex, subtask }: { readonly vertex: number; readonly subtask: number }): string {
  return `${vertex}/${subtask}`;
}
