// What an outsider knows of a cluster from its messages and requests alone: who leads, what is deployed, how far a checkpoint is, and what
// happened so far. Plain data, kept up to date by `reduce.ts`, which never looks into a machine, and never believes a note.
import type { Address } from '../../core/base/machine.ts';
import type { AttemptId } from '../../core/protocol/messages.ts';
import type { PortRequest } from '../../core/protocol/ports.ts';
import type { ExecutionState } from '../../core/protocol/states.ts';
import type { TimeUs } from '../observation.ts';
import type { Fact } from './history.ts';
import type { ProcessFacts } from './processes.ts';

/** The owner of the leader key. */
export interface LeaderFacts {
  readonly epoch: number;
  readonly address: Address;
  /** When it was last heard by the HA service: elected, or renewed. */
  heardAt: TimeUs;
  /** The process that was elected is gone. */
  stopped: boolean;
}

/** Somebody who was elected, and did not show since then that it leads no more. */
export interface LeadingFacts {
  readonly epoch: number;
  /** It renewed its lease, or read what is stored: it knows that it leads. */
  acts: boolean;
}

/** An attempt of a subtask on its TaskManager, from its first report to its end. */
export interface HostedFacts {
  readonly taskManager: Address;
  readonly epoch: number;
  readonly attempt: AttemptId;
  state: ExecutionState;
}

/** A subtask of the newest attempt of a job. */
export interface TaskFacts {
  readonly taskManager: Address;
  readonly attempt: AttemptId;
  state: ExecutionState;
  /** It begins with a restore. */
  readonly restores: boolean;
  /** Channels that lead to it. */
  readonly channels: number;
  /** Its process died. */
  isGone: boolean;
}

/** The newest deployment of a job. */
export interface AttemptFacts {
  readonly epoch: number;
  /** The highest attempt of a region. */
  attempt: number;
  /** By `vertex/subtask`: each in its newest attempt. */
  readonly tasks: Map<string, TaskFacts>;
  /** Who a channel leads to: `vertex/subtask`, by `channelEnd`. */
  readonly consumers: Map<number, string>;
  /** Channels by `channelEnd`, then by producer: batches that were sent, and that the producer knows it may send. */
  readonly channels: Map<number, (ChannelFacts | null)[]>;
  /** A task reached the end of its input. */
  atEnd: boolean;
  /** Attempts of which a task failed, or is cancelled: others will follow. */
  readonly restarting: Set<number>;
}

export interface ChannelFacts {
  sent: number;
  credit: number;
}

/** A checkpoint between its trigger and the last notification. */
export interface CheckpointFacts {
  readonly checkpointId: number;
  readonly epoch: number;
  readonly triggeredAt: TimeUs;
  /** Who is to take part: the attempt by `vertex/subtask`. */
  readonly tasks: ReadonlyMap<string, number>;
  /** Barriers that arrived so far, by task that still waits for more of them. */
  readonly aligning: Map<string, number>;
  readonly acknowledged: Set<string>;
  /** A task declined it. */
  declined: boolean;
  completed: boolean;
  /** Tasks that do not know yet that it is complete. */
  readonly unaware: Set<string>;
}

export interface JobFacts {
  readonly jobId: string;
  attempt: AttemptFacts | null;
  /** The newest one, until all know of its end. */
  checkpoint: CheckpointFacts | null;
  /** Those before it that did not end yet, where several are pending at once. */
  readonly older: CheckpointFacts[];
  lastCompletedId: number;
  /** It is durable, and will run. */
  stored: boolean;
  /** Its result is durable. */
  ended: boolean;
  cleanedUp: boolean;
}

export interface RunFacts {
  leader: LeaderFacts | null;
  /** By address. */
  readonly leading: Map<Address, LeadingFacts>;
  /** Processes that died and did not start again. */
  readonly down: Set<Address>;
  /** By `epoch/job/vertex/subtask#attempt`. */
  readonly hosted: Map<string, HostedFacts>;
  /** Those that were deployed or have a result, by id. */
  readonly jobs: Map<string, JobFacts>;
  /** Attempts that were told to cancel and did not say that they ended, and where: `epoch/job/vertex/subtask#attempt`. */
  readonly cancelling: Map<string, Address>;
  /** Snapshots on their way to storage, and transactions on their way to be committed: by name, who sent them. */
  readonly uploading: Map<string, Address>;
  readonly committing: Map<string, Address>;
  /** Transactions that are committed. */
  readonly committed: Set<string>;
  /** Requests whose answer tells that they took effect, where nobody sees that itself: by node, then by id. */
  readonly asked: Map<Address, Map<number, PortRequest>>;
  /** In the order in which it could be seen. */
  readonly history: Fact[];
  /** Null: nobody asks. */
  readonly processes: ProcessFacts | null;
}

export function createFacts(processes: ProcessFacts | null = null): RunFacts {
  return {
    leader: null,
    leading: new Map(),
    down: new Set(),
    hosted: new Map(),
    jobs: new Map(),
    cancelling: new Map(),
    uploading: new Map(),
    committing: new Map(),
    committed: new Set(),
    asked: new Map(),
    history: [],
    processes,
  };
}

/** The facts of a job, from now on. */
export function jobOf({ jobs }: RunFacts, jobId: string): JobFacts {
  const known = jobs.get(jobId);
  if (known !== undefined) return known;
  const created: JobFacts = {
    jobId,
    attempt: null,
    checkpoint: null,
    older: [],
    lastCompletedId: 0,
    stored: false,
    ended: false,
    cleanedUp: false,
  };
  jobs.set(jobId, created);
  return created;
}

/** Names of files and transactions begin with their job. */
export function isOfJob(name: string, { jobId }: Pick<JobFacts, 'jobId'>): boolean {
  return name.startsWith(`${jobId}/`);
}

/** The task, if this is the newest attempt of its subtask under the newest leader: what is said of older ones no longer matters. */
export function currentTask({ attempt: current }: JobFacts, epoch: number, attempt: AttemptId): TaskFacts | undefined {
  if (current === null || current.epoch !== epoch) return undefined;
  const task = current.tasks.get(taskKey(attempt));
  return task?.attempt.attempt === attempt.attempt ? task : undefined;
}

const SUBTASKS_MAX = 65_536; // above any parallelism

/** Where channels of an edge lead to, as a number. */
export function channelEnd(edge: number, consumer: number): number {
  return edge * SUBTASKS_MAX + consumer;
}

export function taskKey({ vertex, subtask }: { readonly vertex: number; readonly subtask: number }): string {
  return `${vertex}/${subtask}`;
}
