// What happened to a cluster, one fact at a time, in the order in which it could be seen.
import type { Address } from '../../core/base/machine.ts';
import type { AttemptId, Bodies } from '../../core/protocol/messages.ts';
import type { ExecutionState, JobStatus } from '../../core/protocol/states.ts';
import type { TimeUs } from '../observation.ts';
import type { Death } from './processes.ts';

/** Why a checkpoint ended without being complete, as far as that can be seen from outside. */
export type GivenUp = 'subsumed' | 'the job restarted' | 'the leader changed' | 'expired' | 'declined';

/** Why somebody leads no more, as far as that can be seen from outside: how its process died, or what it did. */
export type LeaderLeft = Death | 'looks for a leader' | 'elected again' | 'never led';

/** Something that happened to the cluster, and when it could be seen. */
export type Fact = { readonly at: TimeUs } & (
  | { readonly kind: 'leader-elected'; readonly node: Address; readonly epoch: number }
  /** Two may lead at a time: one that was deposed acts on until it knows. */
  | { readonly kind: 'leader-left'; readonly node: Address; readonly epoch: number; readonly why: LeaderLeft }
  | { readonly kind: 'job-stored'; readonly jobId: string }
  /** `restoredFrom` 0: from its beginning. */
  | {
      readonly kind: 'job-deployed';
      readonly jobId: string;
      readonly by: Address;
      readonly epoch: number;
      readonly attempt: number;
      readonly restoredFrom: number;
    }
  /** What its leader deployed last has failed, or is cancelled. */
  | {
      readonly kind: 'job-restarting';
      readonly jobId: string;
      readonly by: Address;
      readonly epoch: number;
      readonly attempt: number;
    }
  /** A task is in another state on its TaskManager; the first one of each is not terminal. */
  | {
      readonly kind: 'task-moved';
      readonly node: Address;
      readonly epoch: number;
      readonly attempt: AttemptId;
      readonly state: ExecutionState;
      readonly reason: Bodies['task-state-changed']['reason'];
    }
  /** It died with its process. */
  | { readonly kind: 'task-lost'; readonly node: Address; readonly epoch: number; readonly attempt: AttemptId }
  /** A report of it, also of a task that never began. */
  | {
      readonly kind: 'task-failed';
      readonly node: Address;
      readonly epoch: number;
      readonly attempt: AttemptId;
      readonly reason: Bodies['task-state-changed']['reason'];
    }
  | {
      readonly kind: 'checkpoint-triggered';
      readonly jobId: string;
      readonly by: Address;
      readonly checkpointId: number;
    }
  | {
      readonly kind: 'checkpoint-acknowledged';
      readonly by: Address;
      readonly attempt: AttemptId;
      readonly checkpointId: number;
    }
  /** `by`: who wrote its pointer, or found it. */
  | {
      readonly kind: 'checkpoint-completed';
      readonly jobId: string;
      readonly by: Address;
      readonly checkpointId: number;
    }
  /** `by` null: nobody said so, its leader or its attempt is gone. */
  | {
      readonly kind: 'checkpoint-given-up';
      readonly jobId: string;
      readonly by: Address | null;
      readonly checkpointId: number;
      readonly why: GivenUp;
    }
  /** For the first time, as nothing happens when it is repeated. */
  | {
      readonly kind: 'output-committed';
      readonly node: Address;
      readonly sink: string;
      readonly transaction: string;
    }
  | { readonly kind: 'job-ended'; readonly jobId: string; readonly status: JobStatus }
  | { readonly kind: 'job-cleaned-up'; readonly jobId: string }
);

export type FactKind = Fact['kind'];
export type FactOf<K extends FactKind> = Extract<Fact, { readonly kind: K }>;
