// The one place where desired is compared with actual. Handlers record facts; after each step this looks at the jobs that it touched, and does what is due.
import { must } from '../base/assert.ts';
import { hasTimer, setTimer } from '../base/timers.ts';
import { reconcileCleanUp } from './clean-up.ts';
import { reconcileCollection } from './checkpoints/garbage.ts';
import { reconcileCheckpoints } from './checkpoints/coordinator.ts';
import { taskDescriptor } from './deployment.ts';
import { reconcileSubmission } from './dispatcher.ts';
import { moveExecution } from './executions.ts';
import { reconcileDrains } from './drains.ts';
import { reconcileFailures, reconcileRestarts } from './failover.ts';
import { executionsOfRegion, isEnding, moveJob, recordFailure, regionTimer, stopOf } from './jobs.ts';
import { reconcileEnding } from './job-end.ts';
import { reconcileResult } from './job-result.ts';
import { isHeldBack, reconcileLeaving } from './leaving.ts';
import { reconcilePastJobs } from './past-jobs.ts';
import { reconcileRecovery } from './recovery.ts';
import { reconcileRescale } from './rescale.ts';
import { reconcileRestorePoint } from './restore.ts';
import { reconcileSavepoints } from './savepoint-store.ts';
import { reconcileStop } from './stop.ts';
import { reconcileChange } from './wanted.ts';
import { reconcileSlots } from './slot-waits.ts';
import type { Execution, JobMaster, Leader, Region } from './state.ts';
import type { Step } from './step.ts';
import { tellTask } from './task-managers.ts';
import { touchedIds } from './touched.ts';

export function reconcile(step: Step, leader: Leader): void {
  reconcileRecovery(step, leader);
  if (!leader.recovery.done) return;
  reconcileDrains(step, leader);
  for (const submission of leader.submissions.values()) reconcileSubmission(step, leader, submission);
  for (const jobId of touchedIds(step.touched, leader)) {
    const job = leader.jobs.get(jobId);
    if (job !== undefined) reconcileJob(step, leader, job);
  }
  reconcileSlots(step, leader);
  for (const cleanUp of leader.cleanUps.values()) reconcileCleanUp(step, leader, cleanUp);
  reconcilePastJobs(step, leader);
  reconcileSavepoints(step, leader);
  reconcileCollection(step, leader);
}

/** In this order: a failure stops everything else, and what became durable is known before anything is decided by it. */
function reconcileJob(step: Step, leader: Leader, job: JobMaster): void {
  reconcileChange(step, leader, job);
  if (job.outcome === null) reconcileRun(step, leader, job);
  if (job.outcome !== null) reconcileResult(step, leader, job, job.outcome);
}

function reconcileRun(step: Step, leader: Leader, job: JobMaster): void {
  reconcileStop(step, leader, job);
  reconcileEnding(step, leader, job);
  if (isEnding(job)) return reconcileCheckpoints(step, leader, job);
  if (job.executions.every((execution) => execution.state === 'FINISHED')) {
    if (job.change === null && stopOf(job) === null)
      job.outcome = { status: 'FINISHED', reason: null, savepointId: null, retained: null };
    return; // one that is to be stopped ends with its savepoint; what is being written may ask for that, or for a cancellation
  }
  if (job.status === 'CREATED') moveJob(step, job, 'RUNNING');
  reconcileRescale(leader, job);
  reconcileLeaving(step, leader, job);
  reconcileFailures(step, leader, job);
  if (job.fatal !== null) return reconcileRun(step, leader, job); // it ends in this step
  reconcileCheckpoints(step, leader, job);
  reconcileRestarts(step, leader, job);
  reconcileDeployments(step, leader, job);
}

/**
 * All regions that wait are deployed at once, when the slots of all of them are there and it is known what to start from: a region that runs while
 * another one waits takes part in no checkpoint, so that nothing of what it does would last.
 */
function reconcileDeployments(step: Step, leader: Leader, job: JobMaster): void {
  if (job.status !== 'RUNNING' || !job.executions.some(isWaiting)) return;
  reconcileRestorePoint(step, leader, job);
  const waiting = job.executions.filter(isWaiting);
  if (!job.restore.ready || !waiting.every(({ subtask }) => job.allocations[subtask]?.accepted === true)) return;
  if (isHeldBack(leader, job, waiting)) return;
  job.slotWait.hadSlots = true;
  noteDeployments(step, leader, job, waiting);
  // Everybody gets a place first: each descriptor names the places of others.
  for (const execution of waiting) {
    moveExecution(step, job, execution, 'SCHEDULED');
    execution.taskManager = allocationOf(job, execution).taskManager;
  }
  for (const execution of waiting) deploy(step, leader, job, execution);
  for (const region of job.regions) if (isDeploying(job, region)) awaitDeployment(step, leader, job, region);
}

const isWaiting = ({ state }: Execution): boolean => state === 'CREATED';

function noteDeployments(step: Step, leader: Leader, job: JobMaster, waiting: readonly Execution[]): void {
  if (!step.out.noted) return;
  const { jobId } = job;
  const restoredFrom = job.restore.metadata?.checkpointId ?? null;
  for (const attempt of new Set(waiting.map((execution) => execution.attempt)))
    step.out.note({ kind: 'job-deployed', jobId, epoch: leader.epoch, attempt, restoredFrom });
}

function isDeploying(job: JobMaster, region: Region): boolean {
  return executionsOfRegion(job, region).some(({ state, reported }) => state === 'DEPLOYING' && !reported);
}

function awaitDeployment(step: Step, leader: Leader, job: JobMaster, region: Region): void {
  const timer = regionTimer('deploy', job, region);
  if (!hasTimer(leader.timers, timer)) setTimer(leader.timers, timer, step.now + step.options.deployTimeoutMs);
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
export function onDeployTimeout(job: JobMaster, region: Region): void {
  const silent = executionsOfRegion(job, region).find(({ state, reported }) => state === 'DEPLOYING' && !reported);
  if (silent !== undefined) recordFailure(job, silent, { kind: 'deployment-unreported' });
}
