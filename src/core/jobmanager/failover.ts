// Restart of regions, when the strategy of the job says so: cancel all of a region, wait until all its attempts ended, then everybody in it again
// from the latest checkpoint. The rest of the job runs on. One restart of a region at a time: what fails in it while one is under way is part of it.
import { must } from '../base/assert.ts';
import { deepFreeze } from '../base/state.ts';
import { cancelTimer } from '../base/timers.ts';
import { firstOfRegion } from '../graph/regions.ts';
import type { ExecutionReason, FailureReason } from '../protocol/reasons.ts';
import { strategyOf } from '../protocol/restart-options.ts';
import { checkTransition, isTerminal } from '../protocol/states.ts';
import { cancelRegion } from './cancellation.ts';
import { stopCheckpoints } from './checkpoints/end.ts';
import {
  createExecution,
  createRestorePoint,
  executionsOfRegion,
  latestCheckpointId,
  moveJob,
  stampCreated,
  recordGlobalFailure,
  regionTimer,
  subtaskKey,
} from './jobs.ts';
import { recordExceptions } from './exception-history.ts';
import { failureClassOf, gravest } from './failure-class.ts';
import { onFailure, type FailedPart, type RestartDecision } from './restart-strategy.ts';
import { isRescaleDue, reshape } from './rescale.ts';
import { hasOtherWriters } from './sinks.ts';
import { NONE, type Execution, type JobMaster, type Leader, type Region, type RegionState } from './state.ts';
import { wakeBy, type Step } from './step.ts';
import { regionTransitions } from './transitions.ts';

/** Begins the restart of each region that failed, or gives the job up. */
export function reconcileFailures(step: Step, leader: Leader, job: JobMaster): void {
  const failure = job.regions.find(isToRestart)?.failure ?? null;
  if (failure === null) return;
  const decision = isWanted(job) ? ({ kind: 'restart', restartAt: step.now } as const) : decideOnFailure(step, job);
  if (decision.kind === 'give-up') {
    job.fatal = deepFreeze({ kind: 'recovery-suppressed', refusal: decision.refusal, cause: gravestFailure(job) });
    return;
  }
  // Behind its final checkpoint a region may be FINISHED and takes part in no other: the next one is of all again. It costs little, as nothing is
  // left to be read.
  // And whoever takes over writers of the latest checkpoint fences all that run.
  if (job.coordinator.finalCheckpointId !== NONE || tookOver(job)) recordGlobalFailure(job, failure);
  const failed = job.regions.filter(isToRestart);
  for (const region of failed) beginRestart(step, leader, job, region, decision.restartAt);
  if (job.status === 'RUNNING') moveJob(step, job, 'RESTARTING');
  stopCheckpoints(step, leader, job, { kind: 'job-restarts' });
  for (const region of failed) cancelRegion(step, leader, job, region);
}

const isToRestart = ({ state, failure }: Region): boolean => state === 'RUNNING' && failure !== null;

/** Nothing failed: a client wants it to begin again. */
function isWanted(job: JobMaster): boolean {
  return failuresOf(job).every(isWish);
}

function isWish({ kind }: FailureReason): boolean {
  return kind === 'job-rescaled' || kind === 'task-manager-drained';
}

function isRestartWanted({ failure }: Region): boolean {
  return failure !== null && isWish(failure);
}

function failuresOf(job: JobMaster): readonly FailureReason[] {
  return job.regions.filter(isToRestart).flatMap(({ failure }) => failure ?? []);
}

/** The latest checkpoint has writers that the tasks do not follow one by one: to take them over fences all of an attempt before. */
function tookOver(job: JobMaster): boolean {
  const { metadata } = job.restore;
  return metadata !== null && metadata.checkpointId >= latestCheckpointId(job) && hasOtherWriters(job, metadata);
}

function decideOnFailure(step: Step, job: JobMaster): RestartDecision {
  const failed = job.regions.filter((region) => isToRestart(region) && !isRestartWanted(region));
  recordExceptions(step, job, gravestFailure(job), failed);
  return decide(step, job);
}

