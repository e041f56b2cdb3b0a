// Restart strategies: whether a failure is followed by a restart, and after how long. Pure functions of strategy, failures so far and now; the chance
// in a delay is a hash.
import { murmur } from '../graph/key-groups.ts';
import { hashKey } from '../graph/keys.ts';
import { backoffMs } from '../base/retry.ts';
import type { RestartStrategy } from '../graph/job-graph.ts';
import type { RestartRefusal } from '../protocol/reasons.ts';
import type { FailureClass } from './failure-class.ts';

/** The failures of a job under this leader, as far as the next decision depends on them. */
export interface FailureCounts {
  /** Failures that counted; under exponential-delay since the last quiet time. */
  failures: number;
  /** When the restart behind the latest of them was due, in ms on the node's clock; 0: there was none. */
  restartAt: number;
  /** failure-rate: when the latest failures came, oldest first; one more than the interval may have is never kept. */
  readonly recentAt: number[];
  /** Failures of the job's own in a row: without a completed checkpoint between them, or the same again. */
  ownFailures: number;
  /** Of the latest of those: the latest completed checkpoint, or 0; and what failed. */
  ownCheckpointId: number;
  ownFailure: string;
  /** What those were of: the latest, so that none counts twice. */
  readonly ownParts: FailedPart[];
}

/** An attempt of a region, which its first subtask names (`vertex/subtask`): so it has one name, however often its job is rescaled. */
export interface FailedPart {
  readonly region: string;
  readonly attempt: number;
}

export function createFailureCounts(): FailureCounts {
  return { failures: 0, restartAt: 0, recentAt: [], ownFailures: 0, ownCheckpointId: 0, ownFailure: '', ownParts: [] };
}

/** What failed, and what is known at that moment. */
export interface Failure {
  readonly jobId: string;
  /** The attempt that it ended: makes the jitter of each restart another one. */
  readonly attempt: number;
  readonly failureClass: FailureClass;
  readonly part: FailedPart;
  /** Where and why, the same for the same failure of another attempt. */
  readonly what: string;
  /** A restart of another part of the job is still to come. */
  readonly restartIsPending: boolean;
  readonly latestCheckpointId: number;
  /** In ms on the node's clock. */
  readonly now: number;
}

/** `restartAt`: in ms on the node's clock, not before. */
export type RestartDecision =
  | { readonly kind: 'restart'; readonly restartAt: number }
  | { readonly kind: 'give-up'; readonly refusal: RestartRefusal };

/** Counts a failure, and decides. */
export function onFailure(
  counts: FailureCounts,
  strategy: RestartStrategy,
  failure: Failure,
  jobFailuresMax: number,
): RestartDecision {
  if (failure.failureClass === 'unrecoverable') return giveUp({ kind: 'not-recoverable' });
  switch (strategy.kind) {
    case 'none':
      return giveUp({ kind: 'no-restarts' });
    case 'fixed-delay':
      counts.failures += 1;
      if (counts.failures > strategy.attempts) return giveUp({ kind: 'restarts-used-up', restarts: strategy.attempts });
      return restartIn(counts, failure, strategy.delayMs);
    case 'failure-rate':
      return atFailureRate(counts, strategy, failure);
    case 'exponential-delay':
      return withExponentialDelay(counts, strategy, failure, jobFailuresMax);
  }
}

type StrategyOf<K> = Extract<RestartStrategy, { readonly kind: K }>;

function giveUp(refusal: RestartRefusal): RestartDecision {
  return { kind: 'give-up', refusal };
}

function restartIn(counts: FailureCounts, { now }: Failure, delayMs: number): RestartDecision {
  counts.restartAt = now + delayMs;
  return { kind: 'restart', restartAt: counts.restartAt };
}

function atFailureRate(
  counts: FailureCounts,
  { failuresMax, intervalMs, delayMs }: StrategyOf<'failure-rate'>,
  failure: Failure,
): RestartDecision {
  const { recentAt } = counts;
  recentAt.push(failure.now);
  while ((recentAt[0] ?? failure.now) <= failure.now - intervalMs) recentAt.shift();
  if (recentAt.length > failuresMax)
    return giveUp({ kind: 'failure-rate-exceeded', failures: recentAt.length, intervalMs });
  return restartIn(counts, failure, delayMs);
}

/** Without end, but for failures of the job's own. */
function withExponentialDelay(
  counts: FailureCounts,
  strategy: StrategyOf<'exponential-delay'>,
  failure: Failure,
  jobFailuresMax: number,
): RestartDecision {
  if (failure.restartIsPending) return { kind: 'restart', restartAt: counts.restartAt };
  if (failure.failureClass === 'own' && countOwn(counts, failure, strategy.resetMs) >= jobFailuresMax)
    return giveUp({ kind: 'own-failures-in-a-row', failures: counts.ownFailures });
  if (failure.now - counts.restartAt >= strategy.resetMs) counts.failures = 0;
  counts.failures += 1;
  return restartIn(counts, failure, exponentialDelayMs(strategy, counts.failures, failure));
}

/**
 * A failure of the job's own of which nothing was known when its attempt ended, as something lost: the restart is under way. Why there must be no other, or
 * null. Strategies that count every failure have counted it.
 */
export function onLateOwnFailure(
  counts: FailureCounts,
  strategy: RestartStrategy,
  failure: OwnFailure,
  jobFailuresMax: number,
): RestartRefusal | 'counted-before' | null {
  if (strategy.kind !== 'exponential-delay') return null;
  const { region, attempt } = failure.part;
  if (counts.ownParts.some((part) => part.region === region && part.attempt === attempt)) return 'counted-before';
  if (countOwn(counts, failure, strategy.resetMs) < jobFailuresMax) return null;
  return { kind: 'own-failures-in-a-row', failures: counts.ownFailures };
}

/** More than are late at once: one of each TaskManager. */
const PARTS_MAX = 64;

/** A checkpoint that completed before the job came to the record that fails it is no way past that record: there it fails in the same way again. */
export type OwnFailure = Pick<Failure, 'part' | 'what' | 'latestCheckpointId' | 'now'>;

function countOwn(counts: FailureCounts, { part, latestCheckpointId, what, now }: OwnFailure, resetMs: number): number {
  const isSame = counts.ownFailure === what && now - counts.restartAt < resetMs;
  const isInARow = counts.ownCheckpointId === latestCheckpointId || isSame;
  counts.ownFailures = isInARow ? counts.ownFailures + 1 : 1;
  counts.ownCheckpointId = latestCheckpointId;
  counts.ownFailure = what;
  counts.ownParts.push(part);
  if (counts.ownParts.length > PARTS_MAX) counts.ownParts.shift();
  return counts.ownFailures;
}

/** At once behind the first failure. */
function exponentialDelayMs(
  { initialMs, multiplier, maxMs, jitter }: StrategyOf<'exponential-delay'>,
  failures: number,
  { jobId, attempt }: Failure,
): number {
  if (failures === 1) return 0;
  const delayMs = backoffMs({ initialMs, multiplier, maxMs }, failures - 1);
  return Math.max(0, Math.round(delayMs * (1 + jitter * spread(jobId, attempt))));
}

/** From -1 to 1, the same for the same restart of the same job: so jobs that failed together do not restart together. */
function spread(jobId: string, attempt: number): number {
  return (2 * murmur(hashKey([jobId, attempt]))) / 0x7f_ff_ff_ff - 1;
}
