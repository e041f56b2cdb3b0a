// What Raft nodes and their clients say to each other, and what a node writes down.
import type { LogAnswer, LogRequest } from 'millrace/sim';

/** What a client asks of the map that the cluster keeps. */
export type Operation =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put'; readonly key: string; readonly value: number };

export interface Entry {
  readonly term: number;
  /** Who asked, and the number of the call: an entry that comes twice is applied once. */
  readonly client: string;
  readonly call: number;
  readonly operation: Operation;
}

/** All that a node must not forget. */
export interface Durable {
  readonly term: number;
  /** Whom it voted for in this term; empty: nobody. */
  readonly votedFor: string;
  readonly log: readonly Entry[];
}

/** Indexes of the log count from 1, as in the paper; 0 is before the first entry. */
export interface RaftBodies {
  readonly 'request-vote': { readonly term: number; readonly lastIndex: number; readonly lastTerm: number };
  readonly vote: { readonly term: number; readonly granted: boolean };
  readonly append: {
    readonly term: number;
    readonly prevIndex: number;
    readonly prevTerm: number;
    readonly entries: readonly Entry[];
    readonly commit: number;
  };
  /** `match`: the follower's log is the leader's up to here; if not `ok`, where its own log ends. */
  readonly appended: { readonly term: number; readonly ok: boolean; readonly match: number };
  readonly command: { readonly call: number; readonly operation: Operation };
  readonly applied: { readonly call: number; readonly result: number };
  /** `leader`: who leads, as far as the node knows; empty: nobody. */
  readonly 'not-leader': { readonly call: number; readonly leader: string };
}

export type RaftNote =
  | { readonly kind: 'leader-elected'; readonly term: number }
  | { readonly kind: 'called'; readonly call: string; readonly operation: Operation }
  | { readonly kind: 'returned'; readonly call: string; readonly result: number };

export interface RaftWords {
  readonly bodies: RaftBodies;
  readonly request: LogRequest<Durable>;
  readonly answer: LogAnswer<Durable>;
  readonly note: RaftNote;
}
