// Batches as bytes: how many records, then their values and their event times as columns.
import {
  createByteWriter,
  MalformedBytes,
  readVarint,
  takeBytes,
  writeVarint,
  type ByteWriter,
} from '../base/bytes.ts';
import { readColumn, writeColumn } from '../base/columns.ts';
import type { Result, Value } from '../base/value.ts';
import type { Batch } from './batch.ts';

/** Written into for one call at a time; it keeps its size, so that no batch makes it grow again. */
// millrace-lint-ignore module-state: scratch, emptied before it is written
const scratch: ByteWriter = createByteWriter(65_536);

export function encodeBatch({ values, timestamps }: Batch): Uint8Array {
  scratch.length = 0;
  writeVarint(scratch, values.length);
  writeColumn(scratch, values);
  writeColumn(scratch, timestamps);
  return takeBytes(scratch);
}

/** The batch, or a sentence that says why these bytes are not one. Never throws on what a peer sent. */
export function decodeBatch(bytes: Uint8Array): Result<Batch> {
  const reader = { bytes, at: 0 };
  try {
    const count = readVarint(reader);
    const values = readColumn(reader, count);
    const timestamps = readColumn(reader, count);
    if (reader.at !== bytes.length) throw new MalformedBytes(`${bytes.length - reader.at} bytes too many`);
    if (!timestamps.every(isTime)) throw new MalformedBytes('event times are not whole numbers');
    return { ok: true, value: { values, timestamps } };
  } catch (error) {
    if (error instanceof MalformedBytes) return { ok: false, reason: `not a batch: ${error.message}` };
    throw error;
  }
}

function isTime(timestamp: Value): timestamp is number {
  return Number.isSafeInteger(timestamp);
}
