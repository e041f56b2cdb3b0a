// The CheckpointCoordinator: drives each pending checkpoint of a job to its end, and arms the next trigger. README.md tells the way of a checkpoint.
// Store, then promise: the id is durable before the trigger, the metadata before the pointer, the pointer before anybody hears of it.
import { NEVER } from '../../base/machine.ts';
import type { SubtaskId } from '../../protocol/reasons.ts';
import { isAllRunning, subtaskKey } from '../jobs.ts';
import { NONE, type JobMaster, type Leader, type PendingCheckpoint } from '../state.ts';
import type { Step } from '../step.ts';
import { reconcileStore } from './completed-store.ts';
import { failCheckpoint, scheduleTrigger } from './end.ts';
import { reconcileFinalization } from './finalization.ts';

/** Writes the pointers that are wanted, drives what is pending, and arms the trigger once all tasks run. */
export function reconcileCheckpoints(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  reconcileStore(step, leader, job);
  for (const pending of coordinator.pending.values()) reconcileFinalization(step, leader, job, pending);
  const isIdle = coordinator.pending.size === 0 && coordinator.finalCheckpointId === NONE;
  if (isIdle && coordinator.triggerAt === NEVER && isAllRunning(job))
    scheduleTrigger(step, leader, job, step.now + step.options.checkpointIntervalMs);
}

/** Expires what waits for acknowledgements or for its metadata. A pointer that is being written can no longer be given up. */
export function onCheckpointTimeout(step: Step, leader: Leader, job: JobMaster): void {
  for (const pending of job.coordinator.pending.values()) {
    if (job.store.write?.checkpointId !== pending.checkpointId)
      failCheckpoint(step, leader, job, pending, { kind: 'expired', missing: missingIn(job, pending) });
  }
}

/** Who did not acknowledge. The executions are those that took part: with the next ones all pending checkpoints are aborted. */
function missingIn(job: JobMaster, pending: PendingCheckpoint): readonly SubtaskId[] {
  return job.executions
    .filter((execution) => !pending.acknowledged.has(subtaskKey(execution)))
    .map(({ vertex, subtask }) => ({ vertex, subtask }));
}
