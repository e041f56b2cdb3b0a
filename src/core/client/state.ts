// Everything a client remembers, as plain data.
import type { Address } from '../base/machine.ts';
import { createRequests, type Requests } from '../base/requests.ts';
import { createTimers, type Timers } from '../base/timers.ts';
import type { JobReason } from '../protocol/reasons.ts';
import type { JobStatus } from '../protocol/states.ts';

/** `watch` waits for a change of the leader key; `read` looks at it, in case a watch was lost. */
export type ClientPurpose = 'watch' | 'read';

/** `watch`: the leader key again; `ask`: the leader again. */
export type ClientTimer = 'watch' | 'ask';

export interface ClientState {
  incarnation: number;
  readonly timers: Timers<ClientTimer>;
  readonly requests: Requests<ClientPurpose>;
  /** As far as this client knows; epoch 0: nobody yet. */
  leader: { readonly epoch: number; readonly address: Address };
  /** Revision of the leader key that was seen last. */
  leaderRevision: number;
  /** SUBMITTING until accepted, WAITING until over, DONE with a result. */
  phase: 'SUBMITTING' | 'WAITING' | 'DONE';
  /** The last thing that was asked of the leader has not been answered. */
  isUnanswered: boolean;
  /** How the job ended; a rejected job is FAILED. */
  result: { readonly status: JobStatus; readonly reason: JobReason | null } | null;
}

export function createClientState(): ClientState {
  return {
    incarnation: 0,
    timers: createTimers(),
    requests: createRequests(),
    leader: { epoch: 0, address: '' },
    leaderRevision: 0,
    phase: 'SUBMITTING',
    isUnanswered: false,
    result: null,
  };
}
