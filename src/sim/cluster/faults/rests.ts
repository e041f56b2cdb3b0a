// Pauses between faults: behind each burst nothing strikes until all that struck is over, and the cluster must be back.
import type { ClusterOptions } from '../../../core/protocol/cluster-options.ts';
import { longestStageMs } from '../../oracles/back-bounds.ts';
import type { TimeUs } from '../../observation.ts';
import type { FaultState } from './rule.ts';

export interface Rests {
  /** For so long others may strike behind the first one. */
  readonly burstUs: TimeUs;
  /** For so long none may, behind that. */
  readonly pauseUs: TimeUs;
}

const BURST = 0.5; // of a heartbeat timeout: what strikes in it overlaps
const LASTS = 2.5; // heartbeat timeouts last the longest faults but for an isolated leader

export function restsOf(options: ClusterOptions): Rests {
  const { heartbeatTimeoutMs } = options;
  return {
    burstUs: 1_000 * BURST * heartbeatTimeoutMs,
    pauseUs: 1_000 * (LASTS * heartbeatTimeoutMs + longestStageMs(options)),
  };
}

const HASTE = 8;

/** By how much more readily others strike behind the first one. */
export function haste(rests: Rests | null, { burstAt }: FaultState, now: TimeUs): number {
  return rests !== null && now < burstAt + rests.burstUs ? HASTE : 1;
}

export function isResting(rests: Rests | null, { burstAt }: FaultState, now: TimeUs): boolean {
  if (rests === null) return false;
  const restAt = burstAt + rests.burstUs;
  return now >= restAt && now < restAt + rests.pauseUs;
}
