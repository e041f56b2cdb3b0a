// What a JobManager remembers of the election, as plain data, whether it leads or not.
import type { Address } from '../base/machine.ts';

/** Nothing: epochs begin at 1. */
const NONE = 0;

export type ElectionRole = 'STANDBY' | 'CAMPAIGNING' | 'LEADING';

export interface Election {
  role: ElectionRole;
  /** What the last look at the lease showed (`seenRevision` -1: nothing was seen yet), and when that changed last. */
  seenEpoch: number;
  seenAddress: Address;
  seenResigned: boolean;
  seenRevision: number;
  seenRenewals: number;
  changedAt: number;
  /** The newest campaign whose outcome is not known: its epoch (or NONE) and when it was sent. */
  campaignEpoch: number;
  campaignSentAt: number;
  /** Counted from the sending of what last proved the leadership. */
  leaseEndsAt: number;
  /** Times that it resigned because no TaskManager could reach it, since one last did. */
  resignations: number;
  /** Until then others lead rather than this one, in ms on the node's clock. */
  yieldsUntil: number;
  /** Its last campaign followed a leader at its own address, or another one that resigned while it yielded itself: nobody else does better. */
  isAlone: boolean;
}

export function createElection(): Election {
  return {
    role: 'STANDBY',
    seenEpoch: NONE,
    seenAddress: '',
    seenResigned: false,
    seenRevision: -1,
    seenRenewals: 0,
    changedAt: 0,
    campaignEpoch: NONE,
    campaignSentAt: 0,
    leaseEndsAt: 0,
    resignations: 0,
    yieldsUntil: 0,
    isAlone: false,
  };
}
