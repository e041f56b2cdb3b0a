// The file of a transaction that code of a user gets: one record a line, as JSON that says all of it (../../run/data-json.ts), so that an int64 is one again.
import type { Value } from '../../core/base/value.ts';
import { dataFromJson, dataToJson } from '../../run/data-json.ts';
import type { EncodedChunk } from './connector.ts';

export function encodeDelivered(records: readonly Value[]): EncodedChunk {
  return { text: records.map((record) => `${dataToJson(record)}\n`).join(''), memo: null };
}

export function recordOfLine(line: string): Value {
  return dataFromJson(line) as Value;
}
