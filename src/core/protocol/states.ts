// Flink's state names, and the legal transitions between them as tables. A machine moves through a table by one door: `checkTransition`.
import { assert } from '../base/assert.ts';

export type ExecutionState =
  | 'CREATED'
  | 'SCHEDULED'
  | 'DEPLOYING'
  | 'INITIALIZING'
  | 'RUNNING'
  | 'FINISHED'
  | 'CANCELING'
  | 'CANCELED'
  | 'FAILED';

export type JobStatus =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'RESTARTING'
  | 'FAILING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  | 'FINISHED'
  | 'SUSPENDED';

/** The job is over for every JobManager: it never runs again (Flink: globally terminal). */
export type EndStatus = Extract<JobStatus, 'FINISHED' | 'CANCELED' | 'FAILED'>;

/** What a client is told. */
export type ToldStatus = JobStatus | 'UNKNOWN';

/** What a client is told of a savepoint. */
export type SavepointStatus = 'IN_PROGRESS' | 'COMPLETED' | 'UNKNOWN';

/** What a client is told of the drain of a TaskManager. DRAINED: nothing of it is held, and nothing will be. UNKNOWN: there is no such TaskManager. */
export type DrainStatus = 'IN_SERVICE' | 'DRAINING' | 'DRAINED' | 'UNKNOWN';

/** As its TaskManager, the authority, sees it. */
export type SlotState = 'FREE' | 'ALLOCATED' | 'ACTIVE' | 'RELEASING';

export type CheckpointState = 'TRIGGERING' | 'PENDING' | 'FINALIZING' | 'COMPLETED' | 'ABORTED';

/** A table of legal transitions. `docs/protocol.md` draws each one, with the comments of its states. */
export type Transitions<S extends string> = { readonly [from in S]: readonly S[] };

/** An attempt as the JobMaster sees it (Flink: Execution). */
export const executionTransitions: Transitions<ExecutionState> = {
  /** It waits: for slots, or for the checkpoint that it starts from. */
  CREATED: ['SCHEDULED', 'CANCELED'],
  /** It has its slot, and its peers know where it will run. */
  SCHEDULED: ['DEPLOYING'],
  /** Its deployment was sent. */
  DEPLOYING: ['INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED'],
  /** Its TaskManager loads code and state. */
  INITIALIZING: ['RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED'],
  /** It processes records. */
  RUNNING: ['FINISHED', 'CANCELING', 'CANCELED', 'FAILED'],
  /** It was told to end, and its end is not known yet. */
  CANCELING: ['CANCELED', 'FINISHED'],
  /** It ended behind its final checkpoint, or behind the savepoint with which its job is stopped. */
  FINISHED: [],
  /** It ended because it was told to. */
  CANCELED: [],
  /** It ended for a reason of its own, or was lost. */
  FAILED: [],
};

/** An attempt as its TaskManager sees it (Flink: Task). */
export const taskTransitions: Transitions<ExecutionState> = {
  /** Its deployment arrived. */
  CREATED: ['DEPLOYING'],
  /** Of the JobManager alone. */
  SCHEDULED: [],
  /** It begins to load. */
  DEPLOYING: ['INITIALIZING'],
  /** It loads code and snapshots, and opens its sink. */
  INITIALIZING: ['RUNNING', 'CANCELING', 'FAILED'],
  /** It processes records. */
  RUNNING: ['FINISHED', 'CANCELING', 'FAILED'],
  /** It was told to end, and does so in its next step. */
  CANCELING: ['CANCELED', 'FAILED'],
  /** It ended behind its final checkpoint, everything committed; or behind the savepoint with which its job is stopped, whose leader commits the rest. */
  FINISHED: [],
  /** It ended because it was told to. */
  CANCELED: [],
  /** It ended for a reason that it tells. */
  FAILED: [],
};

/** A job under its leader. */
export const jobTransitions: Transitions<JobStatus> = {
  /** It is being stored, or its record cannot be read; the leader runs nothing of it yet. */
  INITIALIZING: ['CREATED', 'FAILED', 'CANCELED', 'SUSPENDED'],
  /** It is durable, and nothing of it ran under this leader. */
  CREATED: ['RUNNING', 'FAILING', 'CANCELLING', 'SUSPENDED'],
  /** No region of it restarts. */
  RUNNING: ['RESTARTING', 'FINISHED', 'FAILING', 'CANCELLING', 'SUSPENDED'],
  /** A region of it restarts. */
  RESTARTING: ['RUNNING', 'FAILING', 'CANCELLING', 'SUSPENDED'],
  /** It can run no more, and its tasks are being ended. */
  FAILING: ['FAILED', 'CANCELLING', 'SUSPENDED'],
  /** A client wants its end, and its tasks are being ended. */
  CANCELLING: ['CANCELED', 'SUSPENDED'],
  /** It is over: it could run no more. */
  FAILED: [],
  /** It is over: a client wanted that. */
  CANCELED: [],
  /** It is over: everything was read, and everything is committed. */
  FINISHED: [],
  /** Its leader leads no more; another one has it. */
  SUSPENDED: [],
};

/** A slot as its TaskManager, the authority, sees it. */
export const slotTransitions: Transitions<SlotState> = {
  /** Of nobody. */
  FREE: ['ALLOCATED'],
  /** A job asked for it; it is offered until the JobManager answers. */
  ALLOCATED: ['ACTIVE', 'RELEASING', 'FREE'],
  /** A job uses it. */
  ACTIVE: ['RELEASING', 'FREE'],
  /** Its tasks are being ended. */
  RELEASING: ['FREE'],
};

/** A checkpoint under its leader. */
export const checkpointTransitions: Transitions<CheckpointState> = {
  /** Its id is being stored. */
  TRIGGERING: ['PENDING', 'ABORTED'],
  /** Its tasks acknowledge it one by one. */
  PENDING: ['FINALIZING', 'ABORTED'],
  /** All acknowledged; its metadata, then its pointer is being stored. */
  FINALIZING: ['COMPLETED', 'ABORTED'],
  /** Its pointer is durable. */
  COMPLETED: [],
  /** Nobody can restore from it. */
  ABORTED: [],
};

export function isTerminal(state: ExecutionState): boolean {
  return state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED';
}

/** The job is over for every JobManager: it never runs again. */
export function isGloballyTerminal(status: JobStatus): status is EndStatus {
  return status === 'FINISHED' || status === 'CANCELED' || status === 'FAILED';
}

/** Asserts that a move is in its table, and returns where it leads: the one door of every transition. */
export function checkTransition<S extends string>(table: Transitions<S>, from: S, to: S, what: string): S {
  assert(table[from].includes(to), () => `${what}: illegal transition ${from} -> ${to}`);
  return to;
}
