// Heartbeats repair what messages lost: both sides say what they believe, and each puts the other right where it is the authority.
import type { Leader } from '../leadership/leader-watch.ts';
import type { MessageOfKind, SlotReport, TaskReport } from '../protocol/messages.ts';
import type { ClusterOutbox } from '../protocol/ports.ts';
import { taskStep } from '../task/step.ts';
import type { TaskHost } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { freeUnlisted } from './slots.ts';
import { registered } from './state.ts';
import type { TaskManagerState } from './state.ts';

export function onHeartbeat(
  state: TaskManagerState,
  leader: Leader,
  message: MessageOfKind<'heartbeat'>,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  freeUnlisted(state, message, host, now, out);
  for (const { jobId, checkpointId } of message.body.finalCheckpoints) {
    for (const task of state.tasks) {
      if (task.descriptor.attempt.jobId === jobId)
        stepTask(task, { kind: 'checkpoint-final', checkpointId }, taskStep(host, now, out));
    }
  }
  out.send(leader.address, 'heartbeat-answer', {
    ...registered(state, leader),
    slots: state.slots.map(({ index, state: slotState, jobId, allocationId }): SlotReport => ({
      slotIndex: index,
      state: slotState,
      jobId,
      allocationId,
    })),
    tasks: reportTasks(state),
  });
}

/** All tasks that are here, and those that are over and that the leader may still ask for. */
function reportTasks(state: TaskManagerState): readonly TaskReport[] {
  return [
    ...state.tasks.map((task) => ({ attempt: task.descriptor.attempt, state: task.status })),
    ...state.records.map((record) => ({ attempt: record.attempt, state: record.state })),
  ];
}
