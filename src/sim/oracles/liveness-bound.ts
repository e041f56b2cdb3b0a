// How long a job may take once faults stopped: three times the slowest way to notice, restart and checkpoint again, and what is left to do at
// the slower of the sources' rate and the steps' costs. Computed from the options in force and printed with the verdict.
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { OracleContext } from './context.ts';

export interface LivenessBound {
  readonly ms: number;
  /** How it was computed, in one line. */
  readonly text: string;
}

/** Records of a split that lie behind the newest durable checkpoint. */
export interface SplitLeft {
  readonly operator: string;
  readonly records: number;
}

export function livenessBound(context: OracleContext, left: readonly SplitLeft[]): LivenessBound {
  const { options } = context;
  const timeout = largestTimeout(options);
  const recoveryMs = 3 * (timeout.ms + options.restartDelayMs + options.checkpointIntervalMs);
  const rateMs = atSourceRate(context, left);
  const costMs = atStepCosts(context, left);
  const records = left.reduce((total, split) => total + split.records, 0);
  const work =
    rateMs >= costMs ? `${rateMs} ms at the rate of the sources` : `${costMs} ms at the cost of steps and messages`;
  return {
    ms: recoveryMs + Math.max(rateMs, costMs),
    text:
      `3 × (${timeout.name} ${timeout.ms} + restartDelayMs ${options.restartDelayMs} + checkpointIntervalMs ${options.checkpointIntervalMs}) ms` +
      ` + ${work} for ${records} records`,
  };
}

/** Of everything that is waited for before it counts as lost. */
function largestTimeout(options: ClusterOptions): { readonly name: string; readonly ms: number } {
  const timeouts = Object.entries(options).filter(([name]) => name === 'leaseMs' || name.endsWith('TimeoutMs'));
  return timeouts.reduce((largest, [name, ms]) => (ms > largest.ms ? { name, ms } : largest), { name: 'none', ms: 0 });
}

/** Splits are read side by side. */
function atSourceRate({ graph }: OracleContext, left: readonly SplitLeft[]): number {
  const rates = new Map(
    graph.operators.map((operator) => [operator.id, operator.kind === 'source' ? operator.recordsPerSecond : 0]),
  );
  const times = left.map(({ operator, records }) => {
    const rate = rates.get(operator) ?? 0;
    return rate === 0 ? 0 : Math.ceil((records * 1_000) / rate);
  });
  return Math.max(0, ...times);
}

/** As if one node did it all, and each batch had one record and waited for its credit to come back. */
function atStepCosts({ graph, costs }: OracleContext, left: readonly SplitLeft[]): number {
  const hops = graph.operators.length;
  const total = left.reduce((sum, { records }) => sum + records, 0);
  const longest = left.reduce((most, { records }) => Math.max(most, records), 0);
  const busyUs = total * hops * (costs.recordCostUs + 3 * costs.stepCostUs);
  const roundTripUs = 2 * (costs.networkLatencyUs + costs.networkJitterUs);
  const storeUs = 2 * (costs.storageLatencyUs + costs.storageJitterUs);
  return Math.ceil((busyUs + longest * roundTripUs + hops * storeUs) / 1_000);
}
