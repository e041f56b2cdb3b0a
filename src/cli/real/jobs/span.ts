// From where to where the output of a job goes, as its savepoints and checkpoints say. Pure.
import { parseBlobName } from '../../../core/checkpoint/blob-names.ts';
import type { CheckpointMetadata } from '../../../core/checkpoint/metadata.ts';
import type { Result } from '../../../core/base/value.ts';
import type { SnapshotHandle } from '../../../core/protocol/messages.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { TraceLine } from '../../../run/trace.ts';
import { damageOf, metadataBehind } from '../../../sim/oracles/decode.ts';
import type { ReferencePlan } from '../../../sim/oracles/reference-plan.ts';
import type { Cut } from '../../../sim/oracles/reference.ts';
import { cutOf } from '../../../sim/oracles/restored-state.ts';
import type { JobLife } from './lives.ts';

export interface OutputSpan {
  /** Null: from nothing. */
  readonly from: Cut | null;
  /** Null: to the end of the input. */
  readonly to: Cut | null;
}

/** Of a whole run. */
export const WHOLE: OutputSpan = { from: null, to: null };

export type Blobs = ReadonlyMap<string, Uint8Array>;

/**
 * Metadata by name, as JobManagers stored them: a job that is over has none left. Of a job with `mapAsync` snapshots as well, which say what was in flight.
 */
export function metadataStored(lines: readonly TraceLine[], hasCalls: boolean): Blobs {
  const blobs = new Map<string, Uint8Array>();
  for (const line of lines) {
    if (line.kind !== 'stepped') continue;
    for (const effect of line.effects) {
      const request = effect.effect === 'request' ? (effect.request as PortRequest) : null;
      if (request?.kind === 'storage-put' && (hasCalls || parseBlobName(request.name)?.kind === 'metadata'))
        blobs.set(request.name, request.bytes);
    }
  }
  return blobs;
}

/**
 * A job that finished writes all that its input leads to; one that was stopped what its savepoint covers, and, drained, what its windows hold then;
 * one that was cancelled, or failed, what its latest checkpoint covers.
 */
export function spanOf(life: JobLife, plan: ReferencePlan, blobs: Blobs): Result<OutputSpan> {
  const { origin, end, latest, savepoint, drained } = life;
  const from = origin === null ? null : cutBehind(origin, plan, blobs, false);
  if (from?.ok === false) return from;
  const start = from?.value ?? null;
  if (end?.status === 'FINISHED' && end.savepointId === null) return { ok: true, value: { from: start, to: null } };
  const last = end?.status === 'FINISHED' ? savepoint : latest;
  if (last === null) return endedBefore(life, start, plan);
  const to = cutBehind(last, plan, blobs, drained);
  if (!to.ok) return to;
  const isDrained = drained && end?.status === 'FINISHED';
  const ended = isDrained ? to.value.ended.map(() => true) : to.value.ended;
  return { ok: true, value: { from: start, to: { ...to.value, ended } } };
}

/** Nothing was written behind its start. */
function endedBefore({ end }: JobLife, start: Cut | null, { splits }: ReferencePlan): Result<OutputSpan> {
  if (end?.status === 'FINISHED')
    return { ok: false, reason: `savepoint ${end.savepointId}, with which it was stopped, was never there` };
  const nothing: Cut = { positions: splits.map(() => 0), ended: splits.map(() => false) };
  return { ok: true, value: { from: start, to: start ?? nothing } };
}

function cutBehind(handle: SnapshotHandle, plan: ReferencePlan, blobs: Blobs, drained: boolean): Result<Cut> {
  const metadata = metadataOf(handle, blobs);
  if (!metadata.ok) return metadata;
  const cut = cutOf(plan, metadata.value, blobs, drained);
  return typeof cut === 'string' ? { ok: false, reason: cut } : { ok: true, value: cut };
}

function metadataOf(handle: SnapshotHandle, blobs: Blobs): Result<CheckpointMetadata> {
  const damage = damageOf(handle, blobs);
  return damage === null ? metadataBehind(handle, blobs) : { ok: false, reason: damage };
}
