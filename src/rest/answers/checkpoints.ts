// Checkpoints, as Flink shows them. What Millrace does not have (unaligned checkpoints, buffers in flight, increments) is 0.
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { CheckpointLine, CheckpointStatistics, SubtaskStatistics } from '../../core/protocol/job-history.ts';
import type { Bodies } from '../../core/protocol/messages.ts';
import type { JobDetails } from '../../core/protocol/overview.ts';
import type { VertexNames } from '../../core/protocol/vertex-names.ts';
import { vertexIdOf } from '../rest-ids.ts';
import type { TypeOf } from '../schema.ts';
import type * as shapes from '../shapes.ts';
import { spreadOf } from './spread.ts';

const NEVER = -1;
/** Of `externalizedCheckpointRetention`. */
const RETAIN_ON_CANCELLATION = 2;

/** What a leader does not tell with its checkpoints. */
export interface Beside {
  /** Of savepoints that are there, by their ids. */
  readonly locations: ReadonlyMap<string, string>;
  /** The vertices of the job. */
  readonly names: VertexNames;
}

export function checkpointsOf(
  {
    counts,
    latestCompleted,
    latestSavepoint,
    latestFailed,
    latestRestored,
    history,
  }: Omit<Bodies['job-checkpoints'], 'epoch' | 'jobId'>,
  options: ClusterOptions,
  beside: Beside,
): TypeOf<typeof shapes.checkpoints> {
  const completed = history.filter(({ status }) => status === 'COMPLETED');
  const retained = completed.filter(({ savepointId }) => savepointId === null).slice(0, options.retainedCheckpoints);
  const show = (line: CheckpointLine): shapes.Checkpoint =>
    checkpointOf(
      line,
      line.savepointId === null && !retained.includes(line) && line.id !== latestCompleted?.id,
      beside,
    );
  const orNull = (line: CheckpointLine | null | undefined): shapes.Checkpoint | null =>
    line === null || line === undefined ? null : show(line);
  return {
    counts: {
      restored: counts.restored,
      total: counts.completed + counts.failed + counts.inProgress,
      in_progress: counts.inProgress,
      completed: counts.completed,
      failed: counts.failed,
    },
    summary: {
      checkpointed_size: spreadOf(completed.map(({ stateSizeBytes }) => stateSizeBytes)),
      state_size: spreadOf(completed.map(({ stateSizeBytes }) => stateSizeBytes)),
      end_to_end_duration: spreadOf(completed.map(({ endToEndDurationMs }) => endToEndDurationMs)),
      alignment_buffered: spreadOf(completed.map(() => 0)),
      processed_data: spreadOf(completed.map(() => 0)),
      persisted_data: spreadOf(completed.map(() => 0)),
    },
    latest: {
      completed:
        (latestCompleted?.savepointId ?? null) === null
          ? orNull(latestCompleted)
          : orNull(completed.find((line) => line.savepointId === null)),
      savepoint: orNull(latestSavepoint),
      failed: orNull(latestFailed),
      restored:
        latestRestored === null
          ? null
          : {
              id: latestRestored.id,
              restore_timestamp: latestRestored.restoreTimestamp,
              is_savepoint: latestRestored.savepointId !== null,
              external_path: latestRestored.externalPath,
            },
    },
    history: history.map(show),
  };
}

const CLASSES = { COMPLETED: 'completed', FAILED: 'failed', IN_PROGRESS: 'in_progress' } as const;

function checkpointOf(line: CheckpointLine, discarded: boolean, { locations, names }: Beside): shapes.Checkpoint {
  const { id, status, savepointId, triggerTimestamp, externalPath, endTimestamp, failure } = line;
  const isSavepoint = savepointId !== null;
  const location = locations.get(savepointId ?? '');
  return {
    className: CLASSES[status],
    id,
    status,
    is_savepoint: isSavepoint,
    savepointFormat: isSavepoint ? 'CANONICAL' : null,
    trigger_timestamp: triggerTimestamp,
    latest_ack_timestamp: line.latestAckTimestamp ?? NEVER,
    ...sizesOf(line),
    checkpoint_type: isSavepoint ? 'SAVEPOINT' : 'CHECKPOINT',
    tasks: {},
    ...(status === 'COMPLETED' ? { external_path: externalPath ?? '', discarded } : {}),
    ...(location === undefined ? {} : { 'savepoint-location': location }),
    ...(status === 'FAILED'
      ? {
          failure_timestamp: endTimestamp ?? 0,
          failure_message: failure === null ? null : describeReason(failure.reason, names),
        }
      : {}),
  };
}

type Sized = Pick<CheckpointLine, 'stateSizeBytes' | 'endToEndDurationMs' | 'numSubtasks' | 'numAcknowledgedSubtasks'>;

function sizesOf({ stateSizeBytes, endToEndDurationMs, numSubtasks, numAcknowledgedSubtasks }: Sized) {
  return {
    checkpointed_size: stateSizeBytes,
    state_size: stateSizeBytes,
    end_to_end_duration: Math.round(endToEndDurationMs),
    alignment_buffered: 0,
    processed_data: 0,
    persisted_data: 0,
    num_subtasks: numSubtasks,
    num_acknowledged_subtasks: numAcknowledgedSubtasks,
  };
}

