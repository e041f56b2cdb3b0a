// The ResourceManager: which TaskManagers there are, by incarnation, and whether they live. One heartbeat per TaskManager serves all jobs.
import { cancelTimer, setTimer, timerNames } from '../base/timers.ts';
import type { Address, StreamClass } from '../base/machine.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { TaskManagerReason } from '../protocol/reasons.ts';
import { explainByLoss } from './exception-history.ts';
import { failExecution, isDeployed, onTaskReports } from './executions.ts';
import { noteHeard } from './isolation.ts';
import { onProcessDeath } from './process-deaths.ts';
import { NONE, type Leader, type TaskManagerEntry } from './state.ts';
import { allocationsOn, createSlot, dropAllocation, onSlotReports } from './slots.ts';
import type { Step } from './step.ts';
import { admitEpoch, isSuspect, tell } from './task-managers.ts';

/** Of one TaskManager; more are a mistake. */
export const SLOTS_MAX = 1_024;
/** Heartbeats that fail in a row, behind which a TaskManager whose connection broke counts as lost. */
const UNREACHABLE_HEARTBEATS = 2;

export const heartbeatTimer = timerNames('heartbeat');
export const lostTimer = timerNames('task-manager-lost');

export function onRegisterTaskManager(step: Step, message: MessageOfKind<'register-task-manager'>): void {
  const { epoch, incarnation, slots, death } = message.body;
  const leader = admitEpoch(step, message, epoch);
  if (leader === null) return;
  if (!Number.isInteger(slots) || slots < 1 || slots > SLOTS_MAX)
    return step.out.ignore(message, { kind: 'slots-out-of-range', slots });
  const known = leader.taskManagers.get(message.from);
  if (known !== undefined && known.incarnation > incarnation) {
    const reason = {
      kind: 'newer-incarnation',
      taskManager: message.from,
      incarnation: known.incarnation,
    } as const;
    return step.out.send(message.from, 'registration-refused', { epoch, incarnation, reason });
  }
  if (death !== null && known?.incarnation !== incarnation) onProcessDeath(step, leader, message.from, death); // before its attempt is lost
  if (known !== undefined && known.incarnation < incarnation)
    loseTaskManager(step, leader, known, { kind: 'replaced', incarnation });
  const taskManager =
    leader.taskManagers.get(message.from) ?? addTaskManager(step, leader, message.from, incarnation, slots);
  tell(step, leader, taskManager, 'task-manager-registered', {});
  sendHeartbeat(step, leader, taskManager); // its answer says what it holds: until then none of its slots is used
}

function addTaskManager(
  step: Step,
  leader: Leader,
  address: Address,
  incarnation: number,
  slots: number,
): TaskManagerEntry {
  const taskManager: TaskManagerEntry = {
    address,
    incarnation,
    failedHeartbeats: 0,
    isAsked: false,
    slots: Array.from({ length: slots }, (_, slotIndex) => createSlot(slotIndex)),
  };
  leader.taskManagers.set(address, taskManager);
  setTimer(leader.timers, lostTimer(address), step.now + step.options.heartbeatTimeoutMs);
  if (step.out.noted) {
    const { epoch } = leader;
    step.out.note({ kind: 'task-manager-registered', epoch, taskManager: address, incarnation, slots });
  }
  return taskManager;
}

export function onHeartbeatDue(step: Step, leader: Leader, address: Address): void {
  const taskManager = leader.taskManagers.get(address);
  if (taskManager !== undefined) sendHeartbeat(step, leader, taskManager);
}

function sendHeartbeat(step: Step, leader: Leader, taskManager: TaskManagerEntry): void {
  setTimer(leader.timers, heartbeatTimer(taskManager.address), step.now + step.options.heartbeatIntervalMs);
  const allocations = allocationsOn(taskManager);
  const finalCheckpoints = finalCheckpointsOn(leader, taskManager);
  taskManager.isAsked = true;
  tell(step, leader, taskManager, 'heartbeat', { allocations, finalCheckpoints });
}

/** A lost notification of a final checkpoint is followed by no other: it is repeated until its tasks are FINISHED. */
function finalCheckpointsOn(
  leader: Leader,
  { address }: TaskManagerEntry,
): readonly { jobId: string; checkpointId: number }[] {
  const finalCheckpoints: { jobId: string; checkpointId: number }[] = [];
  for (const { jobId, status, coordinator, executions } of leader.jobs.values()) {
    const checkpointId = coordinator.finalCheckpointId;
    if (status !== 'RUNNING' || checkpointId === NONE) continue;
    const isThere = executions.some((execution) => execution.taskManager === address && isDeployed(execution));
    if (isThere) finalCheckpoints.push({ jobId, checkpointId });
  }
  return finalCheckpoints;
}

