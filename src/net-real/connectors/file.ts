// `file:`: lines of text. As a source each line is a string; as a sink each string is a line, and any other record its JSON text.
import { isUtf8 } from 'node:buffer';
import { describeLostInJson } from '../../core/base/json-value.ts';
import type { Result, Value } from '../../core/base/value.ts';
import { flagMistake, type BuiltInSource, type SinkFormat } from './connector.ts';
import { lines } from './row-index.ts';
import { textFileReader, type TextFormat } from './text-file.ts';

const format: TextFormat = {
  shape: lines,
  hasHeader: false,
  headerMistake: () => null,
  parserOf: () => parseText,
};

function parseText(row: Buffer): Result<Value> {
  if (!isUtf8(row)) return { ok: false, reason: 'not UTF-8' };
  const text = row.toString();
  return { ok: true, value: text.endsWith('\r') ? text.slice(0, -1) : text };
}

export const fileSource: BuiltInSource = {
  placeKind: 'path',
  isRepeatable: true,
  options: ['follow'],
  mistakeIn: (_, options) => flagMistake(options, 'follow'),
  open: (place) => textFileReader(place, format),
};

export const fileSink: SinkFormat = {
  options: [],
  mistakeIn: () => null,
  encode: (records) => ({ text: records.map((record) => `${lineOf(record)}\n`).join(''), memo: null }),
};

function lineOf(record: Value): string {
  if (typeof record === 'string') {
    if (/[\r\n]/.test(record))
      throw new Error('a record is a text with a line end, and a record is a line: jsonl: can say it');
    return record;
  }
  return jsonOf(record);
}

/** Throws a sentence where JSON cannot say it. */
export function jsonOf(record: Value): string {
  const lost = describeLostInJson(record);
  if (lost !== null) throw new Error(`a record holds ${lost}, which JSON cannot say`);
  return JSON.stringify(record);
}
