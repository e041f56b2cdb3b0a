// Blobs: sealed values. Every frame, snapshot, metadata and HA record begins with its format and version and ends with a checksum, so that
// a torn, foreign or newer one is refused with a sentence.
//   string format · varint version · varint length · value bytes · CRC-32 of all before it (4 bytes, little endian)
import { crc32 } from './crc32.ts';
import {
  createByteWriter,
  MalformedBytes,
  readString,
  readVarint,
  reserve,
  viewBytes,
  writeString,
  writeVarint,
  type ByteWriter,
} from './bytes.ts';
import { decodeValue, writeValue } from './value-codec.ts';
import type { Result, Value } from './value.ts';

const CHECKSUM_BYTES = 4;
const HEAD_BYTES = 128; // format, version and length, mostly less
const VARINT_BYTES_MAX = 8; // below 2^53

/** @param sizeBytes about how long the value is, if it may be long. */
export function sealBlob(format: string, version: number, value: Value, sizeBytes = 0): Uint8Array {
  if (sizeBytes > SCRATCH_BYTES) return sealIn(createByteWriter(HEAD_BYTES + sizeBytes), format, version, value);
  return copyOf(sealInScratch(format, version, value));
}

/** As `sealBlob`, but these bytes are written again when the next blob is sealed. */
export function sealInScratch(format: string, version: number, value: Value): Uint8Array {
  scratch.length = 0;
  return sealIn(scratch, format, version, value);
}

/** The writer is empty. */
function sealIn(writer: ByteWriter, format: string, version: number, value: Value): Uint8Array {
  const content = headBytesMax(format);
  reserve(writer, content); // the head says how long the value is, and is written right before it
  writeValue(writer, value);
  head.length = 0;
  writeString(head, format);
  writeVarint(head, version);
  writeVarint(head, writer.length - content);
  const begin = content - head.length;
  for (let index = 0; index < head.length; index++) writer.bytes[begin + index] = head.bytes[index] as number;
  reserve(writer, CHECKSUM_BYTES);
  const bytes = writer.bytes.subarray(begin, writer.length);
  writeChecksum(bytes);
  return bytes;
}

/** Three bytes for each unit, and as many for each of the three numbers as one can take. */
function headBytesMax(format: string): number {
  return 3 * format.length + 3 * VARINT_BYTES_MAX;
}

const SCRATCH_BYTES = 4_096; // most records

// Both belong to the call that seals; none can begin before it ends. Two buffers for each blob would cost more than writing it.
// millrace-lint-ignore module-state: scratch, emptied before it is written
const scratch = createByteWriter(HEAD_BYTES + SCRATCH_BYTES);
// millrace-lint-ignore module-state: scratch, emptied before it is written
const head = createByteWriter(HEAD_BYTES);

const SMALL_BYTES_MAX = 2_048;
const SHARED_BYTES = 16_384;

// Small blobs lie one behind the other in buffers that they share: a buffer for each would cost more than its checksum.
// millrace-lint-ignore module-state: what was written is never written again
let shared = createByteWriter(SHARED_BYTES);

function copyOf(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > SMALL_BYTES_MAX) return bytes.slice();
  if (shared.length + length > SHARED_BYTES) shared = createByteWriter(SHARED_BYTES);
  const at = reserve(shared, length);
  const copy = shared.bytes.subarray(at, at + length);
  copy.set(bytes);
  return copy;
}

function writeChecksum(bytes: Uint8Array): void {
  const end = bytes.length - CHECKSUM_BYTES;
  const checksum = crc32(bytes, end);
  for (let index = 0; index < CHECKSUM_BYTES; index++) bytes[end + index] = checksum >>> (8 * index);
}

/** The sealed value, or a sentence that says why these bytes are not one of this format and version. */
export function openBlob(format: string, version: number, bytes: Uint8Array): Result<Value> {
  try {
    return open(format, version, bytes);
  } catch (error) {
    if (error instanceof MalformedBytes) return { ok: false, reason: `not a ${format}: ${error.message}` };
    throw error;
  }
}

function open(format: string, version: number, bytes: Uint8Array): Result<Value> {
  const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES));
  const reader = { bytes: body, at: 0 };
  const found = readString(reader);
  if (found !== format)
    return { ok: false, reason: `not a ${format}: its format is ${JSON.stringify(found.slice(0, 40))}` };
  const foundVersion = readVarint(reader);
  if (foundVersion !== version)
    return { ok: false, reason: `${format} has version ${foundVersion}, this Millrace reads version ${version}` };
  const content = viewBytes(reader, readVarint(reader));
  if (reader.at !== body.length)
    return { ok: false, reason: `not a ${format}: ${body.length - reader.at} bytes too many behind its content` };
  if (sealOf(bytes) !== crc32(body)) return { ok: false, reason: `${format} is damaged: its checksum does not match` };
  const value = decodeValue(content);
  return value.ok ? value : { ok: false, reason: `${format} is damaged: ${value.reason}` };
}

/** The checksum at the end of a blob, as it is written there. */
export function sealOf(bytes: Uint8Array): number {
  let checksum = 0;
  for (let index = 0; index < CHECKSUM_BYTES; index++)
    checksum |= (bytes[bytes.length - CHECKSUM_BYTES + index] ?? 0) << (8 * index);
  return checksum >>> 0;
}
