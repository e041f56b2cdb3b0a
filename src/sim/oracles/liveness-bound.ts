// How long a job may take once faults stopped: three times the slowest way to notice, restart and checkpoint again, and what is left to do at
// the slowest of the sources' rate, the steps' costs, and the reads and writes of its ports. Computed from the options in force and printed with
// the verdict.
import { longestDelayMs, strategyOf } from '../../core/protocol/restart-options.ts';
import { clusterOptionTable, type ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { OracleContext } from './context.ts';
import { planReference } from './reference-plan.ts';
import { referenceOf } from './reference.ts';

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

/** What a whole run has to do: a job may make many records of one, or of none at all when its timers fire. */
export interface Traffic {
  /** Calls of operators in all, and of the busiest one. */
  readonly calls: number;
  readonly busiest: number;
  /** Records of the largest sink. */
  readonly written: number;
  /** All calls of `mapAsync`, as if one subtask made them, each as long as the longest, in ms. */
  readonly callingMs: number;
}

export const NO_TRAFFIC: Traffic = { calls: 0, busiest: 0, written: 0, callingMs: 0 };

/** Counted in the reference, which tells the work also where it does not tell the output. Without one (user code throws) nothing ends anyway. */
export function trafficOf(context: OracleContext): Traffic {
  const reference = referenceOf(context);
  if (reference.failure() !== null) return NO_TRAFFIC;
  const { calls, sinks, longestCallMs } = reference.complete();
  const rounds = context.graph.operators.map((operator, index) =>
    operator.kind === 'map-async' ? 1 + Math.ceil((calls[index] ?? 0) / operator.capacity) : 0,
  );
  return {
    calls: calls.reduce((sum, count) => sum + count, 0),
    busiest: Math.max(0, ...calls),
    written: Math.max(0, ...[...sinks.values()].map(({ total }) => total)),
    callingMs: longestCallMs * rounds.reduce((sum, count) => sum + count, 0),
  };
}

/** What else a job may have to wait for. */
export interface Company {
  /** World time: a client may still be about to submit the job. */
  readonly nowMs: number;
  /** What each of the other jobs of the run may still cost the nodes that it shares, in ms. */
  readonly others: readonly number[];
}

const ALONE: Company = { nowMs: Number.POSITIVE_INFINITY, others: [] };

/** What a job costs the slowest node, as if that did it all and from its beginning, in ms. */
export function workOf(context: OracleContext, traffic: Traffic): number {
  const { splits } = planReference(context.graph, context.program, context.topics);
  const whole = splits.map(({ operator, records }) => ({ operator, records: records.length }));
  return atStepCosts(context, whole, traffic) + traffic.callingMs;
}

export function livenessBound(
  context: OracleContext,
  left: readonly SplitLeft[],
  traffic: Traffic,
  { nowMs, others }: Company = ALONE,
): LivenessBound {
  const { options } = context;
  const timeout = largestTimeout(options);
  const pause =
    options.checkpointMinPauseMs > options.checkpointIntervalMs ? 'checkpointMinPauseMs' : 'checkpointIntervalMs';
  const restartMs = longestDelayMs(strategyOf(context.graph.restart, options));
  const roundMs = timeout.ms + restartMs + options[pause];
  // A job whose own code ends it comes to that code in so many attempts, each of which may be over only behind a timeout.
  const rounds = 3 + (context.ends === 'FAILED' ? options.jobFailuresMax - 1 : 0);
  const recoveryMs = rounds * roundMs;
  const [slowest] = [
    { ms: atSourceRate(context, left), how: 'at the rate of the sources' },
    { ms: atStepCosts(context, left, traffic), how: 'at the cost of steps and messages' },
    { ms: atReads(context, left), how: `at ${options.sourceReadRecords} records a read` },
    { ms: atWrites(context, traffic), how: `at ${options.sinkChunkRecords} records a write` },
  ].toSorted((a, b) => b.ms - a.ms) as [{ ms: number; how: string }];
  const records = left.reduce((total, split) => total + split.records, 0);
  const followingMs = (context.follows ?? null) === null ? 0 : recoveryMs;
  const submissionMs = Math.max(0, Math.ceil(context.submitAtMs - nowMs));
  const othersMs = others.reduce((sum, ms) => sum + ms, 0);
  const slotsMs = slotWaitMs(options);
  const { callingMs } = traffic;
  return {
    ms: recoveryMs + followingMs + slowest.ms + callingMs + submissionMs + othersMs + slotsMs,
    text:
      `${rounds} × (${timeout.name} ${timeout.ms} + restart delay ${restartMs} + ${pause} ${options[pause]}) ms` +
      ` + ${slowest.ms} ms ${slowest.how} for ${records} records` +
      (callingMs === 0 ? '' : ` + ${callingMs} ms for the calls of mapAsync`) +
      (followingMs === 0 ? '' : ` + the same until the job that it follows is over`) +
      (slotsMs === 0 ? '' : ` + ${SLOT_WAIT} ${slotsMs} ms`) +
      (othersMs === 0 ? '' : ` + ${othersMs} ms for the other jobs`) +
      (submissionMs === 0 ? '' : ` + ${submissionMs} ms until it is submitted`),
  };
}

const SLOT_WAIT = 'slotWaitTimeoutMs';

/** A scenario whose jobs wait for slots says for how long; in others there are enough, and what takes so long is no progress. */
export function slotWaitMs(options: ClusterOptions): number {
  return options[SLOT_WAIT] === clusterOptionTable[SLOT_WAIT].default ? 0 : options[SLOT_WAIT];
}

/** Of everything that is waited for before it counts as lost, or is said or asked again. */
export function largestTimeout(options: ClusterOptions): { readonly name: string; readonly ms: number } {
  const timeouts = Object.entries(options).filter(
    ([name]) =>
      (name.endsWith('TimeoutMs') && !NO_TIMEOUTS.includes(name)) ||
      name.endsWith('RetryMs') ||
      OTHER_TIMEOUTS.includes(name),
  );
  return timeouts.reduce((largest, [name, ms]) => (ms > largest.ms ? { name, ms } : largest), { name: 'none', ms: 0 });
}

/** One is added where it applies; the other is of code that does not return, of which a bounded number of attempts has any. */
const NO_TIMEOUTS: readonly string[] = [SLOT_WAIT, 'userCodeTimeoutMs'] satisfies (keyof ClusterOptions)[];
const OTHER_TIMEOUTS: readonly string[] = ['leaseMs', 'channelStatusIntervalMs'] satisfies (keyof ClusterOptions)[];

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

/** As if one node, the slowest, did it all, and each batch of a source had one record and waited for its credit to come back. */
function atStepCosts({ graph, costs, options }: OracleContext, left: readonly SplitLeft[], traffic: Traffic): number {
  const hops = graph.operators.length;
  const total = left.reduce((sum, { records }) => sum + records, 0);
  const busyUs =
    Math.max(total * hops, traffic.calls) * costs.slowestFactor * (costs.recordCostUs + 3 * costs.stepCostUs);
  const roundTrips = longestOf(left) + Math.ceil(traffic.busiest / options.batchSizeRecords);
  const roundTripUs = 2 * (costs.networkLatencyUs + costs.networkJitterUs);
  return Math.ceil((busyUs + roundTrips * roundTripUs + hops * storeUs(costs)) / 1_000);
}

/** One read at a time of each split. */
function atReads({ costs, options }: OracleContext, left: readonly SplitLeft[]): number {
  return Math.ceil(((1 + Math.ceil(longestOf(left) / options.sourceReadRecords)) * storeUs(costs)) / 1_000);
}

/** One write at a time of each subtask, and all of the output may be one subtask's, and come at the end. */
function atWrites({ costs, options }: OracleContext, { written }: Traffic): number {
  return Math.ceil(((1 + Math.ceil(written / options.sinkChunkRecords)) * storeUs(costs)) / 1_000);
}

function longestOf(left: readonly SplitLeft[]): number {
  return left.reduce((most, { records }) => Math.max(most, records), 0);
}

/** A request to a port and its answer. */
function storeUs(costs: OracleContext['costs']): number {
  return 2 * (costs.storageLatencyUs + costs.storageJitterUs);
}