// ---- One checkpoint

export function checkpointDetailsOf(one: CheckpointStatistics, details: JobDetails, beside: Beside): shapes.Checkpoint {
  const tasks = details.vertices.map(({ id }, index) => [vertexIdOf(id), taskOf(one, details, index)] as const);
  return { ...checkpointOf(one, false, beside), tasks: Object.fromEntries(tasks) };
}

type TaskSummary = shapes.Checkpoint['tasks'][string];

function taskOf(one: CheckpointStatistics, details: JobDetails, vertex: number): TaskSummary {
  const acknowledged = one.subtasks.filter((subtask) => subtask.vertex === vertex);
  return {
    id: one.id,
    status: one.status,
    latest_ack_timestamp: Math.max(NEVER, ...acknowledged.map(({ ackTimestamp }) => ackTimestamp)),
    ...sizesOf({
      stateSizeBytes: acknowledged.reduce((sum, { stateSizeBytes }) => sum + stateSizeBytes, 0),
      endToEndDurationMs: Math.max(0, ...acknowledged.map(({ endToEndDurationMs }) => endToEndDurationMs)),
      numSubtasks: details.vertices[vertex]?.parallelism ?? acknowledged.length,
      numAcknowledgedSubtasks: acknowledged.length,
    }),
  };
}

export function checkpointTaskOf(
  one: CheckpointStatistics,
  details: JobDetails,
  vertex: number,
): TypeOf<typeof shapes.checkpointTask> {
  const acknowledged = one.subtasks.filter((subtask) => subtask.vertex === vertex);
  const spread = (value: (subtask: SubtaskStatistics) => number) => spreadOf(acknowledged.map(value));
  const none = spreadOf(acknowledged.map(() => 0));
  const parallelism = details.vertices[vertex]?.parallelism ?? acknowledged.length;
  return {
    ...taskOf(one, details, vertex),
    summary: {
      checkpointed_size: spread(({ stateSizeBytes }) => stateSizeBytes),
      state_size: spread(({ stateSizeBytes }) => stateSizeBytes),
      end_to_end_duration: spread(({ endToEndDurationMs }) => endToEndDurationMs),
      checkpoint_duration: { sync: none, async: spread(({ asyncDurationMs }) => asyncDurationMs) },
      alignment: {
        buffered: none,
        processed: none,
        persisted: none,
        duration: spread(({ alignmentDurationMs }) => alignmentDurationMs),
      },
      start_delay: spread(startDelayOf),
    },
    subtasks: Array.from({ length: parallelism }, (_, index) =>
      subtaskOf(
        index,
        acknowledged.find(({ subtask }) => subtask === index),
      ),
    ),
  };
}

/** The time that neither alignment nor writing took. */
function startDelayOf({ endToEndDurationMs, alignmentDurationMs, asyncDurationMs }: SubtaskStatistics): number {
  return Math.max(0, Math.round(endToEndDurationMs - alignmentDurationMs - asyncDurationMs));
}

type SubtaskCheckpoint = TypeOf<typeof shapes.checkpointTask>['subtasks'][number];

function subtaskOf(index: number, one: SubtaskStatistics | undefined): SubtaskCheckpoint {
  if (one === undefined) return { className: 'pending_or_failed', index, status: 'pending_or_failed' };
  return {
    className: 'completed',
    index,
    ack_timestamp: one.ackTimestamp,
    end_to_end_duration: Math.round(one.endToEndDurationMs),
    checkpointed_size: one.stateSizeBytes,
    state_size: one.stateSizeBytes,
    checkpoint: { sync: 0, async: Math.round(one.asyncDurationMs) },
    alignment: { buffered: 0, processed: 0, persisted: 0, duration: Math.round(one.alignmentDurationMs) },
    start_delay: startDelayOf(one),
    unaligned_checkpoint: false,
    aborted: false,
    status: 'completed',
  };
}

export function checkpointConfigOf(options: ClusterOptions): TypeOf<typeof shapes.checkpointConfig> {
  const { externalizedCheckpointRetention: retention } = options;
  return {
    mode: 'exactly_once',
    interval: options.checkpointIntervalMs,
    timeout: options.checkpointTimeoutMs,
    min_pause: options.checkpointMinPauseMs,
    max_concurrent: options.maxConcurrentCheckpoints,
    externalization: { enabled: retention > 0, delete_on_cancellation: retention < RETAIN_ON_CANCELLATION },
    state_backend: 'HashMapStateBackend',
    checkpoint_storage: 'FileSystemCheckpointStorage',
    unaligned_checkpoints: false,
    tolerable_failed_checkpoints: options.tolerableFailedCheckpoints,
    aligned_checkpoint_timeout: 0,
    checkpoints_after_tasks_finish: true,
    state_changelog_enabled: false,
    changelog_periodic_materialization_interval: 0,
    changelog_storage: 'memory',
  };
}
