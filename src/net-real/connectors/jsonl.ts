// `jsonl:`: one JSON value a line. Lines that are empty do not count.
import { jsonOf } from '../../core/base/json-value.ts';
import { fitOfPlace, flagMistake, type BuiltInSource, type SinkFormat } from './connector.ts';
import { declaredLines, parseJsonLine, type DeclaredLines } from './json-line.ts';
import { lines } from './row-index.ts';
import { textFileReader, type TextFormat } from './text-file.ts';

const formatOf = (declared: DeclaredLines | null): TextFormat => ({
  shape: { ...lines, skipsEmpty: true },
  hasHeader: false,
  headerMistake: () => null,
  parserOf: () => (line) => parseJsonLine(line, declared),
});

export const jsonlSource: BuiltInSource = {
  placeKind: 'path',
  isRepeatable: true,
  options: ['follow'],
  mistakeIn: (_, options) => flagMistake(options, 'follow'),
  open: (place) => {
    const fit = fitOfPlace(place);
    return textFileReader(place, formatOf(fit === null ? null : declaredLines(fit)));
  },
};

export const jsonlSink: SinkFormat = {
  options: [],
  mistakeIn: () => null,
  encode: (records) => ({ text: records.map((record) => `${jsonOf(record)}\n`).join(''), memo: null }),
};
