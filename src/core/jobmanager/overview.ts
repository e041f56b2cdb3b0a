// What clients are told of the cluster as a whole: who leads, which TaskManagers there are, and how many jobs.
import type { MessageOfKind } from '../protocol/messages.ts';
import type { JobCounts, TaskManagerLine } from '../protocol/overview.ts';
import { isTerminal } from '../protocol/states.ts';
import { recoveredLeader } from './dispatcher.ts';
import { drainOf } from './drains.ts';
import { lostTimer } from './resource-manager.ts';
import type { Execution, JobMaster, Leader, SlotMirror, TaskManagerEntry } from './state.ts';
import type { Step } from './step.ts';

export function onRequestClusterOverview(step: Step, message: MessageOfKind<'request-cluster-overview'>): void {
  const leader = recoveredLeader(step, message);
  if (leader === null) return;
  const { only } = message.body;
  const wanted = [...leader.taskManagers.values()].filter(({ address }) => only === null || address === only);
  step.out.send(message.from, 'cluster-overview', {
    epoch: leader.epoch,
    leader: step.config.address,
    jobs: countJobs(leader),
    taskManagers: wanted.map((one) => lineOf(step, leader, one)),
  });
}

function countJobs({ jobs, results }: Leader): JobCounts {
  const ends = { FINISHED: 0, CANCELED: 0, FAILED: 0 };
  for (const { status } of results.values()) ends[status] += 1;
  return { running: jobs.size, finished: ends.FINISHED, canceled: ends.CANCELED, failed: ends.FAILED };
}

function lineOf(step: Step, leader: Leader, taskManager: TaskManagerEntry): TaskManagerLine {
  const { address, incarnation, slots } = taskManager;
  const tasks = executionsOn(leader, taskManager);
  const allocated = slots.flatMap((slot) => allocatedSlot(leader, slot, tasks));
  return {
    address,
    incarnation,
    slots: slots.length,
    freeSlots: slots.filter(({ state }) => state === 'FREE').length,
    silentMs: silentMs(step, leader, taskManager),
    drain: drainOf(leader, address).status,
    allocated,
  };
}

/** Its deadline tells when it was heard last. One that is suspected has less time than usual, and was heard earlier than that. */
function silentMs({ now, options }: Step, { timers }: Leader, { address }: TaskManagerEntry): number {
  const deadline = timers.deadlines.get(lostTimer(address)) ?? now;
  return Math.max(0, options.heartbeatTimeoutMs - Math.max(0, deadline - now));
}

interface Deployed {
  readonly job: JobMaster;
  readonly execution: Execution;
}

function executionsOn({ jobs }: Leader, { address }: TaskManagerEntry): readonly Deployed[] {
  return [...jobs.values()].flatMap((job) =>
    job.executions
      .filter(({ taskManager, state }) => taskManager === address && !isTerminal(state))
      .map((execution) => ({ job, execution })),
  );
}

function allocatedSlot(
  { jobs }: Leader,
  { slotIndex, jobId, state, allocationId }: SlotMirror,
  deployed: readonly Deployed[],
): TaskManagerLine['allocated'] {
  if (jobId === null || state !== 'ALLOCATED') return [];
  const ofJob = jobs.get(jobId)?.allocations.findIndex((one) => one?.allocationId === allocationId) ?? -1;
  const tasks = deployed.filter(({ job, execution }) => job.jobId === jobId && execution.subtask === ofJob).length;
  return [{ slotIndex, jobId, tasks }];
}
