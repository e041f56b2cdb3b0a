// Handles of blobs: made when a blob is written, checked when it is read. The checksum of a handle is the one that seals the blob: of a blob with
// its seal, all CRCs are the same.
import { sealOf } from '../base/blob.ts';
import type { Result } from '../base/value.ts';
import type { SnapshotHandle } from '../protocol/messages.ts';

export function handleOf(name: string, blob: Uint8Array): SnapshotHandle {
  return { name, sizeBytes: blob.length, checksum: sealOf(blob) };
}

/** The blob, if it has the size and the seal of the one that the handle was made for. Whether it is whole is seen when it is opened. */
export function checkHandle(handle: SnapshotHandle, blob: Uint8Array): Result<Uint8Array> {
  if (blob.length !== handle.sizeBytes)
    return { ok: false, reason: `${handle.name}: ${blob.length} bytes, expected ${handle.sizeBytes}` };
  if (sealOf(blob) !== handle.checksum)
    return { ok: false, reason: `${handle.name}: the checksum is not that of its handle, it is another blob` };
  return { ok: true, value: blob };
}
