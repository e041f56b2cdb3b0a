// `jsonl:`: one JSON value a line. Lines that are empty do not count.
import { jsonOf } from '../../core/base/json-value.ts';
import { flagMistake, type BuiltInSource, type SinkFormat } from './connector.ts';
import { parseJsonLine } from './json-line.ts';
import { lines } from './row-index.ts';
import { textFileReader, type TextFormat } from './text-file.ts';

const format: TextFormat = {
  shape: { ...lines, skipsEmpty: true },
  hasHeader: false,
  headerMistake: () => null,
  parserOf: () => parseJsonLine,
};

export const jsonlSource: BuiltInSource = {
  placeKind: 'path',
  isRepeatable: true,
  options: ['follow'],
  mistakeIn: (_, options) => flagMistake(options, 'follow'),
  open: (place) => textFileReader(place, format),
};

export const jsonlSink: SinkFormat = {
  options: [],
  mistakeIn: () => null,
  encode: (records) => ({ text: records.map((record) => `${jsonOf(record)}\n`).join(''), memo: null }),
};
