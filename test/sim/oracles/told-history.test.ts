// O-life, histories: what clients are told of checkpoints and failures that never happened, and what agrees with what was seen.
import { describe, expect, test } from 'vitest';
import type { CheckpointLine } from '../../../src/core/protocol/job-history.ts';
import type { Bodies } from '../../../src/core/protocol/messages.ts';
import type { TaskReason } from '../../../src/core/protocol/reasons.ts';
import { lifeOracle } from '../../../src/sim/oracles/life.ts';
import { History } from './history.ts';
import { contextOf, counting, JOB, putMetadata, putSnapshots, subtasksOf, writePointers } from './small-job.ts';

const context = { ...contextOf(counting), asksHistory: true };
const attempt = { jobId: JOB, vertex: 0, subtask: 0, attempt: 1 };
const thrown: TaskReason = {
  kind: 'user-code',
  operator: 'map',
  function: null,
  given: null,
  text: 'a stone',
  stack: null,
};

/** Checkpoint 1 is durable, its tasks were told, and a task failed. */
function happened(given: typeof context = context): History {
  const history = new History(lifeOracle(given));
  history.lead('jm-1', 1);
  const plan = { id: 1, epoch: 1, attempt: 1, positions: [1, 1] } as const;
  writePointers(history, 1, [putMetadata(history, given, plan, subtasksOf(plan, putSnapshots(history, given, plan)))]);
  history.send('jm-1', 'tm-1', 'notify-checkpoint-complete', {
    epoch: 1,
    incarnation: 1,
    attempt,
    checkpointId: 1,
    final: false,
  });
  history.send('tm-1', 'jm-1', 'task-state-changed', {
    epoch: 1,
    incarnation: 1,
    attempt,
    state: 'FAILED',
    reason: thrown,
  });
  return history;
}

function lineOf(id: number, status: CheckpointLine['status'], changed: Partial<CheckpointLine> = {}): CheckpointLine {
  const failure = { name: 'CHECKPOINT_COORDINATOR_SHUTDOWN', reason: { kind: 'job-ends' } } as const;
  return {
    id,
    status,
    triggerTimestamp: 1,
    latestAckTimestamp: null,
    endTimestamp: null,
    endToEndDurationMs: 0,
    stateSizeBytes: 0,
    numSubtasks: 2,
    numAcknowledgedSubtasks: status === 'COMPLETED' ? 2 : 0,
    savepointId: null,
    externalPath: status === 'COMPLETED' ? `${JOB}/chk-${id}/metadata-e1` : null,
    failure: status === 'FAILED' ? failure : null,
    ...changed,
  };
}

const FIRST = lineOf(1, 'COMPLETED');

function tellCheckpoints(history: History, changed: Partial<Bodies['job-checkpoints']> = {}): void {
  history.send('jm-1', 'client', 'job-checkpoints', {
    epoch: 1,
    jobId: JOB,
    counts: { completed: 1, failed: 1, inProgress: 1, restored: 0 },
    latestCompleted: FIRST,
    latestSavepoint: null,
    latestFailed: null,
    latestRestored: null,
    history: [lineOf(3, 'IN_PROGRESS'), lineOf(2, 'FAILED'), FIRST],
    ...changed,
  });
}

function tellDetails(history: History, line: CheckpointLine | null): void {
  const checkpoint = line === null ? null : { ...line, subtasks: [] };
  history.send('jm-1', 'client', 'checkpoint-details', { epoch: 1, jobId: JOB, checkpointId: 1, checkpoint });
}

function tellExceptions(history: History, changed: Partial<Bodies['job-exceptions']> = {}, reason = thrown): void {
  const cause = { kind: 'execution-failed', attempt, reason } as const;
  const exceptions = [{ timestamp: 1, cause, task: null, taskManager: null, concurrent: [] }];
  history.send('jm-1', 'client', 'job-exceptions', {
    epoch: 1,
    jobId: JOB,
    max: 5,
    exceptions,
    truncated: false,
    ...changed,
  });
}

describe('a client is told', () => {
  test('what happened', () => {
    const history = happened();
    tellCheckpoints(history);
    tellExceptions(history);
    tellDetails(history, FIRST);
    tellDetails(history, null);
    expect(history.violations).toEqual([]);
  });

  const counts = { completed: 1, failed: 1, inProgress: 1, restored: 0 };
  test.each<[string, string, Partial<Bodies['job-checkpoints']>]>([
    ['of a checkpoint that never was durable', 'told-complete', { latestCompleted: lineOf(7, 'COMPLETED') }],
    [
      'that a durable one failed',
      'told-failed',
      { history: [lineOf(3, 'IN_PROGRESS'), lineOf(1, 'FAILED')], counts: { ...counts, completed: 1 } },
    ],
    [
      'that one completed without all its tasks',
      'told-acknowledged',
      { latestCompleted: lineOf(1, 'COMPLETED', { numAcknowledgedSubtasks: 1 }) },
    ],
    [
      'that one failed for no reason',
      'told-why',
      { history: [lineOf(3, 'IN_PROGRESS'), lineOf(2, 'FAILED', { failure: null }), FIRST] },
    ],
    ['of fewer than tasks were told', 'history-short', { counts: { ...counts, completed: 0 } }],
    ['of more than were durable', 'history-long', { counts: { ...counts, completed: 2 } }],
    ['other counts than lines', 'history-counts', { counts: { ...counts, inProgress: 0 } }],
    ['in another order', 'history-order', { history: [FIRST, lineOf(2, 'FAILED'), lineOf(3, 'IN_PROGRESS')] }],
  ])('%s: a violation', (_, rule, changed) => {
    const history = happened();
    tellCheckpoints(history, changed);
    expect(history.rules).toEqual([rule]);
  });

  test.each<[string, string, CheckpointLine]>([
    ['as complete that never was durable', 'told-complete', lineOf(7, 'COMPLETED')],
    ['as failed that is durable', 'told-failed', lineOf(1, 'FAILED')],
    ['with metadata of another name', 'told-path', lineOf(1, 'COMPLETED', { externalPath: 'elsewhere' })],
  ])('of one checkpoint %s: a violation', (_, rule, line) => {
    const history = happened();
    tellDetails(history, line);
    expect(history.rules).toEqual([rule]);
  });

  test('of a failure that no task had: a violation', () => {
    const history = happened();
    tellExceptions(history, {}, { ...thrown, text: 'a pebble' });
    expect(history.rules).toEqual(['exception-invented']);
  });

  test('more failures than it asked for: a violation', () => {
    const history = happened();
    tellExceptions(history, { max: 0 });
    expect(history.rules).toEqual(['exceptions-counted']);
  });

  test('and nothing is remembered of a run of which no client asks', () => {
    const history = happened({ ...context, asksHistory: false });
    tellCheckpoints(history, { counts: { ...counts, completed: 9 } });
    expect(history.violations).toEqual([]);
  });
});
