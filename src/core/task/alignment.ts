// Aligned barriers of one task (Flink: SingleCheckpointBarrierHandler). A channel that delivered its barrier is blocked until all others did.
// Barriers of several checkpoints come one behind the other in each channel, so one is aligned at a time. Ids only rise: an older barrier after a newer one is normal, and an aborted id is remembered until no barrier of it can matter.
//
// An ended channel is waited for like any other: it still carries barriers, as its producer stays RUNNING. If it counted as aligned, a barrier
// that was never emitted before the end would let records into the cut that its producer sent behind it.
import type { IgnoreReason } from '../protocol/reasons.ts';
import { unblockChannels } from './input-gate.ts';
import type { InputGate } from './input-gate.ts';

/** Aborted ids that are remembered: more than checkpoints are pending at once. The oldest is given up first. */
const TOMBSTONES_MAX = 64;

export interface Alignment {
  /** Highest id ever aligned or aborted. Every id up to it is over, except `pendingId` while that is not 0. */
  lastId: number;
  /** The id that is being aligned, or 0. T2: it is 0 or `lastId`. */
  pendingId: number;
  pendingTimestamp: number;
  /** When its first barrier came, in ms on the node's clock. */
  startedAt: number;
  /** Aborted ids above `lastId`, in the order of their aborts: their barriers may still come. */
  readonly tombstones: number[];
}

export function createAlignment(): Alignment {
  return { lastId: 0, pendingId: 0, pendingTimestamp: 0, startedAt: 0, tombstones: [] };
}

/** Why a barrier or trigger of this id is not to be acted upon, or null. */
export function obsoleteReason(alignment: Alignment, checkpointId: number): IgnoreReason | null {
  if (alignment.tombstones.includes(checkpointId)) return { kind: 'checkpoint-aborted', checkpointId };
  if (checkpointId < alignment.lastId) return { kind: 'checkpoint-older', checkpointId, newest: alignment.lastId };
  const isPending = alignment.pendingId !== 0 && checkpointId === alignment.pendingId; // 0 is no id, whatever a peer says
  if (checkpointId === alignment.lastId && !isPending) return { kind: 'checkpoint-passed', checkpointId };
  return null;
}

/** A barrier or trigger that is not obsolete. Returns the id of the pending alignment that it ends unfinished (subsumes), or 0. */
export function beginAlignment(
  alignment: Alignment,
  gate: InputGate,
  barrier: { readonly checkpointId: number; readonly timestamp: number },
  now: number,
): number {
  const subsumed = alignment.pendingId === barrier.checkpointId ? 0 : alignment.pendingId;
  if (subsumed !== 0) unblockChannels(gate);
  if (alignment.pendingId !== barrier.checkpointId) {
    alignment.pendingId = barrier.checkpointId;
    alignment.pendingTimestamp = barrier.timestamp;
    alignment.startedAt = now;
    passId(alignment, barrier.checkpointId);
  }
  return subsumed;
}

/** All channels delivered the barrier of the pending alignment. */
export function isAligned(alignment: Alignment, gate: InputGate): boolean {
  if (alignment.pendingId === 0) return false;
  for (const channel of gate.channels) if (!channel.blocked) return false;
  return true;
}

/** Ends the pending alignment: the cut was made. */
export function finishAlignment(alignment: Alignment, gate: InputGate): void {
  alignment.pendingId = 0;
  unblockChannels(gate);
}

/** A checkpoint was aborted. Its alignment ends; if its barriers are still to come, they will be passed over. */
export function abortAlignment(alignment: Alignment, gate: InputGate, checkpointId: number): void {
  if (alignment.pendingId === checkpointId) finishAlignment(alignment, gate);
  if (checkpointId <= alignment.lastId || alignment.tombstones.includes(checkpointId)) return;
  alignment.tombstones.push(checkpointId);
  if (alignment.tombstones.length > TOMBSTONES_MAX) passId(alignment, Math.min(...alignment.tombstones));
}

/** This id and all before it are over, or begin right now. */
export function passId(alignment: Alignment, checkpointId: number): void {
  alignment.lastId = Math.max(alignment.lastId, checkpointId);
  const open = alignment.tombstones.filter((id) => id > alignment.lastId);
  if (open.length < alignment.tombstones.length) alignment.tombstones.splice(0, alignment.tombstones.length, ...open);
}
