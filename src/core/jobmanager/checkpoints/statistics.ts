// What is shown of the checkpoints of a job (Flink: CheckpointStatsTracker, `/jobs/:id/checkpoints`), as data in the state of its leader. A new
// leader begins anew. Nothing is decided by it.
import { deepFreeze } from '../../base/state.ts';
import { checkpointFailureOf } from '../../protocol/checkpoint-failures.ts';
import type { CheckpointStatistics, RestoredStatistics, SubtaskStatistics } from '../../protocol/job-history.ts';
import type { Bodies } from '../../protocol/messages.ts';
import type { CheckpointEnd } from '../../protocol/reasons.ts';

/** Ended checkpoints of a job that are kept with all their subtasks (Flink: `web.checkpoints.history`). */
export const HISTORY_MAX = 10;

/** What is kept of a job. Those that are pending are IN_PROGRESS, and counted in none of the numbers. */
export interface JobCheckpointStatistics {
  completed: number;
  failed: number;
  restored: number;
  latestRestored: RestoredStatistics | null;
  latestCompleted: CheckpointStatistics | null;
  /** Of those that are completed, the latest savepoint. */
  latestSavepoint: CheckpointStatistics | null;
  latestFailed: CheckpointStatistics | null;
  /** The last few that ended, oldest first. */
  readonly history: CheckpointStatistics[];
}

/** What of a pending checkpoint is shown. */
interface Shown {
  readonly checkpointId: number;
  readonly timestamp: number;
  readonly participants: ReadonlyMap<string, number>;
  readonly statistics: ReadonlyMap<string, SubtaskStatistics>;
}

/** How a checkpoint ended, and where its metadata is. */
export interface ShownEnd {
  readonly how: CheckpointEnd;
  readonly wallTime: number;
  /** Name of its metadata; null: it is not completed. */
  readonly externalPath: string | null;
}

export function createStatistics(): JobCheckpointStatistics {
  return {
    completed: 0,
    failed: 0,
    restored: 0,
    latestRestored: null,
    latestCompleted: null,
    latestSavepoint: null,
    latestFailed: null,
    history: [],
  };
}

/** @param triggeredAt on the clock of this node, as `now` is. */
export function subtaskStatistics(
  { attempt, handle, metrics }: Bodies['acknowledge-checkpoint'],
  triggeredAt: number,
  { now, wallTime }: { readonly now: number; readonly wallTime: number },
): SubtaskStatistics {
  return Object.freeze({
    vertex: attempt.vertex,
    subtask: attempt.subtask,
    attempt: attempt.attempt,
    ackTimestamp: wallTime,
    endToEndDurationMs: now - triggeredAt,
    stateSizeBytes: handle.sizeBytes,
    alignmentDurationMs: metrics.alignmentMs,
    asyncDurationMs: metrics.durationMs,
  });
}

/** A checkpoint as it stands: `end` null means that it is pending. */
export function checkpointStatistics(
  { checkpointId, timestamp, participants, statistics }: Shown,
  savepointId: string | null,
  end: ShownEnd | null,
): CheckpointStatistics {
  const subtasks = [...statistics.values()].toSorted((a, b) => a.vertex - b.vertex || a.subtask - b.subtask);
  return {
    id: checkpointId,
    status: end === null ? 'IN_PROGRESS' : end.how.kind === 'completed' ? 'COMPLETED' : 'FAILED',
    triggerTimestamp: timestamp,
    latestAckTimestamp: subtasks.length === 0 ? null : Math.max(...subtasks.map(({ ackTimestamp }) => ackTimestamp)),
    endTimestamp: end === null ? null : end.wallTime,
    endToEndDurationMs: Math.max(0, ...subtasks.map(({ endToEndDurationMs }) => endToEndDurationMs)),
    stateSizeBytes: subtasks.reduce((sum, { stateSizeBytes }) => sum + stateSizeBytes, 0),
    numSubtasks: participants.size,
    numAcknowledgedSubtasks: subtasks.length,
    savepointId,
    externalPath: end === null ? null : end.externalPath,
    failure: end === null ? null : failureOf(end.how),
    subtasks,
  };
}

function failureOf(how: CheckpointEnd): CheckpointStatistics['failure'] {
  return how.kind === 'completed' ? null : { name: checkpointFailureOf(how), reason: how };
}

/** A checkpoint ended. */
export function recordEnd(
  job: JobCheckpointStatistics,
  pending: Shown,
  savepointId: string | null,
  end: ShownEnd,
): void {
  const ended = deepFreeze(checkpointStatistics(pending, savepointId, end));
  if (ended.status === 'COMPLETED') {
    job.completed += 1;
    job.latestCompleted = ended;
    if (savepointId !== null) job.latestSavepoint = ended;
  } else {
    job.failed += 1;
    job.latestFailed = ended;
  }
  job.history.push(ended);
  if (job.history.length > HISTORY_MAX) job.history.shift();
}

/** A checkpoint that is completed is a savepoint as well. */
export function recordSavepoint(job: JobCheckpointStatistics, checkpointId: number, savepointId: string): void {
  const index = job.history.findIndex(({ id, status }) => id === checkpointId && status === 'COMPLETED');
  const completed = job.history[index];
  if (completed === undefined) return;
  const saved = deepFreeze({ ...completed, savepointId });
  job.history[index] = saved;
  job.latestSavepoint = saved;
  if (job.latestCompleted?.id === checkpointId) job.latestCompleted = saved;
}

/** Metadata was read for a restore. */
export function recordRestore(job: JobCheckpointStatistics, restored: RestoredStatistics): void {
  job.restored += 1;
  job.latestRestored = Object.freeze(restored);
}
