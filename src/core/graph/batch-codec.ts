// Batches as bytes: how many records, then their values and their event times as columns.
import { MalformedBytes, readVarint, writeVarint, type ByteReader, type ByteWriter } from '../base/bytes.ts';
import type { Result } from '../base/value.ts';
import { readColumn, WHOLE_NUMBERS, writeColumn, writeNumbers } from '../columns/column-codec.ts';
import { batchOfColumns, batchSize, columnOfBatch, timesOf, type Batch } from './batch.ts';

/** Returns the bytes where they lie in the writer: they change when those are written again. */
export function writeBatch(writer: ByteWriter, batch: Batch): Uint8Array {
  const begin = writer.length;
  writeVarint(writer, batchSize(batch));
  writeColumn(writer, columnOfBatch(batch));
  writeNumbers(writer, timesOf(batch));
  return writer.bytes.subarray(begin, writer.length);
}

/** The batch, or a sentence that says why these bytes are not one. Never throws on what a peer sent. */
export function decodeBatch(bytes: Uint8Array): Result<Batch> {
  const reader = { bytes, at: 0 };
  try {
    const count = readVarint(reader);
    const column = readColumn(reader, count);
    const times = readTimes(reader, count);
    if (reader.at !== bytes.length) throw new MalformedBytes(`${bytes.length - reader.at} bytes too many`);
    return { ok: true, value: batchOfColumns(column, times) };
  } catch (error) {
    if (error instanceof MalformedBytes) return { ok: false, reason: `not a batch: ${error.message}` };
    throw error;
  }
}

function readTimes(reader: ByteReader, count: number): Float64Array {
  const isOfWhole = reader.bytes[reader.at] === WHOLE_NUMBERS;
  const column = readColumn(reader, count);
  if (column.kind === 'int32') return new Float64Array(column.values);
  if (column.kind === 'float64' && (isOfWhole || areWhole(column.values))) return column.values as Float64Array;
  throw new MalformedBytes('event times are not whole numbers');
}

/** A loop, as `every` would make an object of each number that it hands to a function. */
function areWhole(numbers: ArrayLike<number>): boolean {
  for (let index = 0; index < numbers.length; index++) if (!Number.isSafeInteger(numbers[index])) return false;
  return true;
}
