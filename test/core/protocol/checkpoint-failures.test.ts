// Reasons of checkpoints by Flink's names, and which of them count against the job.
import { expect, test } from 'vitest';
import { checkpointFailureOf, isCounted } from '../../../src/core/protocol/checkpoint-failures.ts';
import type { CheckpointReason, DeclineReason } from '../../../src/core/protocol/reasons.ts';

const attempt = { jobId: 'words', vertex: 0, subtask: 0, attempt: 1 };
const declined = (reason: DeclineReason): CheckpointReason => ({ kind: 'declined', attempt, reason });

test.each<[CheckpointReason, string, boolean]>([
  [{ kind: 'job-restarts' }, 'JOB_FAILOVER_REGION', false],
  [{ kind: 'job-ends' }, 'CHECKPOINT_COORDINATOR_SHUTDOWN', false],
  [{ kind: 'subsumed', by: 7 }, 'CHECKPOINT_SUBSUMED', false],
  [
    { kind: 'id-not-stored', reason: { kind: 'other-answer', answer: 'ha-conflict' } },
    'TRIGGER_CHECKPOINT_FAILURE',
    false,
  ],
  [{ kind: 'expired', missing: [{ vertex: 0, subtask: 0 }] }, 'CHECKPOINT_EXPIRED', true],
  [{ kind: 'expired', missing: [] }, 'FINALIZE_CHECKPOINT_FAILURE', true],
  [declined({ kind: 'subsumed', by: 8 }), 'CHECKPOINT_DECLINED_SUBSUMED', false],
  [declined({ kind: 'too-many-snapshots', max: 4 }), 'CHECKPOINT_DECLINED', true],
  [declined({ kind: 'snapshot-not-stored', reason: { kind: 'timed-out' } }), 'CHECKPOINT_ASYNC_EXCEPTION', true],
  [declined({ kind: 'task-has-inputs' }), 'CHECKPOINT_DECLINED', true],
  [declined({ kind: 'task-not-running', state: 'FAILED' }), 'CHECKPOINT_DECLINED_TASK_NOT_READY', false],
  [declined({ kind: 'no-such-attempt' }), 'TASK_CHECKPOINT_FAILURE', false],
])('%j is %s, and counts: %s', (reason, name, counts) => {
  expect(checkpointFailureOf(reason)).toBe(name);
  expect(isCounted(checkpointFailureOf(reason))).toBe(counts);
});
