// What lies in the HA service under which key. Nothing else knows these names.

/** Epoch and address of the leader are one key, so that they change together. */
export const LEADER_KEY = 'leader';

/** The durable job: graph and artifact. There from acceptance until the job's result is durable and all else was cleaned. */
export const JOB_PREFIX = 'job/';
export const jobKey = (jobId: string): string => `${JOB_PREFIX}${jobId}`;

/** Pointers to the retained completed checkpoints of a job. */
export const CHECKPOINTS_PREFIX = 'checkpoints/';
export const checkpointsKey = (jobId: string): string => `${CHECKPOINTS_PREFIX}${jobId}`;

/** The highest checkpoint id that may have been used. */
export const COUNTER_PREFIX = 'counter/';
export const counterKey = (jobId: string): string => `${COUNTER_PREFIX}${jobId}`;

/** A savepoint: there until it is disposed, whatever becomes of its job. */
export const SAVEPOINT_PREFIX = 'savepoint/';
export const savepointKey = (jobId: string, savepointId: string): string =>
  `${SAVEPOINT_PREFIX}${jobId}/${savepointId}`;

/** TaskManagers that are drained: one key, which is never deleted, so that a write which lands late finds another revision. */
export const DRAINS_KEY = 'drains';

/** The leader that a TaskManager cannot reach: its TaskManager writes it when that changes, the next leader deletes it. */
export const UNREACHED_PREFIX = 'unreached/';
export const unreachedKey = (taskManager: string): string => `${UNREACHED_PREFIX}${taskManager}`;

/** The result of a job that is over: it never runs again. */
export const RESULT_PREFIX = 'result/';
export const resultKey = (jobId: string): string => `${RESULT_PREFIX}${jobId}`;

/** The highest incarnation that any process of the cluster took before it started. Its host writes it, and no machine reads it. */
export const INCARNATION_KEY = 'incarnation';
