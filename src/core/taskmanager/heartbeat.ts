// Heartbeats repair what messages lost: both sides say what they believe, and each puts the other right where it is the authority.
import type { MessageOfKind, SlotReport, TaskReport } from '../protocol/messages.ts';
import type { TaskStep } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { freeUnlisted } from './slots.ts';
import type { TaskManagerState } from './state.ts';
import { sendToLeader } from './to-leader.ts';

export function onHeartbeat(state: TaskManagerState, message: MessageOfKind<'heartbeat'>, step: TaskStep): void {
  freeUnlisted(state, message, step);
  for (const { jobId, checkpointId } of message.body.finalCheckpoints) {
    for (const task of state.tasks) {
      if (task.descriptor.attempt.jobId === jobId) stepTask(task, { kind: 'checkpoint-final', checkpointId }, step);
    }
  }
  sendToLeader(
    state,
    'heartbeat-answer',
    {
      slots: state.slots.map(({ index, state: slotState, jobId, allocationId }): SlotReport => ({
        slotIndex: index,
        state: slotState,
        jobId,
        allocationId,
      })),
      tasks: reportTasks(state),
    },
    step,
  );
}

/** All tasks that are here, and those that are over and that the leader may still ask for. */
function reportTasks(state: TaskManagerState): readonly TaskReport[] {
  return [
    ...state.tasks.map((task) => ({ attempt: task.descriptor.attempt, state: task.status })),
    ...state.records.map((record) => ({ attempt: record.attempt, state: record.state })),
  ];
}