/** Regions that failed in the same step failed together: that is one failure. */
function decide(step: Step, job: JobMaster): RestartDecision {
  const { options, now } = step;
  const failure = gravestFailure(job);
  return onFailure(
    job.failures,
    strategyOf(job.graph.restart, options),
    {
      jobId: job.jobId,
      attempt: job.attempt,
      failureClass: failureClassOf(failure),
      part: partOf(job, failure),
      what: whatFailed(failure),
      restartIsPending: job.regions.some(({ state }) => state === 'RESTARTING'),
      latestCheckpointId: latestCheckpointId(job),
      now,
    },
    options.jobFailuresMax,
  );
}

/** What failed: an attempt of a region, or, as no subtask did, one of the job. */
export function partOf({ vertices, attempt }: JobMaster, failure: FailureReason): FailedPart {
  if (failure.kind !== 'execution-failed') return { region: '', attempt };
  return { region: subtaskKey(firstOfRegion(vertices, failure.attempt)), attempt: failure.attempt.attempt };
}

/** A text of it that is the same for the same failure of another attempt. */
export function whatFailed(failure: FailureReason): string {
  if (failure.kind !== 'execution-failed') return JSON.stringify(failure);
  const { vertex, subtask } = failure.attempt;
  return JSON.stringify([vertex, subtask, withoutAmounts(failure.reason)]);
}

/** Batches are cut elsewhere in the next attempt, and the heap is as full as it happens to be. */
function withoutAmounts(reason: ExecutionReason): unknown {
  switch (reason.kind) {
    case 'task-manager-killed':
    case 'state-too-large':
      return [reason.kind, reason.operator];
    default:
      return reason;
  }
}

/** Of the regions that failed, the first one with the gravest reason. */
function gravestFailure(job: JobMaster): FailureReason {
  const all = failuresOf(job);
  const real = all.filter((failure) => !isWish(failure));
  const failures = real.length === 0 ? all : real;
  const worst = gravest(failures.map(failureClassOf));
  return must(
    failures.find((failure) => failureClassOf(failure) === worst),
    'the failure of a region',
  );
}

function beginRestart(step: Step, leader: Leader, job: JobMaster, region: Region, restartAt: number): void {
  if (step.out.noted) {
    const reason = must(region.failure, 'the failure that ends an attempt');
    const { attempt } = region;
    step.out.note({ kind: 'job-restarting', jobId: job.jobId, epoch: leader.epoch, attempt, reason });
  }
  moveRegion(region, 'RESTARTING');
  region.restartAt = restartAt;
  cancelTimer(leader.timers, regionTimer('deploy', job, region));
}

function moveRegion(region: Region, to: RegionState): void {
  region.state = checkTransition(regionTransitions, region.state, to, `a region at attempt ${region.attempt}`);
}

/** A region's attempts all ended, its delay is over, and no pointer write is open that might still add a checkpoint. */
export function reconcileRestarts(step: Step, leader: Leader, job: JobMaster): void {
  if (job.status !== 'RESTARTING' || job.store.write !== null) return;
  const ready = job.regions.filter((region) => isReadyAgain(step, leader, job, region));
  if (ready.length === 0) return;
  const isToBeReshaped = isRescaleDue(leader, job);
  if ((isToBeReshaped || tookOver(job)) && ready.length < job.regions.length) return; // all of them restart, and at once
  job.attempt += 1;
  if (isToBeReshaped) reshape(step, leader, job);
  else beginAgain(leader, job, ready);
  stampCreated(step, job);
  if (job.regions.every(({ state }) => state === 'RUNNING')) moveJob(step, job, 'RUNNING');
}

function beginAgain(leader: Leader, job: JobMaster, ready: readonly Region[]): void {
  job.restore = createRestorePoint(); // of those that wait too: no checkpoint completes before all run
  for (const region of ready) {
    moveRegion(region, 'RUNNING');
    region.attempt = job.attempt;
    region.failure = null;
    cancelTimer(leader.timers, regionTimer('cancel', job, region));
  }
  job.executions = job.executions.map((execution) => nextExecution(job, execution));
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
