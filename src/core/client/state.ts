// Everything a client remembers, as plain data.
import { createRequests, type Requests } from '../base/requests.ts';
import { createTimers, type Timers } from '../base/timers.ts';
import { createLeaderWatch, type LeaderWatch, type WatchPurpose } from '../leadership/leader-watch.ts';
import type { JobReason } from '../protocol/reasons.ts';
import type { ToldStatus } from '../protocol/states.ts';

/** `read-leader` looks at the leader key, in case a watch was lost. */
export type ClientPurpose = WatchPurpose | 'read-leader';

/** The leader is asked again. */
export type ClientTimer = 'ask';

export interface ClientState {
  incarnation: number;
  readonly timers: Timers<ClientTimer>;
  readonly requests: Requests<ClientPurpose>;
  readonly watch: LeaderWatch;
  /** ASKING until the request is accepted, which is durable; WAITING until the job is over; DONE with a result. */
  phase: 'ASKING' | 'WAITING' | 'DONE';
  /** The last thing that was asked of the leader has not been answered. */
  isUnanswered: boolean;
  /** How the job ended. A rejected job is FAILED; of a job that is UNKNOWN nothing was changed. */
  result: { readonly status: ToldStatus; readonly reason: JobReason | null } | null;
}

export function createClientState(): ClientState {
  return {
    incarnation: 0,
    timers: createTimers(),
    requests: createRequests(),
    watch: createLeaderWatch(),
    phase: 'ASKING',
    isUnanswered: false,
    result: null,
  };
}
