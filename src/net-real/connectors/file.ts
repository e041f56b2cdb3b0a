// `file:`: lines of text. As a source each line is a string; as a sink each string is a line, and any other record its JSON text.
import { isUtf8 } from 'node:buffer';
import { jsonOf } from '../../core/base/json-value.ts';
import type { Result, Value } from '../../core/base/value.ts';
import { fieldlessMistake, flagMistake, type BuiltInSource, type SinkFormat } from './connector.ts';
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
  mistakeIn: (_, options, _splits, schema) =>
    flagMistake(options, 'follow') ?? fieldlessMistake('lines of text', schema),
  open: (place) => textFileReader(place, format),
};

export const fileSink: SinkFormat = {
  options: [],
  mistakeIn: () => null,
  encode: (records) => ({ text: records.map((record) => `${lineOf(record)}\n`).join(''), memo: null }),
};

/** What UTF-8 cannot say: it would be another character in the file. JSON has an escape for it. */
export const HALF_A_CHARACTER =
  'a text with half of a character (a lone surrogate), which a file cannot hold: jsonl: can say it';

function lineOf(record: Value): string {
  if (typeof record === 'string') {
    if (/[\r\n]/.test(record))
      throw new Error('a record is a text with a line end, and a record is a line: jsonl: can say it');
    if (!record.isWellFormed()) throw new Error(`a record is ${HALF_A_CHARACTER}`);
    return record;
  }
  return jsonOf(record);
}
