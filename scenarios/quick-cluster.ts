// Time in the small scenarios runs about four times as fast as in the defaults, so that a run is short even when it must wait for timeouts.
import type { Scenario } from '../src/scenario/scenario.ts';

export const quickOptions = {
  heartbeatIntervalMs: 200,
  heartbeatTimeoutMs: 800,
  leaseMs: 600,
  leaseRenewIntervalMs: 200,
  registrationRetryMs: 200,
  requestRetryMs: 50,
  slotRequestTimeoutMs: 500,
  slotTimeoutMs: 1_500,
  deployTimeoutMs: 1_500,
  cancelTimeoutMs: 500,
  restartDelayMs: 100,
  restartDelayMaxMs: 400,
  restartResetMs: 2_000,
  checkpointIntervalMs: 200,
  checkpointTimeoutMs: 1_000,
  collectionIntervalMs: 500,
  bufferTimeoutMs: 50,
  channelStatusIntervalMs: 200,
  partitionRequestRetryMs: 50,
  clientRetryMs: 200,
} as const satisfies Scenario['options'];

/** Where time is real only checkpoints come as often. */
export const quickReal = { options: { checkpointIntervalMs: 300 } } as const satisfies Scenario['real'];

export const quickSim = { restartNodeMs: 400 } as const satisfies Scenario['sim'];
