// `csv:`: comma-separated values. Records are objects by the names of the columns, all fields texts but those that `numbers` names; with
// `header=false` lists of texts. As a sink, each part begins with a header: the fields of its first record.
import { isUtf8 } from 'node:buffer';
import { jsonOf } from '../../core/base/json-value.ts';
import { describeLostNumber } from '../../core/base/parse-json.ts';
import type { Result, Value } from '../../core/base/value.ts';
import {
  fitOfPlace,
  flagMistake,
  type BuiltInSource,
  type EncodedChunk,
  type SinkFormat,
  type SinkMemo,
} from './connector.ts';
import { columnMistake, NUMBER, typedRecord, type RecordFit } from './csv-types.ts';
import type { Fit } from '../../core/columns/fit.ts';
import { areNamesOfRecord, columnOf, type RecordColumn } from '../../core/columns/column.ts';
import { csvRows, formatCsvField, parseCsvRow } from './csv-row.ts';
import { HALF_A_CHARACTER } from './file.ts';
import { textFileReader, type TextFormat } from './text-file.ts';

type Options = ReadonlyMap<string, string>;

function delimiterOf(options: Options): string {
  return options.get('delimiter') ?? ',';
}

function hasHeader(options: Options): boolean {
  return options.get('header') !== 'false';
}

function namesIn(options: Options, name: string): readonly string[] {
  return options.get(name)?.split(',') ?? [];
}

function mistakeInOptions(options: Options): string | null {
  const [header, delimiter] = [options.get('header') ?? 'true', delimiterOf(options)];
  if (!['true', 'false'].includes(header)) return `its option header is "${header}": expected true or false`;
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    return `its option delimiter is ${JSON.stringify(delimiter)}: expected one character, such as ; or %09 for a tab`;
  return options.has('numbers') && header === 'false'
    ? 'its option numbers names columns, and header=false has none'
    : null;
}

function formatOf(options: Options, fit: Fit | null): TextFormat {
  const delimiter = delimiterOf(options);
  if (fit?.kind === 'record') return typedFormat(delimiter, hasHeader(options), fit);
  return {
    shape: csvRows,
    hasHeader: hasHeader(options),
    headerMistake: (header) => headerMistake(fieldsOf(header, delimiter), namesIn(options, 'numbers')),
    parserOf: (header) => {
      const columns = header === null ? null : fieldsOf(header, delimiter);
      if (columns === null || !columns.ok) return (row) => fieldsOf(row, delimiter);
      const numbers = new Set(namesIn(options, 'numbers'));
      return (row) => recordOf(fieldsOf(row, delimiter), columns.value, numbers);
    },
    columnsOf: (header) => {
      const columns = header === null ? null : fieldsOf(header, delimiter);
      if (columns === null || !columns.ok || !areNamesInOrder(columns.value)) return null;
      const names: readonly string[] = Object.freeze([...columns.value]);
      return columnsFrom(names, delimiter, namesIn(options, 'numbers'));
    },
  };
}

function fieldsOf(row: Buffer, delimiter: string): Result<readonly string[]> {
  return isUtf8(row) ? parseCsvRow(row.toString(), delimiter) : { ok: false, reason: 'not UTF-8' };
}

/** Fields by the types of a schema. Without a header the columns are its fields, in their order. */
function typedFormat(delimiter: string, isHeaded: boolean, fit: RecordFit): TextFormat {
  return {
    shape: csvRows,
    hasHeader: isHeaded,
    headerMistake: (header) => {
      const columns = fieldsOf(header, delimiter);
      return headerMistake(columns, []) ?? (columns.ok ? columnMistake(columns.value, fit) : null);
    },
    parserOf: (header) => {
      const columns = header === null ? fit.names : namesOf(fieldsOf(header, delimiter));
      const places = fit.names.map((name) => columns.indexOf(name));
      return (row) => {
        const fields = fieldsOf(row, delimiter);
        if (!fields.ok) return fields;
        return fields.value.length === columns.length
          ? typedRecord(fields.value, fit, places)
          : { ok: false, reason: otherCount(fields.value, columns, isHeaded) };
      };
    },
  };
}

function namesOf(columns: Result<readonly string[]>): readonly string[] {
  return columns.ok ? columns.value : [];
}

function otherCount(fields: readonly string[], columns: readonly string[], isHeaded: boolean): string {
  return `${fields.length} fields, where the ${isHeaded ? 'header' : 'schema'} names ${columns.length} columns`;
}

function headerMistake(columns: Result<readonly string[]>, numbers: readonly string[]): string | null {
  if (!columns.ok) return columns.reason;
  const { value: names } = columns;
  const doubled = names.find((name, at) => names.indexOf(name) !== at);
  if (doubled !== undefined) return `two columns are named ${JSON.stringify(doubled)}`;
  const missing = numbers.find((name) => !names.includes(name));
  return missing === undefined
    ? null
    : `there is no column ${JSON.stringify(missing)}, which option numbers names: there are ${names.join(', ')}`;
}

