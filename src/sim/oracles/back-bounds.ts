// How long each part of a recovery may take behind the last thing that befell anybody: what has to run out, one after the other, before whoever waits
// notices and does it again. Tighter than the bound of O-live, which allows three times the longest of all timeouts for the whole of it.
import { chainOperators } from '../../core/graph/chaining.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { longestDelayMs, strategyOf } from '../../core/protocol/restart-options.ts';
import { slackOf } from './cause-rules.ts';
import type { OracleContext } from './context.ts';
import { slotWaitMs, trafficOf, workOf } from './liveness-bound.ts';

/**
 * What a job waits for, with nothing befalling anybody. `leaderless`: for a leader. `unsettled`: somebody leads, and the job neither runs nor is over.
 * `running`: all its tasks run, and it waits for its next checkpoint, or its end.
 */
export type Stage = 'leaderless' | 'unsettled' | 'running';

export interface BackBound {
  readonly ms: number;
  /** How it was computed, in one line. */
  readonly text: string;
}

export type BackBounds = Readonly<Record<Stage, BackBound>>;

type Parts = Readonly<Record<string, number>>;

/** The bound of a stage, but for the work, which takes a sequential run of the job to know: no bound is shorter. */
export function leastBounds(context: OracleContext): BackBounds {
  return boundsWith(context, 0);
}

export function backBounds(context: OracleContext): BackBounds {
  const traffic = trafficOf(context);
  // A barrier waits behind the calls of what came before it, however little that is to do for the node.
  const workMs = Math.min(workOf(context, traffic), onItsWayMs(context) + traffic.callingMs);
  return boundsWith(context, Math.ceil(workMs));
}

function boundsWith(context: OracleContext, work: number): BackBounds {
  const { options, costs, graph } = context;
  const restartMs = longestDelayMs(strategyOf(graph.restart, options));
  const slack = Math.ceil(slackOf(options, costs) / 1_000);
  return {
    leaderless: boundOf({ ...partsOfElection(options), slack }),
    unsettled: boundOf({
      ...partsOfDeployment(options),
      'restart delay': restartMs,
      slotWaitTimeoutMs: slotWaitMs(options),
      slack,
    }),
    running: boundOf({ ...partsOfCheckpoint(options), slack, work }),
  };
}

/** What lies before a barrier at the most: full channels, a read of a source, a chunk of a sink, as if one node, the slowest, did it all. */
function onItsWayMs({ graph, options, costs }: OracleContext): number {
  const { batchSizeRecords, creditsPerChannel, sourceReadRecords, sinkChunkRecords } = options;
  const { vertices, edges } = chainOperators(graph);
  const subtasksOf = (vertex: number): number => vertices[vertex]?.parallelism ?? 0;
  const channels = edges.reduce((sum, { source, target }) => sum + subtasksOf(source) * subtasksOf(target), 0);
  const records = channels * (creditsPerChannel + 1) * batchSizeRecords + sourceReadRecords + sinkChunkRecords;
  const { stepCostUs, recordCostUs, slowestFactor } = costs;
  return (records * slowestFactor * (recordCostUs + stepCostUs)) / 1_000;
}

/** Where nobody knows the jobs. */
export function longestStageMs(options: ClusterOptions): number {
  const deployment = { ...partsOfDeployment(options), 'restart delay': options.restartDelayMaxMs };
  return Math.max(...[partsOfElection(options), deployment, partsOfCheckpoint(options)].map((parts) => sumOf(parts)));
}

function partsOfElection({ leaseMs, leaseRenewIntervalMs, requestRetryMs }: ClusterOptions): Parts {
  return { 'leases of whoever yields': 3 * leaseMs, leaseMs, leaseRenewIntervalMs, requestRetryMs };
}

function partsOfDeployment(options: ClusterOptions): Parts {
  const { registrationRetryMs, cancelTimeoutMs, slotRequestTimeoutMs, deployTimeoutMs } = options;
  return {
    'a silent node': silenceMs(options),
    registrationRetryMs,
    cancelTimeoutMs,
    slotRequestTimeoutMs,
    deployTimeoutMs,
  };
}

function partsOfCheckpoint(options: ClusterOptions): Parts {
  const { checkpointTimeoutMs, checkpointIntervalMs, checkpointMinPauseMs, channelStatusIntervalMs, requestRetryMs } =
    options;
  return {
    checkpointTimeoutMs,
    'until the next': Math.max(checkpointIntervalMs, checkpointMinPauseMs),
    channelStatusIntervalMs,
    'a silent node': silenceMs(options),
    requestRetryMs,
  };
}

function silenceMs({ heartbeatTimeoutMs, heartbeatIntervalMs }: ClusterOptions): number {
  return heartbeatTimeoutMs + heartbeatIntervalMs;
}

function boundOf(parts: Parts): BackBound {
  const entries = Object.entries(parts).filter(([, ms]) => ms > 0);
  return { ms: sumOf(parts), text: entries.map(([name, ms]) => `${name} ${ms}`).join(' + ') };
}

function sumOf(parts: Parts): number {
  return Object.values(parts).reduce((sum, ms) => sum + ms, 0);
}
