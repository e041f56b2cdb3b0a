// Handles of blobs: made when a blob is written, checked when it is read.
import { crc32 } from '../base/crc32.ts';
import type { Result } from '../base/value.ts';
import type { SnapshotHandle } from '../protocol/messages.ts';

export function handleOf(name: string, bytes: Uint8Array): SnapshotHandle {
  return { name, sizeBytes: bytes.length, checksum: crc32(bytes) };
}

/** The bytes, if they are the ones that the handle was made for. */
export function checkHandle(handle: SnapshotHandle, bytes: Uint8Array): Result<Uint8Array> {
  if (bytes.length !== handle.sizeBytes)
    return { ok: false, reason: `${handle.name}: ${bytes.length} bytes, expected ${handle.sizeBytes}` };
  if (crc32(bytes) !== handle.checksum)
    return { ok: false, reason: `${handle.name}: the checksum does not match, the blob is damaged` };
  return { ok: true, value: bytes };
}
