// Entries of a durable log as a file has them, one frame each: length of the content and its CRC-32 (four bytes each, little endian), content
// (an entry as JSON data). What does not read as a frame, and all behind it, is a torn tail.
import { crc32 } from '../../core/base/crc32.ts';
import { dataFromJson, dataToJson } from '../../run/data-json.ts';

const HEAD_BYTES = 8;

/** Throws a TypeError where the entry is no data. */
export function frameOf(entry: unknown): Uint8Array {
  const content = new TextEncoder().encode(dataToJson(entry));
  const frame = new Uint8Array(HEAD_BYTES + content.length);
  const head = new DataView(frame.buffer);
  head.setUint32(0, content.length, true);
  head.setUint32(4, crc32(content), true);
  frame.set(content, HEAD_BYTES);
  return frame;
}

/** Where each whole frame ends, from the beginning of the file to the first that is not whole. */
export function frameEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let end = frameEnd(bytes, 0); end !== null; end = frameEnd(bytes, end)) ends.push(end);
  return ends;
}

function frameEnd(bytes: Uint8Array, start: number): number | null {
  if (start + HEAD_BYTES > bytes.length) return null;
  const head = new DataView(bytes.buffer, bytes.byteOffset + start, HEAD_BYTES);
  const length = head.getUint32(0, true);
  const end = start + HEAD_BYTES + length;
  if (length === 0 || end > bytes.length) return null; // no entry is empty: a file that grew by zeros holds none
  return crc32(bytes.subarray(start + HEAD_BYTES, end)) === head.getUint32(4, true) ? end : null;
}

/** The entry of a whole frame. */
export function entryOf(bytes: Uint8Array, start: number, end: number): unknown {
  return dataFromJson(new TextDecoder().decode(bytes.subarray(start + HEAD_BYTES, end)));
}
