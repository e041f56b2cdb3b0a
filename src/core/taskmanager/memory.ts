// A heap that is nearly full: the task with the largest state ends, before the process does and takes all others with it.
import type { MessageOfKind } from '../protocol/messages.ts';
import { keyedStateOf } from '../task/state.ts';
import type { TaskStep } from '../task/step.ts';
import { stepTask } from '../task/task.ts';
import { recordEndedTasks } from './deployment.ts';
import type { TaskManagerState } from './state.ts';

/** Of what is in use, what a state must have at the least to be at fault: the sizes are estimates. */
const SHARE_MIN = 0.1;

export function onMemoryShort(state: TaskManagerState, message: MessageOfKind<'memory-short'>, step: TaskStep): void {
  const { usedBytes, limitBytes } = message.body;
  const states = state.tasks.flatMap((task) => ({ task, keyed: keyedStateOf(task) }));
  const largest = Math.max(0, ...states.map(({ keyed }) => keyed?.bytes ?? 0));
  const found = states.find(({ keyed }) => keyed?.bytes === largest);
  if (largest < SHARE_MIN * usedBytes || found === undefined || found.keyed === null)
    return step.out.ignore(message, { kind: 'state-small', bytes: largest });
  stepTask(
    found.task,
    { kind: 'fail', reason: { kind: 'state-too-large', ...found.keyed, usedBytes, limitBytes } },
    step,
  );
  recordEndedTasks(state, step);
}
