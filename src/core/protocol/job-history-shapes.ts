// The shapes of what is shown of the life of a job, for messages and records.
import type {
  CheckpointCounts,
  CheckpointLine,
  CheckpointStatistics,
  RestoredStatistics,
  RootException,
} from './job-history.ts';
import { checkpointReason, failureReason } from './reason-shapes.ts';
import { list, nullable, oneOf, record, shapeOf, type ShapeOf } from './shapes.ts';

const exception = {
  timestamp: 'number',
  cause: failureReason,
  task: 'string?',
  taskManager: 'string?',
} as const;
export const rootException: ShapeOf<RootException> = shapeOf<RootException>()(
  record({ ...exception, concurrent: list(record(exception)) }),
);

export const checkpointCounts: ShapeOf<CheckpointCounts> = shapeOf<CheckpointCounts>()(
  record({ completed: 'int', failed: 'int', inProgress: 'int', restored: 'int' }),
);

export const restoredStatistics: ShapeOf<RestoredStatistics> = shapeOf<RestoredStatistics>()(
  record({ id: 'int', restoreTimestamp: 'number', externalPath: 'string', savepointId: 'string?' }),
);

const line = {
  id: 'int',
  status: oneOf('IN_PROGRESS', 'COMPLETED', 'FAILED'),
  triggerTimestamp: 'number',
  latestAckTimestamp: nullable('number'),
  endTimestamp: nullable('number'),
  endToEndDurationMs: 'number',
  stateSizeBytes: 'int',
  numSubtasks: 'int',
  numAcknowledgedSubtasks: 'int',
  savepointId: 'string?',
  externalPath: 'string?',
  failure: nullable(
    record({
      name: oneOf(
        'CHECKPOINT_EXPIRED',
        'CHECKPOINT_SUBSUMED',
        'CHECKPOINT_DECLINED',
        'CHECKPOINT_DECLINED_SUBSUMED',
        'CHECKPOINT_DECLINED_TASK_NOT_READY',
        'CHECKPOINT_ASYNC_EXCEPTION',
        'TASK_CHECKPOINT_FAILURE',
        'FINALIZE_CHECKPOINT_FAILURE',
        'TRIGGER_CHECKPOINT_FAILURE',
        'JOB_FAILOVER_REGION',
        'CHECKPOINT_COORDINATOR_SHUTDOWN',
      ),
      reason: checkpointReason,
    }),
  ),
} as const;
export const checkpointLine: ShapeOf<CheckpointLine> = shapeOf<CheckpointLine>()(record(line));

export const checkpointStatistics: ShapeOf<CheckpointStatistics> = shapeOf<CheckpointStatistics>()(
  record({
    ...line,
    subtasks: list(
      record({
        vertex: 'int',
        subtask: 'int',
        attempt: 'int',
        ackTimestamp: 'number',
        endToEndDurationMs: 'number',
        stateSizeBytes: 'int',
        alignmentDurationMs: 'number',
        asyncDurationMs: 'number',
      }),
    ),
  }),
);
