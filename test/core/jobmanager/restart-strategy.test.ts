// Restart strategies as pure functions: each failure, and what follows from it.
import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../../src/core/base/options.ts';
import type { RestartStrategy } from '../../../src/core/graph/job-graph.ts';
import { failureClassOf, gravest, type FailureClass } from '../../../src/core/jobmanager/failure-class.ts';
import {
  createFailureCounts,
  onFailure,
  type Failure,
  type FailureCounts,
} from '../../../src/core/jobmanager/restart-strategy.ts';
import { clusterOptionTable, contradictionOf } from '../../../src/core/protocol/cluster-options.ts';
import type { ExecutionReason } from '../../../src/core/protocol/reasons.ts';
import { longestDelayMs, strategyOf } from '../../../src/core/protocol/restart-options.ts';

const JOB_FAILURES_MAX = 3;
const base: Failure = {
  jobId: 'job',
  attempt: 1,
  failureClass: 'lost',
  part: { region: '0/0', attempt: 1 },
  what: 'it',
  restartIsPending: false,
  latestCheckpointId: 0,
  now: 1_000,
};
const even = {
  kind: 'exponential-delay',
  initialMs: 100,
  multiplier: 2,
  maxMs: 500,
  jitter: 0,
  resetMs: 1_000,
} as const;

/** The delay in ms, or the kind of the refusal. */
function next(counts: FailureCounts, strategy: RestartStrategy, failure: Partial<Failure> = {}): number | string {
  const full = { ...base, ...failure };
  const decision = onFailure(counts, strategy, full, JOB_FAILURES_MAX);
  return decision.kind === 'restart' ? decision.restartAt - full.now : decision.refusal.kind;
}

describe('exponential-delay', () => {
  test('restarts at once, then after longer and longer, up to its limit', () => {
    const counts = createFailureCounts();
    expect([1, 2, 3, 4, 5, 6].map(() => next(counts, even))).toEqual([0, 100, 200, 400, 500, 500]);
  });

  test('begins again behind a quiet time, counted from the restart', () => {
    const counts = createFailureCounts();
    for (const delay of [0, 100]) expect(next(counts, even)).toBe(delay); // the second one restarts at 1,100
    expect(next(counts, even, { now: 2_099 })).toBe(200); // restarts at 2,299
    expect(next(counts, even, { now: 3_299 })).toBe(0);
  });

  test('merges what fails before the pending restart, and does not count it', () => {
    const counts = createFailureCounts();
    for (const delay of [0, 100]) expect(next(counts, even)).toBe(delay);
    expect(next(counts, even, { now: 1_040, restartIsPending: true, failureClass: 'own' })).toBe(60);
    expect(next(counts, even, { now: 1_500 })).toBe(200);
    expect(counts).toMatchObject({ failures: 3, ownFailures: 0 });
  });

  test('is more or less by its jitter, by the same for the same restart of a job', () => {
    const strategy = { ...even, jitter: 0.5 };
    const delays = Array.from({ length: 200 }, (_, attempt) => {
      const counts = { ...createFailureCounts(), failures: 1, restartAt: 900 };
      const delay = next(counts, strategy, { attempt });
      expect(next({ ...createFailureCounts(), failures: 1, restartAt: 900 }, strategy, { attempt })).toBe(delay);
      return delay as number;
    });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...delays)).toBeLessThanOrEqual(150);
    expect(new Set(delays).size).toBeGreaterThan(50);
    expect(next({ ...createFailureCounts(), failures: 1, restartAt: 900 }, strategy, { jobId: 'other' })).not.toBe(
      next({ ...createFailureCounts(), failures: 1, restartAt: 900 }, strategy),
    );
  });

  test('has no end while processes and services are lost', () => {
    const counts = createFailureCounts();
    for (let failure = 0; failure < 1_000; failure++) expect(next(counts, even)).toBeTypeOf('number');
  });

  test("gives up behind failures of the job's own, whatever else fails between them", () => {
    const counts = createFailureCounts();
    const classes: readonly FailureClass[] = ['own', 'lost', 'own', 'lost', 'lost'];
    for (const failureClass of classes) expect(next(counts, even, { failureClass })).toBeTypeOf('number');
    expect(next(counts, even, { failureClass: 'own' })).toBe('own-failures-in-a-row');
  });

  test('counts them from the latest completed checkpoint', () => {
    const counts = createFailureCounts();
    const fail = (latestCheckpointId: number, index: number): number | string =>
      next(counts, even, { failureClass: 'own', what: `record ${index}`, latestCheckpointId });
    expect([0, 0, 1, 1, 2, 2, 2].map(fail)).toEqual([0, 100, 200, 400, 500, 500, 'own-failures-in-a-row']);
  });

  test('counts the same again, if a checkpoint completes each time before it comes to that', () => {
    const own = { failureClass: 'own', what: 'record 7' } as const;
    const counts = createFailureCounts();
    for (const latestCheckpointId of [1, 2]) next(counts, even, { ...own, latestCheckpointId });
    expect(next(counts, even, { ...own, latestCheckpointId: 3 })).toBe('own-failures-in-a-row');
    const slow = createFailureCounts();
    for (const at of [1, 2, 3, 4])
      expect(next(slow, even, { ...own, latestCheckpointId: at, now: at * 10_000 })).toBe(0);
  });
});

