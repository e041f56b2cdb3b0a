// Executions: one attempt of each subtask, moved through `executionTransitions` by one door. Facts are recorded here; what follows from
// them is decided by `scheduler.ts`.
import type { Result } from '../base/value.ts';
import { describeAttempt } from '../protocol/describe-ids.ts';
import type { AttemptId, MessageOfKind, TaskReport } from '../protocol/messages.ts';
import type { ExecutionReason, IgnoreReason } from '../protocol/reasons.ts';
import { checkTransition, executionTransitions, isTerminal, type ExecutionState } from '../protocol/states.ts';
import { attemptIdOf, executionOf, isStopping, recordFailure } from './jobs.ts';
import { NONE, type Execution, type JobMaster, type Leader, type TaskManagerEntry } from './state.ts';
import { leadingEpoch, type Step } from './step.ts';
import { tell } from './task-managers.ts';

export function moveExecution(step: Step, job: JobMaster, execution: Execution, to: ExecutionState): void {
  const from = execution.state;
  execution.state = checkTransition(executionTransitions, from, to, describeAttempt(attemptIdOf(job, execution)));
  execution.times = { ...execution.times, [to]: step.wallTime };
  if (!step.out.noted) return;
  const attempt = attemptIdOf(job, execution);
  step.out.note({ kind: 'execution-state-changed', attempt, epoch: leadingEpoch(step), from, to });
}

/** Has been sent to a TaskManager and did not end. */
export function isDeployed(execution: Execution): boolean {
  return execution.taskManager !== '' && !isTerminal(execution.state);
}

/** Ends an execution that is lost or broke. One that was being cancelled just ends: the failure that led to that is known. */
export function failExecution(step: Step, job: JobMaster, execution: Execution, reason: ExecutionReason): void {
  if (isTerminal(execution.state)) return;
  const wasCanceling = execution.state === 'CANCELING';
  moveExecution(step, job, execution, wasCanceling ? 'CANCELED' : 'FAILED');
  if (!wasCanceling) recordFailure(job, execution, reason);
}

const refuse = (reason: IgnoreReason) => ({ ok: false, reason }) as const;

/** The execution that a TaskManager speaks of; or why there is none. */
function findExecution(
  leader: Leader,
  attempt: AttemptId,
  taskManager: TaskManagerEntry,
): Result<{ readonly job: JobMaster; readonly execution: Execution }, IgnoreReason> {
  const { jobId, vertex, subtask } = attempt;
  const job = leader.jobs.get(jobId);
  if (job === undefined) return refuse({ kind: 'job-not-running', jobId });
  const execution = executionOf(job, attempt);
  if (execution === undefined) return refuse({ kind: 'subtask-unknown', vertex, subtask });
  if (execution.attempt !== attempt.attempt)
    return refuse({ kind: 'stale-attempt', attempt, current: execution.attempt });
  if (execution.taskManager !== taskManager.address)
    return refuse({ kind: 'runs-elsewhere', attempt, taskManager: execution.taskManager || null });
  return { ok: true, value: { job, execution } };
}

export function onTaskStateChanged(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  message: MessageOfKind<'task-state-changed'>,
): void {
  const { attempt, state, reason } = message.body;
  const found = findExecution(leader, attempt, taskManager);
  if (!found.ok) return step.out.ignore(message, found.reason);
  const { job, execution } = found.value;
  if (isTerminal(execution.state))
    return step.out.ignore(message, { kind: 'execution-over', attempt, state: execution.state });
  noteState(step, job, execution, state, reason);
}

/** Reports may skip states, or come late: whatever does not lead forward is no news. */
function noteState(
  step: Step,
  job: JobMaster,
  execution: Execution,
  state: ExecutionState,
  reason: ExecutionReason | null,
): void {
  execution.reported = true;
  switch (state) {
    case 'INITIALIZING':
      if (execution.state === 'DEPLOYING') moveExecution(step, job, execution, 'INITIALIZING');
      return;
    case 'RUNNING':
      if (execution.state === 'DEPLOYING' || execution.state === 'INITIALIZING')
        moveExecution(step, job, execution, 'RUNNING');
      return;
    case 'FINISHED':
      return finishExecution(step, job, execution);
    case 'CANCELED':
    case 'FAILED':
      return failExecution(step, job, execution, reason ?? { kind: 'task-ended', state });
    default: // CREATED, DEPLOYING, CANCELING: it is there, and that is all
  }
}

/** A task may finish only behind a final checkpoint, or where its job ends: without that its end would be lost with the next restart. */
function finishExecution(step: Step, job: JobMaster, execution: Execution): void {
  const isCanceling = execution.state === 'CANCELING';
  if (isCanceling ? !isStopping(job) : job.coordinator.finalCheckpointId === NONE)
    return failExecution(step, job, execution, { kind: 'finished-early' });
  moveExecution(step, job, execution, 'FINISHED');
}

/** The tasks that a TaskManager has, as it says itself: repairs lost reports, lost tasks and tasks that should not be. */
export function onTaskReports(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  reports: readonly TaskReport[],
): void {
  const seen = new Set<Execution>();
  for (const report of reports) {
    const found = findExecution(leader, report.attempt, taskManager);
    if (!found.ok) cancelStranger(step, leader, taskManager, report, found.reason);
    else if (isTerminal(found.value.execution.state)) {
      const { state } = found.value.execution;
      cancelStranger(step, leader, taskManager, report, { kind: 'over-here', state });
    } else {
      const { job, execution } = found.value;
      seen.add(execution);
      noteState(step, job, execution, report.state, { kind: 'reported-by-heartbeat' });
    }
  }
  for (const job of leader.jobs.values()) failMissing(step, leader, job, taskManager, seen);
}

function cancelStranger(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  report: TaskReport,
  reason: IgnoreReason,
): void {
  if (isTerminal(report.state) || report.state === 'CANCELING') return;
  if (step.out.noted) {
    const { attempt } = report;
    const { epoch } = leader;
    step.out.note({ kind: 'stranger-cancelled', attempt, epoch, taskManager: taskManager.address, reason });
  }
  tell(step, leader, taskManager, 'cancel-task', { attempt: report.attempt, finish: false });
}

/**
 * A deployment that was not spoken of yet may still be on its way. It has a timeout of its own, and only the answer to a cancellation behind it says
 * that it is over: if the restart waits for that, it is asked for again.
 */
function failMissing(
  step: Step,
  leader: Leader,
  job: JobMaster,
  taskManager: TaskManagerEntry,
  seen: ReadonlySet<Execution>,
): void {
  for (const execution of job.executions) {
    if (execution.taskManager !== taskManager.address || seen.has(execution)) continue;
    if (execution.reported)
      failExecution(step, job, execution, { kind: 'task-missing', taskManager: taskManager.address });
    else if (execution.state === 'CANCELING')
      tell(step, leader, taskManager, 'cancel-task', { attempt: attemptIdOf(job, execution), finish: isStopping(job) });
  }
}
