// A part of O-view: a checkpoint with its subtasks. Each of them acknowledged it, with a snapshot of the size that is shown, and what ended does not end in
// another way.
import type { CheckpointLine } from '../../core/protocol/job-history.ts';
import type { Bodies } from '../../core/protocol/messages.ts';
import { aboutCheckpoint } from './evidence.ts';
import { attemptText } from './text.ts';
import { acknowledgementKey, type ViewState, type Wrong } from './view-seen.ts';

type Shown = NonNullable<Bodies['checkpoint-details']['checkpoint']>;

export function judgeCheckpointShown(state: ViewState, body: Bodies['checkpoint-details'], wrong: Wrong): void {
  const { epoch, jobId, checkpointId, checkpoint } = body;
  const about = [`checkpoint ${checkpointId} of job ${jobId}`, aboutCheckpoint(checkpointId)] as const;
  if (checkpoint === null) {
    if (state.seen.completed.get(`${epoch} ${jobId}`) === checkpointId)
      wrong(
        'checkpoint-denied',
        `knows no checkpoint ${checkpointId} of job ${jobId}, its latest completed one`,
        ...about,
      );
    return;
  }
  if (checkpoint.id !== checkpointId)
    return wrong('other-checkpoint', `shows checkpoint ${checkpoint.id} in place of ${checkpointId}`, ...about);
  judgeSums(checkpoint, wrong);
  for (const { vertex, subtask, attempt, stateSizeBytes } of checkpoint.subtasks) {
    const id = { jobId, vertex, subtask, attempt };
    if (state.seen.acknowledged.get(acknowledgementKey(epoch, checkpointId, id)) !== stateSizeBytes)
      wrong(
        'never-acknowledged',
        `shows ${stateSizeBytes} bytes of ${attemptText(id)} in checkpoint ${checkpointId}, of which it never heard`,
        ...about,
      );
  }
  noteEnded(state, body, checkpoint, wrong);
}

/** Counts and sums are those of the subtasks. */
function judgeSums(
  { id, subtasks, numAcknowledgedSubtasks, stateSizeBytes, endToEndDurationMs, latestAckTimestamp }: Shown,
  wrong: Wrong,
): void {
  const sizes = subtasks.reduce((sum, one) => sum + one.stateSizeBytes, 0);
  const places = new Set(subtasks.map(({ vertex, subtask }) => `${vertex}/${subtask}`));
  if (places.size !== numAcknowledgedSubtasks || subtasks.length !== places.size)
    wrong(
      'miscounted-subtasks',
      `counts ${numAcknowledgedSubtasks} subtasks of checkpoint ${id}, and shows ${subtasks.length}`,
      `${id}`,
      aboutCheckpoint(id),
    );
  const isSum =
    sizes === stateSizeBytes &&
    endToEndDurationMs === Math.max(0, ...subtasks.map((one) => one.endToEndDurationMs)) &&
    latestAckTimestamp === (subtasks.length === 0 ? null : Math.max(...subtasks.map((one) => one.ackTimestamp)));
  if (!isSum)
    wrong(
      'other-sums',
      `shows other sums than those of the subtasks of checkpoint ${id}`,
      `${id}`,
      aboutCheckpoint(id),
    );
}

/** Under one leader. */
export function noteEnded(
  { ended }: ViewState,
  { epoch, jobId }: Pick<Bodies['job-checkpoints'], 'epoch' | 'jobId'>,
  { id, status, numAcknowledgedSubtasks, stateSizeBytes, externalPath }: CheckpointLine,
  wrong: Wrong,
): void {
  const key = `${epoch} ${jobId} ${id}`;
  const how = `${status}, ${numAcknowledgedSubtasks} subtasks, ${stateSizeBytes} bytes, ${externalPath ?? 'nowhere'}`;
  const before = ended.get(key);
  if (before !== undefined && before !== how)
    wrong(
      'ended-otherwise',
      `shows checkpoint ${id} of job ${jobId} as ${how}, and before as ${before}`,
      `${id}`,
      aboutCheckpoint(id),
    );
  if (status !== 'IN_PROGRESS') ended.set(key, before ?? how);
  if ((externalPath !== null) !== (status === 'COMPLETED'))
    wrong('path-or-none', `shows checkpoint ${id} of job ${jobId} as ${how}`, `${id}`, aboutCheckpoint(id));
}