describe('the others count every failure', () => {
  test('none', () => {
    expect(next(createFailureCounts(), { kind: 'none' })).toBe('no-restarts');
  });

  test('fixed-delay', () => {
    const counts = createFailureCounts();
    const strategy = { kind: 'fixed-delay', attempts: 2, delayMs: 70 } as const;
    const pending = { restartIsPending: true, failureClass: 'own' } as const;
    expect([next(counts, strategy), next(counts, strategy, pending), next(counts, strategy)]).toEqual([
      70,
      70,
      'restarts-used-up',
    ]);
  });

  test('failure-rate, in any interval', () => {
    const counts = createFailureCounts();
    const strategy = { kind: 'failure-rate', failuresMax: 2, intervalMs: 1_000, delayMs: 5 } as const;
    const at = (now: number): number | string => next(counts, strategy, { now });
    expect([1_000, 1_999, 2_000, 2_999, 3_000].map(at)).toEqual([5, 5, 5, 5, 5]);
    expect(counts.recentAt).toEqual([2_999, 3_000]);
    expect(at(3_998)).toBe('failure-rate-exceeded');
  });

  test('and no strategy restarts what the next attempt would meet again', () => {
    const strategies = [even, { kind: 'fixed-delay', attempts: 9, delayMs: 0 } as const, { kind: 'none' } as const];
    for (const strategy of strategies)
      expect(next(createFailureCounts(), strategy, { failureClass: 'unrecoverable' })).toBe('not-recoverable');
  });
});

describe('whose failure it is', () => {
  const attempt = { jobId: 'job', vertex: 0, subtask: 0, attempt: 1 };
  test.each<[FailureClass, ExecutionReason]>([
    ['lost', { kind: 'connection-lost', peer: 'tm-1' }],
    ['own', { kind: 'user-code', operator: 'a', function: null, given: null, text: 'it threw', stack: null }],
    ['own', { kind: 'restore-failed', reason: { kind: 'file-missing', name: 'f' } }],
    ['own', { kind: 'artifact-refused', artifact: 'a', reason: { kind: 'artifact-missing', hash: 'a', path: null } }],
    ['unrecoverable', { kind: 'artifact-refused', artifact: 'a', reason: { kind: 'artifact-unnamed', hash: 'a' } }],
  ])('%s: %o', (failureClass, reason) => {
    expect(failureClassOf({ kind: 'execution-failed', attempt, reason })).toBe(failureClass);
  });

  test('is not the job’s where checkpoints fail', () => {
    const last = { kind: 'expired', missing: [] } as const;
    expect(failureClassOf({ kind: 'checkpoints-failed', times: 6, last })).toBe('lost');
  });

  test('is the gravest of several', () => {
    expect(gravest(['lost', 'own', 'lost'])).toBe('own');
    expect(gravest(['own', 'unrecoverable'])).toBe('unrecoverable');
    expect(gravest(['lost'])).toBe('lost');
  });
});

describe('the strategy in force', () => {
  const of = (restartStrategy: number): RestartStrategy =>
    strategyOf(null, withDefaults(clusterOptionTable, { restartStrategy, restartDelayMs: 40, restartsMax: 7 }));

  test('is the one of the job, then that of the cluster', () => {
    expect(strategyOf({ kind: 'none' }, withDefaults(clusterOptionTable))).toEqual({ kind: 'none' });
    expect([0, 1, 2, 3].map(of)).toEqual([
      { kind: 'exponential-delay', initialMs: 40, multiplier: 1.5, maxMs: 6_000, jitter: 0.1, resetMs: 360_000 },
      { kind: 'fixed-delay', attempts: 7, delayMs: 40 },
      { kind: 'failure-rate', failuresMax: 7, intervalMs: 60_000, delayMs: 40 },
      { kind: 'none' },
    ]);
  });

  test('has a longest delay', () => {
    expect([0, 1, 2, 3].map((number) => longestDelayMs(of(number)))).toEqual([6_600, 40, 40, 0]);
  });

  test('does not grow to less than it begins with', () => {
    expect(contradictionOf(withDefaults(clusterOptionTable, { restartDelayMs: 7_000 }))).toBe(
      'restartDelayMaxMs=6000 must be at least restartDelayMs=7000',
    );
  });
});