/** The only sign of life that counts. Tasks first: why one ended says more than that its slot is free. */
export function onHeartbeatAnswer(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  message: MessageOfKind<'heartbeat-answer'>,
): void {
  taskManager.failedHeartbeats = 0;
  taskManager.isAsked = false;
  noteHeard(step, leader);
  setTimer(leader.timers, lostTimer(taskManager.address), step.now + step.options.heartbeatTimeoutMs);
  onTaskReports(step, leader, taskManager, message.body.tasks);
  onSlotReports(step, leader, taskManager, message.body.slots);
}

/**
 * A broken connection alone proves nothing: the TaskManager is asked at once, and has less time than usual to answer. Where the connection of each of
 * two more heartbeats breaks as well, nobody is there (Flink: heartbeat.rpc-failure-threshold).
 */
export function onConnectionLost(step: Step, leader: Leader, peer: Address, streamClass: StreamClass): void {
  const taskManager = leader.taskManagers.get(peer);
  if (taskManager === undefined || streamClass !== 'control') return;
  if (!isSuspect(taskManager)) return suspect(step, leader, taskManager);
  if (!taskManager.isAsked) return; // what broke carried no heartbeat
  taskManager.isAsked = false;
  taskManager.failedHeartbeats += 1;
  if (taskManager.failedHeartbeats > UNREACHABLE_HEARTBEATS)
    return loseTaskManager(step, leader, taskManager, { kind: 'connections-broke' });
  setTimer(leader.timers, heartbeatTimer(peer), step.now + step.options.requestRetryMs);
}

function suspect(step: Step, leader: Leader, taskManager: TaskManagerEntry): void {
  const { address, incarnation } = taskManager;
  taskManager.failedHeartbeats = 1;
  if (step.out.noted)
    step.out.note({ kind: 'task-manager-suspected', epoch: leader.epoch, taskManager: address, incarnation });
  const { heartbeatIntervalMs, heartbeatTimeoutMs } = step.options;
  const usual = leader.timers.deadlines.get(lostTimer(address)) ?? step.now + heartbeatTimeoutMs;
  setTimer(leader.timers, lostTimer(address), Math.min(usual, step.now + UNREACHABLE_HEARTBEATS * heartbeatIntervalMs));
  sendHeartbeat(step, leader, taskManager);
}

export function onTaskManagerSilent(step: Step, leader: Leader, address: Address): void {
  const taskManager = leader.taskManagers.get(address);
  if (taskManager !== undefined) loseTaskManager(step, leader, taskManager, silence(step, taskManager));
}

function silence({ options }: Step, taskManager: TaskManagerEntry): TaskManagerReason {
  if (isSuspect(taskManager)) return { kind: 'silent-behind-break' };
  return { kind: 'silent', timeoutMs: options.heartbeatTimeoutMs };
}

/** It will not answer any more, so that nobody waits for that. */
export function onTaskManagerStopped(
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  { body: { why } }: MessageOfKind<'task-manager-stopped'>,
): void {
  loseTaskManager(step, leader, taskManager, { kind: 'said-goodbye', why });
}

/** Its slots are gone, and its executions with them. Should it live, it notices the same of us, and registers again. */
function loseTaskManager(step: Step, leader: Leader, taskManager: TaskManagerEntry, reason: TaskManagerReason): void {
  const { address, incarnation } = taskManager;
  if (step.out.noted) {
    step.out.note({ kind: 'task-manager-lost', epoch: leader.epoch, taskManager: address, incarnation, reason });
  }
  leader.taskManagers.delete(address);
  cancelTimer(leader.timers, heartbeatTimer(address));
  cancelTimer(leader.timers, lostTimer(address));
  for (const job of leader.jobs.values()) {
    explainByLoss(step, job, { kind: 'task-manager-lost', taskManager: address, reason });
    for (const execution of job.executions) {
      if (execution.taskManager === address && isDeployed(execution))
        failExecution(step, job, execution, { kind: 'task-manager-lost', taskManager: address, reason });
    }
    for (const [index, allocation] of job.allocations.entries()) {
      if (allocation?.taskManager === address)
        dropAllocation(step, leader, job, index, { kind: 'task-manager-lost', taskManager: address, reason: null });
    }
  }
}
