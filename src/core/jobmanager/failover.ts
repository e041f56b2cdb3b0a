// Restart of regions after a fixed delay: cancel all of a region, wait until all its attempts ended, then everybody in it again from the latest
// checkpoint. The rest of the job runs on. One restart of a region at a time: what fails in it while one is under way is part of it.
import { must } from '../base/assert.ts';
import { cancelTimer } from '../base/timers.ts';
import { isTerminal } from '../protocol/states.ts';
import { cancelRegion } from './cancellation.ts';
import { stopCheckpoints } from './checkpoints/end.ts';
import {
  createExecution,
  createRestorePoint,
  executionsOfRegion,
  failureOf,
  moveJob,
  recordGlobalFailure,
  regionTimer,
} from './jobs.ts';
import { NONE, type Execution, type JobMaster, type Leader, type Region } from './state.ts';
import { wakeBy, type Step } from './step.ts';

/** Begins the restart of each region that failed. */
export function reconcileFailures(step: Step, leader: Leader, job: JobMaster): void {
  const failure = failureOf(job);
  if (failure === null || !job.regions.some(isToRestart)) return;
  // Behind its final checkpoint a region may be FINISHED and takes part in no other: the next one is of all again. It costs little, as nothing is
  // left to be read.
  if (job.coordinator.finalCheckpointId !== NONE) recordGlobalFailure(job, failure);
  const failed = job.regions.filter(isToRestart);
  for (const region of failed) beginRestart(step, leader, job, region);
  if (job.status === 'RUNNING') moveJob(step, job, 'RESTARTING');
  stopCheckpoints(step, leader, job, { kind: 'job-restarts' });
  for (const region of failed) cancelRegion(step, leader, job, region);
}

const isToRestart = ({ state, failure }: Region): boolean => state === 'RUNNING' && failure !== null;

function beginRestart(step: Step, leader: Leader, job: JobMaster, region: Region): void {
  if (step.out.noted) {
    const reason = must(region.failure, 'the failure that ends an attempt');
    const { attempt } = region;
    step.out.note({ kind: 'job-restarting', jobId: job.jobId, epoch: leader.epoch, attempt, reason });
  }
  region.state = 'RESTARTING';
  region.restartAt = step.now + step.options.restartDelayMs;
  cancelTimer(leader.timers, regionTimer('deploy', job, region));
}

/** A region's attempts all ended, its delay is over, and no pointer write is open that might still add a checkpoint. */
export function reconcileRestarts(step: Step, leader: Leader, job: JobMaster): void {
  if (job.status !== 'RESTARTING' || job.store.write !== null) return;
  const ready = job.regions.filter((region) => isReadyAgain(step, leader, job, region));
  if (ready.length === 0) return;
  job.attempt += 1;
  job.restore = createRestorePoint(); // of those that wait too: no checkpoint completes before all run
  for (const region of ready) {
    region.state = 'RUNNING';
    region.attempt = job.attempt;
    region.failure = null;
    cancelTimer(leader.timers, regionTimer('cancel', job, region));
  }
  job.executions = job.executions.map((execution) => nextExecution(job, execution));
  if (job.regions.every(({ state }) => state === 'RUNNING')) moveJob(step, job, 'RUNNING');
}

function isReadyAgain(step: Step, leader: Leader, job: JobMaster, region: Region): boolean {
  if (region.state !== 'RESTARTING') return false;
  if (!executionsOfRegion(job, region).every(({ state }) => isTerminal(state))) return false;
  if (region.restartAt <= step.now) return true;
  wakeBy(leader, region.restartAt);
  return false;
}

/** The execution of the attempt that its region is at. */
function nextExecution(job: JobMaster, execution: Execution): Execution {
  const { attempt } = must(job.regions[execution.region], 'the region of an execution');
  return attempt === execution.attempt ? execution : createExecution(execution, attempt);
}
