// The CheckpointCoordinator: drives each pending checkpoint of a job to its end, and arms the next trigger. README.md tells the way of a checkpoint.
// Store, then promise: the id is durable before the trigger, the metadata before the pointer, the pointer before anybody hears of it.
import type { SubtaskId } from '../../protocol/reasons.ts';
import { subtaskKey } from '../jobs.ts';
import type { JobMaster, Leader, PendingCheckpoint } from '../state.ts';
import type { Step } from '../step.ts';
import { reconcileStore } from './completed-store.ts';
import { abortCheckpoint } from './end.ts';
import { reconcileFinalization } from './finalization.ts';
import { reconcileTrigger } from './trigger.ts';

/** Writes the pointers that are wanted, drives what is pending, and arms the trigger once all tasks run. */
export function reconcileCheckpoints(step: Step, leader: Leader, job: JobMaster): void {
  const { coordinator } = job;
  reconcileStore(step, leader, job);
  for (const pending of coordinator.pending.values()) reconcileFinalization(step, leader, job, pending);
  reconcileTrigger(step, leader, job);
}

/** Expires what waits for acknowledgements or for its metadata. A pointer that is being written can no longer be given up. */
export function onCheckpointTimeout(step: Step, leader: Leader, job: JobMaster): void {
  for (const pending of job.coordinator.pending.values())
    if (pending.expiresAt <= step.now)
      abortCheckpoint(step, leader, job, pending, { kind: 'expired', missing: missingIn(job, pending) });
}

/** Who did not acknowledge. The executions are those that took part: with the next ones all pending checkpoints are aborted. */
function missingIn(job: JobMaster, pending: PendingCheckpoint): readonly SubtaskId[] {
  return job.executions
    .filter((execution) => !pending.acknowledged.has(subtaskKey(execution)))
    .map(({ vertex, subtask }) => ({ vertex, subtask }));
}