function recordOf(
  fields: Result<readonly string[]>,
  columns: readonly string[],
  numbers: ReadonlySet<string>,
): Result<Value> {
  if (!fields.ok) return fields;
  const { value: texts } = fields;
  if (texts.length !== columns.length) return { ok: false, reason: otherCount(texts, columns, true) };
  const pairs: [string, Value][] = [];
  for (const [at, name] of columns.entries()) {
    const text = texts[at] as string;
    const mistake = numbers.has(name) ? mistakeInNumber(text, name) : null;
    if (mistake !== null) return { ok: false, reason: mistake };
    pairs.push([name, numbers.has(name) ? Number(text) : text]);
  }
  return { ok: true, value: Object.fromEntries(pairs) };
}

/** Names that are numbers come first in every object, wherever their column is. */
function areNamesInOrder(names: readonly string[]): boolean {
  return areNamesOfRecord(names) && !names.some((name) => /^\d/.test(name));
}

/** The same records as `recordOf` makes, side by side; null where it has something to say against one of them. */
function columnsFrom(
  names: readonly string[],
  delimiter: string,
  numberNames: readonly string[],
): (rows: readonly Buffer[]) => RecordColumn | null {
  const areNumbers = names.map((name) => numberNames.includes(name));
  return (rows) => {
    const columns: Value[][] = names.map(() => []);
    for (const row of rows) {
      const fields = fieldsOf(row, delimiter);
      if (!fields.ok || fields.value.length !== names.length) return null;
      for (let at = 0; at < names.length; at++) {
        const text = fields.value[at] as string;
        const value = areNumbers[at] === true ? exactNumber(text) : text;
        if (value === null) return null;
        (columns[at] as Value[]).push(value);
      }
    }
    return { kind: 'record', names, fields: columns.map(columnOf) };
  };
}

/** Null where something is to be said against it. */
function exactNumber(text: string): number | null {
  const number = Number(text);
  if (Number.isSafeInteger(number) && String(number) === text) return number; // as most are
  return mistakeInNumber(text, '') === null ? number : null;
}

function mistakeInNumber(text: string, column: string): string | null {
  const place = ` in column ${column}`;
  if (!NUMBER.test(text)) return `${JSON.stringify(text.slice(0, 80))}${place} is no number`;
  return describeLostNumber(text.trim(), place);
}

export const csvSource: BuiltInSource = {
  placeKind: 'path',
  isRepeatable: true,
  options: ['header', 'delimiter', 'numbers', 'follow'],
  mistakeIn: (_, options, _splits, schema) => {
    const mistake = flagMistake(options, 'follow') ?? mistakeInOptions(options);
    if (mistake !== null || schema === undefined || !options.has('numbers')) return mistake;
    return 'its option numbers says types, and so does the schema of the source';
  },
  open: (place) => textFileReader(place, formatOf(place.options, fitOfPlace(place))),
};

export const csvSink: SinkFormat = {
  options: ['header', 'delimiter', 'columns'],
  mistakeIn: mistakeInOptions,
  encode: encodeCsv,
};

function encodeCsv(records: readonly Value[], memo: SinkMemo | null, options: Options): EncodedChunk {
  if (records.length === 0) return { text: '', memo };
  const delimiter = delimiterOf(options);
  const columns = memo ?? (options.has('columns') ? namesIn(options, 'columns') : Object.keys(fieldsIn(records[0])));
  const rowOf = (fields: readonly string[]): string =>
    `${fields.map((field) => formatCsvField(field, delimiter)).join(delimiter)}\r\n`;
  const rows = records.map((record) => rowOf(textsOf(record, columns)));
  return { text: `${memo === null && hasHeader(options) ? rowOf(columns) : ''}${rows.join('')}`, memo: columns };
}

type Fields = Readonly<Record<string, Value>>;

function fieldsIn(record: Value | undefined): Fields {
  const isFields =
    typeof record === 'object' && record !== null && !Array.isArray(record) && !(record instanceof Uint8Array);
  if (isFields) return record as Fields;
  throw new Error('a record is no object, and csv: writes the fields of objects: jsonl: can say any');
}

function textsOf(record: Value, columns: readonly string[]): readonly string[] {
  const fields = fieldsIn(record);
  const foreign = Object.keys(fields).find((name) => !columns.includes(name));
  if (foreign !== undefined)
    throw new Error(
      `a record has the field "${foreign}", and the columns are ${columns.join(', ')}: ?columns=… names all`,
    );
  return columns.map((name) => (Object.hasOwn(fields, name) ? textOf(fields[name] as Value) : ''));
}

function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value !== 'string') return jsonOf(value);
  if (!value.isWellFormed()) throw new Error(`a record holds ${HALF_A_CHARACTER}`);
  return value;
}
