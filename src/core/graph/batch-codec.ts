// Batches as bytes: how many records, then their values and their event times as columns.
import { MalformedBytes, readVarint, writeVarint, type ByteWriter } from '../base/bytes.ts';
import { readColumn, writeColumn } from '../base/columns.ts';
import type { Result, Value } from '../base/value.ts';
import type { Batch } from './batch.ts';

/** Returns the bytes where they lie in the writer: they change when those are written again. */
export function writeBatch(writer: ByteWriter, { values, timestamps }: Batch): Uint8Array {
  const begin = writer.length;
  writeVarint(writer, values.length);
  writeColumn(writer, values);
  writeColumn(writer, timestamps);
  return writer.bytes.subarray(begin, writer.length);
}

/** The batch, or a sentence that says why these bytes are not one. Never throws on what a peer sent. */
export function decodeBatch(bytes: Uint8Array): Result<Batch> {
  const reader = { bytes, at: 0 };
  try {
    const count = readVarint(reader);
    const values = readColumn(reader, count);
    const timestamps = readColumn(reader, count);
    if (reader.at !== bytes.length) throw new MalformedBytes(`${bytes.length - reader.at} bytes too many`);
    if (!areTimes(timestamps)) throw new MalformedBytes('event times are not whole numbers');
    return { ok: true, value: { values, timestamps } };
  } catch (error) {
    if (error instanceof MalformedBytes) return { ok: false, reason: `not a batch: ${error.message}` };
    throw error;
  }
}

/** A loop, as `every` would make an object of each number that it hands to a function. */
function areTimes(timestamps: readonly Value[]): timestamps is readonly number[] {
  for (let index = 0; index < timestamps.length; index++) if (!Number.isSafeInteger(timestamps[index])) return false;
  return true;
}
