// The one place where desired is compared with actual. Handlers record facts; after each step this looks at every job and does what is due.
import { must } from '../base/assert.ts';
import { setTimer } from '../base/timers.ts';
import { reconcileCleanUp } from './clean-up.ts';
import { reconcileCollection } from './checkpoints/garbage.ts';
import { reconcileCheckpoints } from './checkpoints/coordinator.ts';
import { taskDescriptor } from './deployment.ts';
import { reconcileSubmission } from './dispatcher.ts';
import { moveExecution } from './executions.ts';
import { beginRestart, reconcileRestart } from './failover.ts';
import { attemptIdOf, jobTimer, moveJob, recordFailure } from './jobs.ts';
import { reconcileResult } from './job-result.ts';
import { reconcileRecovery } from './recovery.ts';
import { reconcileRestorePoint } from './restore.ts';
import { requestSlots, yieldSlots } from './slots.ts';
import type { Execution, JobMaster, Leader } from './state.ts';
import type { Step } from './step.ts';
import { tellTask } from './task-managers.ts';

export function reconcile(step: Step, leader: Leader): void {
  reconcileRecovery(step, leader);
  if (!leader.recovery.done) return;
  for (const submission of leader.submissions.values()) reconcileSubmission(step, leader, submission);
  for (const job of leader.jobs.values()) reconcileJob(step, leader, job);
  yieldSlots(step, leader);
  for (const cleanUp of leader.cleanUps.values()) reconcileCleanUp(step, leader, cleanUp);
  reconcileCollection(step, leader);
}

/** In this order: a failure stops everything else, and what became durable is known before anything is decided by it. */
function reconcileJob(step: Step, leader: Leader, job: JobMaster): void {
  if (job.executions.every((execution) => execution.state === 'FINISHED')) return reconcileResult(step, leader, job);
  if (job.status === 'CREATED') moveJob(step, job, 'RUNNING');
  if (job.status === 'RUNNING' && job.failure !== null) beginRestart(step, leader, job);
  reconcileCheckpoints(step, leader, job);
  reconcileRestart(step, leader, job);
  requestSlots(step, leader, job);
  if (job.status === 'RUNNING' && isWaiting(job)) reconcileDeployment(step, leader, job);
}

const isWaiting = (job: JobMaster): boolean => job.executions[0]?.state === 'CREATED';

/** All at once, when all slots are there and it is known what to start from. */
function reconcileDeployment(step: Step, leader: Leader, job: JobMaster): void {
  reconcileRestorePoint(step, leader, job);
  if (!job.restore.ready || !job.allocations.every((allocation) => allocation?.accepted === true)) return;
  if (step.out.noted) {
    const { jobId, attempt } = job;
    const restoredFrom = job.restore.metadata?.checkpointId ?? null;
    step.out.note({ kind: 'job-deployed', jobId, epoch: leader.epoch, attempt, restoredFrom });
  }
  // Everybody gets a place first: each descriptor names the places of others.
  for (const execution of job.executions) {
    moveExecution(step, job, execution, 'SCHEDULED');
    execution.taskManager = allocationOf(job, execution).taskManager;
  }
  for (const execution of job.executions) deploy(step, leader, job, execution);
  setTimer(leader.timers, jobTimer('deploy', job), step.now + step.options.deployTimeoutMs);
}

function allocationOf(job: JobMaster, execution: Execution): NonNullable<JobMaster['allocations'][number]> {
  return must(job.allocations[execution.subtask], 'the slot of an execution');
}

function deploy(step: Step, leader: Leader, job: JobMaster, execution: Execution): void {
  const { slotIndex, allocationId } = allocationOf(job, execution);
  moveExecution(step, job, execution, 'DEPLOYING');
  tellTask(step, leader, execution, 'deploy-task', { slotIndex, allocationId, task: taskDescriptor(job, execution) });
}

/** A deployment that nobody spoke of ends its attempt. It may be on its way yet: the restart cancels it behind that, and waits until it is known to be over. */
export function onDeployTimeout(job: JobMaster): void {
  const silent = job.executions.find((execution) => execution.state === 'DEPLOYING' && !execution.reported);
  if (silent !== undefined)
    recordFailure(job, {
      kind: 'execution-failed',
      attempt: attemptIdOf(job, silent),
      reason: { kind: 'deployment-unreported' },
    });
}
