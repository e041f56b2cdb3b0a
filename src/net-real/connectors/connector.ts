// What the ports and the submission know of a connector that is built in.
import { fitOf, type Fit } from '../../core/columns/fit.ts';
import type { Schema } from '../../core/columns/schema.ts';
import type { Value } from '../../core/base/value.ts';
import type { RecordColumn } from '../../core/columns/column.ts';
import type { RecordsOut, SourceConnector, SplitPlace } from '../../core/graph/connectors.ts';

/** Where a place of a URL leads: paths are made absolute at submission, relative to the job file. */
export type PlaceKind = 'path' | 'folder' | 'address' | 'nothing';

export interface BuiltInSource extends SourceConnector {
  readonly placeKind: PlaceKind;
  /** What is wrong with a URL whose options are known, or null. */
  readonly mistakeIn: (
    place: string,
    options: ReadonlyMap<string, string>,
    splits: number,
    schema?: Schema,
  ) => string | null;
  /** The same URL gives the same records wherever it is read: the simulator reads it, up to so many records a split where it has no end. */
  readonly isRepeatable: boolean;
  /** What is not exactly once about a URL, as the rest of a sentence that begins with its source; null or absent: nothing. */
  readonly weaknessOf?: (options: ReadonlyMap<string, string>) => string | null;
}

/** Chunks of a transaction as text. */
export interface SinkFormat {
  readonly options: readonly string[];
  readonly mistakeIn: (options: ReadonlyMap<string, string>) => string | null;
  /** Throws a sentence where a record cannot be said. @param memo what the chunk before left; null: this is the first one of its part */
  readonly encode: (
    records: readonly Value[],
    memo: SinkMemo | null,
    options: ReadonlyMap<string, string>,
  ) => EncodedChunk;
}

/** What the chunks of one part have in common: names of columns. */
export type SinkMemo = readonly string[];

export interface EncodedChunk {
  readonly text: string;
  readonly memo: SinkMemo | null;
}

export function fitOfPlace({ schema }: SplitPlace): Fit | null {
  return schema === undefined ? null : fitOf(schema);
}

/** Of a source whose records have no fields. */
export function fieldlessMistake(records: string, schema: Schema | undefined): string | null {
  return schema === undefined
    ? null
    : `its records are ${records}, and a schema is one of objects: jsonl: and csv: have them`;
}

/** Of a flag: it has no value. */
export function flagMistake(options: ReadonlyMap<string, string>, name: string): string | null {
  const value = options.get(name);
  return value === undefined || value === '' ? null : `its option ${name} has no value: ?${name}`;
}

export function wholeNumberMistake(options: ReadonlyMap<string, string>, name: string): string | null {
  const value = options.get(name);
  if (value === undefined || (/^\d{1,15}$/.test(value) && Number.isSafeInteger(Number(value)))) return null;
  return `its option ${name} is "${value}": expected a whole number, 0 or more`;
}

/** What readers of the house's own add to: a whole read may be one column, which nobody looks through. */
export interface ColumnsOut extends RecordsOut {
  /** All records of the read. */
  addColumn(column: RecordColumn): void;
}
