// The exception history of a job (Flink: `/jobs/:id/exceptions`): its latest failures with root cause, task, TaskManager and time. It is kept in the
// result of a job that is over. Nothing is decided by it.
import type { Address } from '../base/machine.ts';
import { deepFreeze } from '../base/state.ts';
import type { JobException, RootException } from '../protocol/job-history.ts';
import type { FailureReason, TaskManagerLost } from '../protocol/reasons.ts';
import { stackOf } from '../protocol/stack-of.ts';
import { attemptIdOf, executionOf, vertexOf } from './jobs.ts';
import type { JobMaster, Region } from './state.ts';
import type { Step } from './step.ts';

/** Of a job (Flink: `web.exception-history-size`). */
export const EXCEPTIONS_MAX = 16;
/** Of a root cause. */
export const CONCURRENT_MAX = 16;

/** Before the restart of these regions begins: what fails while a restart is pending belongs to that. */
export function recordExceptions(step: Step, job: JobMaster, root: FailureReason, failed: readonly Region[]): void {
  const causes = new Set(failed.flatMap(({ failure }) => failure ?? []));
  causes.delete(root);
  const others = [...causes].map((cause) => exceptionOf(step, job, cause));
  const exception = exceptionOf(step, job, root);
  const latest = job.exceptions.at(-1);
  const isPending = job.regions.some(({ state }) => state === 'RESTARTING');
  job.exceptions =
    isPending && latest !== undefined
      ? [...job.exceptions.slice(0, -1), withConcurrent(latest, [exception, ...others])]
      : [...job.exceptions, withConcurrent({ ...exception, concurrent: [] }, others)].slice(-EXCEPTIONS_MAX);
}

/**
 * A TaskManager is lost. Connections to it broke before that was known, which tasks elsewhere told first: where they began a restart that is still pending, the
 * loss is its root cause, and they are what came of it.
 */
export function explainByLoss(step: Step, job: JobMaster, loss: TaskManagerLost): void {
  const execution = job.executions.find(({ taskManager }) => taskManager === loss.taskManager);
  const broken = job.regions.filter(({ state, failure }) => state === 'RESTARTING' && isOfLoss(failure, loss));
  if (execution === undefined || broken.length === 0) return;
  const cause = deepFreeze({ kind: 'execution-failed', attempt: attemptIdOf(job, execution), reason: loss } as const);
  for (const region of broken) region.failure = cause;
  const latest = job.exceptions.at(-1);
  if (latest === undefined || !isOfLoss(latest.cause, loss)) return;
  const { concurrent, ...root } = latest;
  const explained = withConcurrent({ ...exceptionOf(step, job, cause), concurrent: [] }, [root, ...concurrent]);
  job.exceptions = [...job.exceptions.slice(0, -1), explained];
}

/** The connection of its task to the TaskManager that is lost broke. */
function isOfLoss(failure: FailureReason | null, { taskManager }: TaskManagerLost): boolean {
  if (failure?.kind !== 'execution-failed') return false;
  return failure.reason.kind === 'connection-lost' && failure.reason.peer === taskManager;
}

/** Of an attempt that is over: it became known late. */
export function recordLateException(step: Step, job: JobMaster, cause: FailureReason): void {
  const exception = { ...exceptionOf(step, job, cause), concurrent: [] };
  job.exceptions = [...job.exceptions, deepFreeze(exception)].slice(-EXCEPTIONS_MAX);
}

function withConcurrent(root: RootException, more: readonly JobException[]): RootException {
  const others = more.map((one) => withoutStackOf(root, one));
  return deepFreeze({ ...root, concurrent: [...root.concurrent, ...others].slice(0, CONCURRENT_MAX) });
}

/** All subtasks may have thrown at the same place: its stack is kept once. */
function withoutStackOf(root: JobException, one: JobException): JobException {
  const { cause } = one;
  if (cause.kind !== 'execution-failed' || cause.reason.kind !== 'user-code') return one;
  const { stack } = cause.reason;
  if (stack === null || stack !== stackOf(root.cause)) return one;
  return { ...one, cause: { ...cause, reason: { ...cause.reason, stack: null } } };
}

function exceptionOf({ wallTime }: Step, job: JobMaster, cause: FailureReason): JobException {
  const execution = cause.kind === 'execution-failed' ? executionOf(job, cause.attempt) : undefined;
  const taskManager = taskManagerOf(cause) ?? (execution?.taskManager || null);
  if (execution === undefined) return { timestamp: wallTime, cause, task: null, taskManager };
  const { name, parallelism } = vertexOf(job, execution);
  const task = `${name} (${execution.subtask + 1}/${parallelism})`;
  return { timestamp: wallTime, cause, task, taskManager };
}

/** That the cause names: an attempt that is over may have run elsewhere than its successor. */
function taskManagerOf(cause: FailureReason): Address | null {
  if (cause.kind !== 'execution-failed' || cause.reason.kind !== 'task-manager-killed') return null;
  return cause.reason.taskManager;
}
