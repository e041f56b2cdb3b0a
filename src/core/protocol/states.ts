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

/** As its TaskManager, the authority, sees it. */
export type SlotState = 'FREE' | 'ALLOCATED' | 'ACTIVE' | 'RELEASING';

export type CheckpointState = 'TRIGGERING' | 'PENDING' | 'FINALIZING' | 'COMPLETED' | 'ABORTED';

export type Transitions<S extends string> = { readonly [from in S]: readonly S[] };

/** An attempt as the JobMaster sees it (Flink: Execution). */
export const executionTransitions: Transitions<ExecutionState> = {
  CREATED: ['SCHEDULED', 'CANCELED', 'FAILED'],
  SCHEDULED: ['DEPLOYING', 'CANCELED', 'FAILED'],
  DEPLOYING: ['INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED'],
  INITIALIZING: ['RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED'],
  RUNNING: ['FINISHED', 'CANCELING', 'CANCELED', 'FAILED'],
  CANCELING: ['CANCELED', 'FAILED'],
  FINISHED: [],
  CANCELED: [],
  FAILED: [],
};

/** An attempt as its TaskManager sees it (Flink: Task). */
export const taskTransitions: Transitions<ExecutionState> = {
  CREATED: ['DEPLOYING', 'CANCELED', 'FAILED'],
  SCHEDULED: [],
  DEPLOYING: ['INITIALIZING', 'CANCELING', 'FAILED'],
  INITIALIZING: ['RUNNING', 'CANCELING', 'FAILED'],
  RUNNING: ['FINISHED', 'CANCELING', 'FAILED'],
  CANCELING: ['CANCELED', 'FAILED'],
  FINISHED: [],
  CANCELED: [],
  FAILED: [],
};

export const jobTransitions: Transitions<JobStatus> = {
  INITIALIZING: ['CREATED', 'FAILED', 'CANCELED', 'SUSPENDED'],
  CREATED: ['RUNNING', 'FAILING', 'CANCELLING', 'SUSPENDED'],
  RUNNING: ['RESTARTING', 'FINISHED', 'FAILING', 'CANCELLING', 'SUSPENDED'],
  RESTARTING: ['RUNNING', 'FAILING', 'CANCELLING', 'SUSPENDED'],
  FAILING: ['FAILED', 'CANCELLING', 'SUSPENDED'],
  CANCELLING: ['CANCELED', 'SUSPENDED'],
  FAILED: [],
  CANCELED: [],
  FINISHED: [],
  SUSPENDED: [],
};

export const slotTransitions: Transitions<SlotState> = {
  FREE: ['ALLOCATED'],
  ALLOCATED: ['ACTIVE', 'RELEASING', 'FREE'],
  ACTIVE: ['ALLOCATED', 'RELEASING', 'FREE'],
  RELEASING: ['FREE'],
};

export const checkpointTransitions: Transitions<CheckpointState> = {
  TRIGGERING: ['PENDING', 'ABORTED'],
  PENDING: ['FINALIZING', 'ABORTED'],
  FINALIZING: ['COMPLETED', 'ABORTED'],
  COMPLETED: [],
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
