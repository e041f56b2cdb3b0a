// About how many bytes requests move: enough to make large ones slower than small ones.
import type { Value } from '../../../core/base/value.ts';

const RECORD_BYTES = 64; // a guess, as rows are not encoded to be counted

export function byteLength(content: Uint8Array | string | null): number {
  return content === null ? 0 : content.length;
}

export function recordBytes(records: readonly Value[]): number {
  return records.length * RECORD_BYTES;
}
