// Which restart strategy is in force for a job: its own, or that of the cluster options.
import type { RestartStrategy } from '../graph/job-graph.ts';
import type { ClusterOptions } from './cluster-options.ts';

/** @param own that of the job graph; null: it names none */
export function strategyOf(own: RestartStrategy | null, options: ClusterOptions): RestartStrategy {
  return own ?? CLUSTER_STRATEGIES[options.restartStrategy]?.(options) ?? exponentialDelay(options);
}

/** By the number in `restartStrategy`. */
const CLUSTER_STRATEGIES: readonly ((options: ClusterOptions) => RestartStrategy)[] = [
  exponentialDelay,
  ({ restartsMax, restartDelayMs }) => ({ kind: 'fixed-delay', attempts: restartsMax, delayMs: restartDelayMs }),
  ({ restartsMax, restartRateIntervalMs, restartDelayMs }) => ({
    kind: 'failure-rate',
    failuresMax: restartsMax,
    intervalMs: restartRateIntervalMs,
    delayMs: restartDelayMs,
  }),
  () => ({ kind: 'none' }),
];

function exponentialDelay(options: ClusterOptions): RestartStrategy {
  return {
    kind: 'exponential-delay',
    initialMs: options.restartDelayMs,
    multiplier: options.restartMultiplierPermille / 1_000,
    maxMs: options.restartDelayMaxMs,
    jitter: options.restartJitterPermille / 1_000,
    resetMs: options.restartResetMs,
  };
}

/** The longest that a restart is put off, in ms. */
export function longestDelayMs(strategy: RestartStrategy): number {
  switch (strategy.kind) {
    case 'none':
      return 0;
    case 'fixed-delay':
    case 'failure-rate':
      return strategy.delayMs;
    case 'exponential-delay':
      return Math.round(strategy.maxMs * (1 + strategy.jitter));
  }
}
