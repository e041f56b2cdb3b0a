// Restart of the whole job after a fixed delay: cancel all, wait until all attempts ended, then everybody again from the latest checkpoint.
// One restart at a time: what fails while one is under way is part of it.
import { must } from '../base/assert.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import { isTerminal } from '../protocol/states.ts';
import { stopCheckpoints } from './checkpoints/end.ts';
import { moveExecution } from './executions.ts';
import { attemptIdOf, createExecutions, jobTimer, moveJob } from './jobs.ts';
import { createCall, type Execution, type JobMaster, type Leader } from './state.ts';
import { wakeBy, type Step } from './step.ts';
import { tellTask } from './task-managers.ts';

export function beginRestart(step: Step, leader: Leader, job: JobMaster): void {
  if (step.out.noted) {
    const { jobId, attempt } = job;
    const reason = must(job.failure, 'the failure that ends an attempt');
    step.out.note({ kind: 'job-restarting', jobId, epoch: leader.epoch, attempt, reason });
  }
  moveJob(step, job, 'RESTARTING');
  job.restartAt = step.now + step.options.restartDelayMs;
  cancelTimer(leader.timers, jobTimer('deploy', job));
  stopCheckpoints(step, leader, job);
  for (const execution of job.executions) cancelExecution(step, leader, job, execution);
}

function cancelExecution(step: Step, leader: Leader, job: JobMaster, execution: Execution): void {
  if (isTerminal(execution.state)) return;
  if (execution.taskManager === '') return moveExecution(step, job, execution, 'CANCELED');
  moveExecution(step, job, execution, 'CANCELING');
  sendCancel(step, leader, job, execution);
}

function sendCancel(step: Step, leader: Leader, job: JobMaster, execution: Execution): void {
  tellTask(step, leader, execution, 'cancel-task', { attempt: attemptIdOf(job, execution) });
  setTimer(leader.timers, jobTimer('cancel', job), step.now + step.options.cancelTimeoutMs);
}

/** Repeated for as long as the TaskManager lives: its reports, or its loss, end the wait. */
export function onCancelTimeout(step: Step, leader: Leader, job: JobMaster): void {
  for (const execution of job.executions) if (execution.state === 'CANCELING') sendCancel(step, leader, job, execution);
}

/** All attempts ended, the delay is over, and no pointer write is open that might still add a checkpoint. */
export function reconcileRestart(step: Step, leader: Leader, job: JobMaster): void {
  if (job.status !== 'RESTARTING' || job.store.write !== null) return;
  if (!job.executions.every((execution) => isTerminal(execution.state))) return;
  if (job.restartAt > step.now) return wakeBy(leader, job.restartAt);
  cancelTimer(leader.timers, jobTimer('cancel', job));
  job.attempt += 1;
  job.executions = createExecutions(job.vertices, job.attempt);
  job.restore = { call: createCall(), ready: false, metadata: null };
  job.failure = null;
  moveJob(step, job, 'RUNNING');
}
