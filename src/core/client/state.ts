// Everything a client remembers, as plain data.
import { createRequests, type Requests } from '../base/requests.ts';
import { createTimers, type Timers } from '../base/timers.ts';
import { createLeaderWatch, type LeaderWatch, type WatchPurpose } from '../leadership/leader-watch.ts';
import type { Bodies, JobLine, Place, SnapshotHandle } from '../protocol/messages.ts';
import type { JobReason, RefusalReason } from '../protocol/reasons.ts';
import type { SavepointStatus, ToldStatus, Transitions } from '../protocol/states.ts';

/** `read-leader` looks at the leader key, in case a watch was lost. */
export type ClientPurpose = WatchPurpose | 'read-leader';

/** The leader is asked again. */
export type ClientTimer = 'ask';

export type ClientPhase = 'ASKING' | 'WAITING' | 'DONE';

/** A client with its one request. */
export const clientTransitions: Transitions<ClientPhase> = {
  /** The request is sent until it is answered. */
  ASKING: ['WAITING', 'DONE'],
  /** The request is durable, and the end of its job, or of the drain, is waited for. */
  WAITING: ['DONE'],
  /** The client has its result. */
  DONE: [],
};

export interface ClientState {
  incarnation: number;
  readonly timers: Timers<ClientTimer>;
  readonly requests: Requests<ClientPurpose>;
  readonly watch: LeaderWatch;
  /** ASKING until the request is accepted, which is durable; WAITING until the job is over, or the TaskManager drained; DONE with a result. */
  phase: ClientPhase;
  /** The last thing that was asked of the leader has not been answered. */
  isUnanswered: boolean;
  /** The highest epoch of an answer: what an older leader says is of the past. */
  heardEpoch: number;
  /** Pages of the list of jobs so far, and the last job of them, or null. */
  readonly jobs: JobLine[];
  after: Place | null;
  /** The savepoint is durable behind which its job is to be cancelled. */
  isKept: boolean;
  result: ClientResult | null;
}

/** What became of the request. */
export type ClientResult =
  /** How the job ended, or stands. A rejected job is FAILED. UNKNOWN: there is no such job, or none any more. */
  | {
      readonly kind: 'job';
      readonly status: ToldStatus;
      readonly reason: JobReason | null;
      /** The savepoint with which it was stopped, or is to be; else null. */
      readonly savepointId: string | null;
      /** What is kept of it as it is CANCELED or FAILED; else null. */
      readonly retainedCheckpoint: string | null;
    }
  /** A savepoint as it stands; `metadata` of a COMPLETED one. */
  | { readonly kind: 'savepoint'; readonly status: SavepointStatus; readonly metadata: SnapshotHandle | null }
  /** A checkpoint that a client asked for, as it stands. */
  | ({ readonly kind: 'taken' } & Omit<Bodies['checkpoint-status'], 'epoch'>)
  /** All jobs, in the order of their submission. */
  | { readonly kind: 'jobs'; readonly jobs: readonly JobLine[] }
  /** The checkpoints of a job under its leader, as its leader told them. */
  | ({ readonly kind: 'checkpoints' } & Omit<Bodies['job-checkpoints'], 'epoch'>)
  /** Its latest failures, newest first; `truncated`: there are more. */
  | ({ readonly kind: 'exceptions' } & Omit<Bodies['job-exceptions'], 'epoch' | 'max'>)
  /** A job with its graph and its tasks. */
  | ({ readonly kind: 'details' } & Omit<Bodies['job-details'], 'epoch'>)
  /** One checkpoint with its subtasks; null: it is not kept. */
  | ({ readonly kind: 'checkpoint' } & Omit<Bodies['checkpoint-details'], 'epoch'>)
  /** The cluster as a whole, under the leader of `epoch`. */
  | ({ readonly kind: 'overview' } & Bodies['cluster-overview'])
  /** How the drain of a TaskManager stands, and why it is not drained. UNKNOWN: there is no such TaskManager. */
  | ({ readonly kind: 'drain' } & Omit<Bodies['drain-status'], 'epoch'>)
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

export function createClientState(): ClientState {
  return {
    incarnation: 0,
    timers: createTimers(),
    requests: createRequests(),
    watch: createLeaderWatch(),
    phase: 'ASKING',
    isUnanswered: false,
    heardEpoch: 0,
    jobs: [],
    after: null,
    isKept: false,
    result: null,
  };
}
