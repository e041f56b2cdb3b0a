// For how long a JobManager that resigned yields to others.
import { backoffMs } from '../base/retry.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';

/** The longest patience, in leases. */
export const PATIENCE_MAX = 3;

/** How often the time doubles. */
const DOUBLINGS_MAX = 4;

/**
 * At first for as long as others need to campaign, and to find out whether they reach TaskManagers.
 * @param resignations of it in a row, from 1 on
 */
export function yieldMs({ heartbeatTimeoutMs, leaseMs }: ClusterOptions, resignations: number): number {
  const initialMs = Math.max(heartbeatTimeoutMs, PATIENCE_MAX * leaseMs);
  return backoffMs({ initialMs, multiplier: 2, maxMs: initialMs * 2 ** DOUBLINGS_MAX }, resignations);
}
