// What the host of a TaskManager makes of a death by code of a job: who was at work, from the cells and the state.
import { OPERATOR, RECORD, TASK, type AtWork } from '../base/at-work.ts';
import type { ProcessEnd } from '../base/process-ended.ts';
import type { ProcessDeath } from '../protocol/ids.ts';
import { chainedOperators } from '../task/code.ts';
import type { TaskState } from '../task/state.ts';

/** Null: no task was at work, or it is not there any more. */
export function deathAtWork(
  tasks: readonly Pick<TaskState, 'number' | 'epoch' | 'descriptor'>[],
  atWork: AtWork,
  how: ProcessEnd,
): ProcessDeath | null {
  const task = tasks.find(({ number }) => number === atWork[TASK]);
  if (task === undefined) return null;
  const { epoch, descriptor } = task;
  const operator = chainedOperators(descriptor)[(atWork[OPERATOR] as number) - 1]?.id ?? null;
  const record = (atWork[RECORD] as number) > 0 ? (atWork[RECORD] as number) : null;
  return { epoch, attempt: descriptor.attempt, operator, record, how };
}
