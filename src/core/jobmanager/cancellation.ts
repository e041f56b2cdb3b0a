// The cancellation of executions: asked for until their TaskManager says that they ended, or is lost.
import { setTimer } from '../base/timers.ts';
import { isTerminal } from '../protocol/states.ts';
import { moveExecution } from './executions.ts';
import { attemptIdOf, executionsOfRegion, isStopping, regionOf, regionTimer } from './jobs.ts';
import type { Execution, JobMaster, Leader, Region } from './state.ts';
import type { Step } from './step.ts';
import { tellTask } from './task-managers.ts';

export function cancelRegion(step: Step, leader: Leader, job: JobMaster, region: Region): void {
  for (const execution of executionsOfRegion(job, region)) cancelExecution(step, leader, job, execution);
}

function cancelExecution(step: Step, leader: Leader, job: JobMaster, execution: Execution): void {
  if (isTerminal(execution.state) || execution.state === 'CANCELING') return;
  if (execution.taskManager === '') return moveExecution(step, job, execution, 'CANCELED');
  moveExecution(step, job, execution, 'CANCELING');
  sendCancel(step, leader, job, execution);
}

function sendCancel(step: Step, leader: Leader, job: JobMaster, execution: Execution): void {
  tellTask(step, leader, execution, 'cancel-task', { attempt: attemptIdOf(job, execution), finish: isStopping(job) });
  const timer = regionTimer('cancel', job, regionOf(job, execution));
  setTimer(leader.timers, timer, step.now + step.options.cancelTimeoutMs);
}

/** Repeated for as long as the TaskManager lives: its reports, or its loss, end the wait. */
export function onCancelTimeout(step: Step, leader: Leader, job: JobMaster, region: Region): void {
  for (const execution of executionsOfRegion(job, region))
    if (execution.state === 'CANCELING') sendCancel(step, leader, job, execution);
}
