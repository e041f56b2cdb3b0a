// The exception history of a job (Flink: `/jobs/:id/exceptions`): its latest failures with root cause, task, TaskManager and time. It is kept in the
// result of a job that is over. Nothing is decided by it.
import type { Address } from '../base/machine.ts';
import { deepFreeze } from '../base/state.ts';
import type { JobException, RootException } from '../protocol/job-history.ts';
import type { FailureReason } from '../protocol/reasons.ts';
import { executionOf, vertexOf } from './jobs.ts';
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

/** Of an attempt that is over: it became known late. */
export function recordLateException(step: Step, job: JobMaster, cause: FailureReason): void {
  const exception = { ...exceptionOf(step, job, cause), concurrent: [] };
  job.exceptions = [...job.exceptions, deepFreeze(exception)].slice(-EXCEPTIONS_MAX);
}

function withConcurrent(root: RootException, more: readonly JobException[]): RootException {
  return deepFreeze({ ...root, concurrent: [...root.concurrent, ...more].slice(0, CONCURRENT_MAX) });
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
