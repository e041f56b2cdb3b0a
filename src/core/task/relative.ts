// What goes on for ever in the state of a task, but for its requests' numbers, which its TaskManager names.
import type { Shift } from '../base/relative.ts';
import { shiftRequests } from '../base/requests.ts';
import { shiftRetries } from '../base/retry.ts';
import { shiftCalls } from '../operators/calls.ts';
import { shiftSource } from '../operators/source.ts';
import type { TaskState } from './state.ts';

export function shiftTask(task: TaskState, by: Shift): void {
  const { requests, retries, gate, alignment, partition, checkpoints } = task;
  shiftRequests(requests, by);
  shiftRetries(retries, by);
  task.watermarkAt = by.moment(task.watermarkAt);
  gate.requestAt = by.moment(gate.requestAt);
  partition.flushAt = by.moment(partition.flushAt);
  partition.statusAt = by.moment(partition.statusAt);
  alignment.startedAt = alignment.pendingId === 0 ? 0 : by.moment(alignment.startedAt);
  for (const [index, taken] of checkpoints.entries())
    checkpoints[index] = { ...taken, startedAt: by.moment(taken.startedAt) };
  if (task.chain.calls !== undefined) shiftCalls(task.chain.calls, by);
  if (task.source !== null) shiftSource(task.source, by);
}
