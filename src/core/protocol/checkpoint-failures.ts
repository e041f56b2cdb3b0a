// Why a checkpoint failed, by the names of Flink (CheckpointFailureReason), and which of them count against the job. Names of Flink that are
// missing here have no cause in Millrace: nobody declines for a closing task, a cancellation barrier or an end of input, no partition blocks.
import { unreachable } from '../base/assert.ts';
import type { CheckpointReason, DeclineReason } from './reasons.ts';

export type CheckpointFailure =
  | 'CHECKPOINT_EXPIRED'
  | 'CHECKPOINT_SUBSUMED'
  | 'CHECKPOINT_DECLINED'
  | 'CHECKPOINT_DECLINED_SUBSUMED'
  | 'CHECKPOINT_DECLINED_TASK_NOT_READY'
  | 'CHECKPOINT_ASYNC_EXCEPTION'
  | 'TASK_CHECKPOINT_FAILURE'
  | 'FINALIZE_CHECKPOINT_FAILURE'
  | 'TRIGGER_CHECKPOINT_FAILURE'
  | 'JOB_FAILOVER_REGION'
  | 'CHECKPOINT_COORDINATOR_SHUTDOWN';

/** A failure counts where a restart may help: the job's own tasks or files were too slow, or could not. */
const COUNTS: Readonly<Record<CheckpointFailure, boolean>> = {
  CHECKPOINT_EXPIRED: true,
  CHECKPOINT_SUBSUMED: false,
  CHECKPOINT_DECLINED: true,
  CHECKPOINT_DECLINED_SUBSUMED: false,
  CHECKPOINT_DECLINED_TASK_NOT_READY: false,
  CHECKPOINT_ASYNC_EXCEPTION: true,
  TASK_CHECKPOINT_FAILURE: false,
  FINALIZE_CHECKPOINT_FAILURE: true,
  TRIGGER_CHECKPOINT_FAILURE: false, // the HA service is away: no task is to blame
  JOB_FAILOVER_REGION: false,
  CHECKPOINT_COORDINATOR_SHUTDOWN: false,
};

/** Flink's name for a reason. */
export function checkpointFailureOf(reason: CheckpointReason): CheckpointFailure {
  switch (reason.kind) {
    case 'job-restarts':
      return 'JOB_FAILOVER_REGION';
    case 'job-ends':
      return 'CHECKPOINT_COORDINATOR_SHUTDOWN';
    case 'subsumed':
      return 'CHECKPOINT_SUBSUMED';
    case 'id-not-stored':
      return 'TRIGGER_CHECKPOINT_FAILURE';
    case 'expired':
      return reason.missing.length === 0 ? 'FINALIZE_CHECKPOINT_FAILURE' : 'CHECKPOINT_EXPIRED';
    case 'declined':
      return DECLINED[reason.reason.kind];
    default:
      return unreachable(reason);
  }
}

const DECLINED: Readonly<Record<DeclineReason['kind'], CheckpointFailure>> = {
  subsumed: 'CHECKPOINT_DECLINED_SUBSUMED',
  'too-many-snapshots': 'CHECKPOINT_DECLINED',
  'snapshot-not-stored': 'CHECKPOINT_ASYNC_EXCEPTION',
  'task-has-inputs': 'CHECKPOINT_DECLINED',
  'task-not-running': 'CHECKPOINT_DECLINED_TASK_NOT_READY',
  'no-such-attempt': 'TASK_CHECKPOINT_FAILURE',
};

/** Whether a failure counts against `tolerableFailedCheckpoints`. */
export function isCounted(failure: CheckpointFailure): boolean {
  return COUNTS[failure];
}
