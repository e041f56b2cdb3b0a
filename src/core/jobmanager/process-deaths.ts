// Code of a job ended a TaskManager, and the next process there tells of it when it registers. It is a failure of the job's own, once for an attempt of a
// region, and of no other job: what else died with that TaskManager is lost. By then the attempt may be long over, as a TaskManager takes
// longer to come back than the job to restart elsewhere, with fewer subtasks even: then the failure is counted all the same.
import { deepFreeze } from '../base/state.ts';
import type { Address } from '../base/machine.ts';
import type { AttemptId, ProcessDeath } from '../protocol/ids.ts';
import type { ExecutionReason, FailureReason, IgnoreReason } from '../protocol/reasons.ts';
import { strategyOf } from '../protocol/restart-options.ts';
import { recordLateException } from './exception-history.ts';
import { failExecution, isDeployed } from './executions.ts';
import { partOf, whatFailed } from './failover.ts';
import { executionOf, isEnding, latestCheckpointId, regionOf } from './jobs.ts';
import { onLateOwnFailure } from './restart-strategy.ts';
import type { Execution, JobMaster, Leader } from './state.ts';
import type { Step } from './step.ts';

export function onProcessDeath(step: Step, leader: Leader, taskManager: Address, death: ProcessDeath): void {
  const ignored = blame(step, leader, taskManager, death);
  if (step.out.noted) step.out.note({ kind: 'task-manager-killed', epoch: leader.epoch, taskManager, death, ignored });
}

/** Why nobody is to be blamed, or null. */
function blame(step: Step, leader: Leader, taskManager: Address, death: ProcessDeath): IgnoreReason | null {
  const { attempt, operator, record, how } = death;
  const { jobId, vertex, subtask } = attempt;
  if (death.epoch !== leader.epoch) return { kind: 'other-epoch', epoch: death.epoch, current: leader.epoch };
  const job = leader.jobs.get(jobId);
  if (job === undefined || job.outcome !== null || isEnding(job)) return { kind: 'job-not-running', jobId };
  if (!hadSubtask(job, attempt)) return { kind: 'subtask-unknown', vertex, subtask };
  const execution = executionOf(job, attempt);
  const reason = { kind: 'task-manager-killed', taskManager, operator, record, how } as const;
  if (execution !== undefined && isToFail(job, execution, death)) failExecution(step, job, execution, reason);
  else if (!countLate(step, job, death, reason)) return { kind: 'attempt-counted', attempt };
  return null;
}

/** The job has such a subtask, or had one before it was rescaled. */
function hadSubtask({ vertices, record }: JobMaster, { vertex, subtask }: AttemptId): boolean {
  const operators = vertices[vertex]?.operators ?? [];
  return operators.some(({ id, parallelism }) => {
    const { most = parallelism } = record.parallelism.find(({ operator }) => operator === id) ?? {};
    return subtask < Math.max(most, parallelism);
  });
}

/** The attempt runs yet, as far as is known, and nothing else ended it: what follows is what follows any failure. */
function isToFail(job: JobMaster, execution: Execution, { attempt }: ProcessDeath): boolean {
  const isCurrent = execution.attempt === attempt.attempt && isDeployed(execution) && execution.state !== 'CANCELING';
  return isCurrent && regionOf(job, execution).failure === null;
}

function countLate(step: Step, job: JobMaster, { attempt }: ProcessDeath, reason: ExecutionReason): boolean {
  const failure: FailureReason = deepFreeze({ kind: 'execution-failed', attempt, reason });
  const { options, now } = step;
  const decision = onLateOwnFailure(
    job.failures,
    strategyOf(job.record.graph.restart, options),
    {
      part: partOf(job, failure),
      what: whatFailed(failure),
      latestCheckpointId: latestCheckpointId(job),
      now,
    },
    options.jobFailuresMax,
  );
  if (decision === 'counted-before') return false;
  recordLateException(step, job, failure);
  if (decision !== null) job.fatal = deepFreeze({ kind: 'recovery-suppressed', refusal: decision, cause: failure });
  return true;
}
