// A table as bytes, and back: what `key-group-codec.ts` makes of a list of entries, but straight from the columns and into them. The bytes follow from
// the values alone, whatever kind of column holds them: a test compares both ways.
import {
  writeByte,
  writeFloat64,
  writeString,
  writeVarint,
  reserve,
  type ByteReader,
  type ByteWriter,
} from '../base/bytes.ts';
import { readColumn, readNames, widthOf, writeColumn } from '../base/columns.ts';
import type { Key, Value } from '../base/value.ts';
import { compareKeys } from '../graph/keys.ts';
import { keyAt } from './key-table.ts';
import { keyOfMapKey, type MapKey } from './map-key.ts';
import { columnFrom, FIELDS_MAX, getCell, sharedNames, type StateColumn } from './state-column.ts';
import type { TableAtCut } from './table-pages.ts';

/** Tags of `columns.ts`. */
export const ANY_VALUES = 0;
const WHOLE_NUMBERS = 1;
const FLOATS = 2;
const ROWS = 4;
/** Of `value-codec.ts`. */
const ARRAY = 8;

// ---- The canonical order

/** Below, a key of 32 bits and its row are one whole number that a double holds. */
const ROWS_IN_NUMBER = 2 ** 21;

/** Numbers of the rows in the order of their keys. */
export function sortedRows({ keys, rows }: TableAtCut): Uint32Array {
  if (keys.kind === 'int32' && rows <= ROWS_IN_NUMBER) return sortedByInt32(keys.cells as Int32Array, rows);
  const inOrder = Array.from({ length: rows }, (_, row) => keyOfMapKey(getCell(keys, row) as MapKey));
  return Uint32Array.from(inOrder.keys()).sort((one, other) => compareKeys(inOrder[one] as Key, inOrder[other] as Key));
}

/** Numbers sort themselves ten times as quickly as rows are sorted by a function. */
function sortedByInt32(cells: Int32Array, rows: number): Uint32Array {
  const both = new Float64Array(rows);
  for (let row = 0; row < rows; row++) both[row] = (cells[row] as number) * ROWS_IN_NUMBER + row;
  both.sort();
  const order = new Uint32Array(rows);
  for (let at = 0; at < rows; at++) {
    const number = both[at] as number;
    order[at] = number - Math.floor(number / ROWS_IN_NUMBER) * ROWS_IN_NUMBER;
  }
  return order;
}

// ---- Writing

/** As `writeColumn` writes what the cells hold. */
export function writeCells(writer: ByteWriter, column: StateColumn, order: Uint32Array): void {
  switch (column.kind) {
    case 'int32':
      return writeInt32(writer, column.cells as Int32Array, order);
    case 'float64':
      return writeNumbers(writer, column.cells as Float64Array, order);
    case 'fields':
      return writeFields(writer, column, order);
    default:
      return writeColumn(writer, cellsOf(column, order));
  }
}

export function writeKeys(writer: ByteWriter, table: TableAtCut, order: Uint32Array): void {
  if (table.keys.kind !== 'values') return writeCells(writer, table.keys, order);
  const keys: Value[] = [];
  for (const row of order) keys.push(keyOfMapKey(keyAt(table, row)));
  writeColumn(writer, keys);
}

function cellsOf(column: StateColumn, order: Uint32Array): Value[] {
  const cells: Value[] = [];
  for (let at = 0; at < order.length; at++) cells.push(getCell(column, order[at] as number));
  return cells;
}

function writeFields(writer: ByteWriter, { names, fields }: StateColumn, order: Uint32Array): void {
  writeRowNames(writer, names);
  for (const field of fields) writeCells(writer, field, order);
}

/** Begins a column of objects of one shape: a column for each field follows. */
export function writeRowNames(writer: ByteWriter, names: readonly string[]): void {
  writeByte(writer, ROWS);
  writeVarint(writer, names.length);
  for (const name of names) writeString(writer, name);
}

function writeInt32(writer: ByteWriter, cells: Int32Array, order: Uint32Array): void {
  let least = cells[order[0] as number] as number;
  let most = least;
  for (let at = 1; at < order.length; at++) {
    const number = cells[order[at] as number] as number;
    if (number < least) least = number;
    else if (number > most) most = number;
  }
  writeDistances(writer, cells, order, least, most);
}

function writeNumbers(writer: ByteWriter, cells: Float64Array, order: Uint32Array): void {
  let least = Infinity;
  let most = -Infinity;
  for (let at = 0; at < order.length; at++) {
    const number = cells[order[at] as number] as number;
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) return writeFloats(writer, cells, order);
    if (number < least) least = number;
    if (number > most) most = number;
  }
  if (most - least > 0xffff_ffff) writeFloats(writer, cells, order);
  else writeDistances(writer, cells, order, least, most);
}

function writeFloats(writer: ByteWriter, cells: Float64Array, order: Uint32Array): void {
  writeByte(writer, FLOATS);
  for (let at = 0; at < order.length; at++) writeFloat64(writer, cells[order[at] as number] as number);
}

function writeDistances(
  writer: ByteWriter,
  cells: Int32Array | Float64Array,
  order: Uint32Array,
  least: number,
  most: number,
): void {
  const width = widthOf(most - least);
  writeByte(writer, WHOLE_NUMBERS);
  writeFloat64(writer, least);
  writeByte(writer, width);
  let to = reserve(writer, order.length * width);
  const { bytes } = writer;
  for (let at = 0; at < order.length; at++, to += width) {
    const distance = (cells[order[at] as number] as number) - least;
    bytes[to] = distance; // its lowest eight bits
    if (width > 1) bytes[to + 1] = distance >>> 8;
    if (width > 2) {
      bytes[to + 2] = distance >>> 16;
      bytes[to + 3] = distance >>> 24;
    }
  }
}

/** So many empty arrays, as `writeColumn` writes them. */
export function writeEmptyArrays(writer: ByteWriter, count: number): void {
  writeByte(writer, ANY_VALUES);
  const at = reserve(writer, 2 * count);
  for (let index = at; index < at + 2 * count; index += 2) {
    writer.bytes[index] = ARRAY;
    writer.bytes[index + 1] = 0;
  }
}

// ---- Reading

/** A column of state, of what `writeColumn` wrote. Throws MalformedBytes. */
export function readCells(reader: ByteReader, count: number): StateColumn {
  const start = reader.at;
  const names = readRowNames(reader);
  if (names !== null && names.length <= FIELDS_MAX) {
    const fields = names.map(() => (reader.bytes[reader.at] === ROWS ? null : columnFrom(readColumn(reader, count))));
    if (!fields.includes(null)) return { kind: 'fields', cells: [], names, fields: fields as StateColumn[] };
  }
  reader.at = start;
  return columnFrom(readColumn(reader, count));
}

/** Whether all of so many values are empty arrays; reads them if they are. */
export function skipEmptyArrays(reader: ByteReader, count: number): boolean {
  const { bytes, at } = reader;
  const end = at + 1 + 2 * count;
  if (bytes[at] !== ANY_VALUES || end > bytes.length) return false;
  for (let index = at + 1; index < end; index += 2) if (bytes[index] !== ARRAY || bytes[index + 1] !== 0) return false;
  reader.at = end;
  return true;
}

/** Reads the names of the fields of objects of one shape; null: it is another column. */
export function readRowNames(reader: ByteReader): readonly string[] | null {
  if (reader.bytes[reader.at] !== ROWS) return null;
  reader.at += 1;
  return sharedNames(readNames(reader));
}
