// Columns: many values side by side as bytes, for rows that are alike. What they have in common (their kind, the names of their fields) is
// written once, numbers as narrow as they are. What comes back is equal to what was written, with fields in their order. One byte says how:
//   0 any values, as value-codec.ts writes them
//   1 whole numbers in a narrow range: the least (float64), the width in bytes (1, 2 or 4), the distances from the least (little endian)
//   2 other numbers (float64 each) · 3 strings · 4 objects of one shape: varint of fields, the names, a column for each
// The number of values is known from elsewhere. Each takes a byte at least, so that few bytes never become many values.
import {
  MalformedBytes,
  readByte,
  readFloat64,
  readString,
  reserve,
  writeByte,
  writeFloat64,
  writeString,
  writeVarint,
  type ByteReader,
  type ByteWriter,
} from './bytes.ts';
import { DEPTH_MAX, readCount, readValue, writeValue } from './value-codec.ts';
import type { Value } from './value.ts';

type Fields = Record<string, Value>;

export function writeColumn(writer: ByteWriter, values: readonly Value[]): void {
  if (areAll(values, 'number')) writeNumbers(writer, values as readonly number[]);
  else if (areAll(values, 'string')) writeStrings(writer, values as readonly string[]);
  else writeObjects(writer, values);
}

function writeObjects(writer: ByteWriter, values: readonly Value[]): void {
  const names = namesOfAll(values);
  if (names !== null) return writeRows(writer, values as readonly Fields[], names);
  writeByte(writer, 0);
  for (let index = 0; index < values.length; index++) writeValue(writer, values[index] as Value);
}

/** Throws MalformedBytes. */
export function readColumn(reader: ByteReader, count: number, depth = 0): Value[] {
  if (count > reader.bytes.length - reader.at)
    throw new MalformedBytes(`${count} values at byte ${reader.at} are too many`);
  if (depth > DEPTH_MAX) throw new MalformedBytes(`nested deeper than ${DEPTH_MAX} at byte ${reader.at}`);
  const kind = readByte(reader);
  switch (kind) {
    case 0:
      return readEach(reader, count, (from) => readValue(from, depth + 1));
    case 1:
      return readWholeNumbers(reader, count);
    case 2:
      return readEach(reader, count, readFloat64);
    case 3:
      return readEach(reader, count, readString);
    case 4:
      return readRows(reader, count, depth);
    default:
      throw new MalformedBytes(`unknown kind of column ${kind} at byte ${reader.at - 1}`);
  }
}

function readEach(reader: ByteReader, count: number, read: (reader: ByteReader) => Value): Value[] {
  const values: Value[] = [];
  for (let index = 0; index < count; index++) values.push(read(reader));
  return values;
}

function areAll(values: readonly Value[], type: 'number' | 'string'): boolean {
  for (let index = 0; index < values.length; index++) if (typeof values[index] !== type) return false;
  return values.length > 0;
}

// ---- Numbers

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  let least = Infinity;
  let most = -Infinity;
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number;
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) return writeFloats(writer, numbers);
    if (number < least) least = number;
    if (number > most) most = number;
  }
  if (most - least > 0xffff_ffff) return writeFloats(writer, numbers);
  writeByte(writer, 1);
  writeFloat64(writer, least);
  writeDistances(writer, numbers, least, widthOf(most - least));
}

/** Bytes of a distance. */
export function widthOf(distance: number): number {
  if (distance <= 0xff) return 1;
  return distance <= 0xffff ? 2 : 4;
}

function writeFloats(writer: ByteWriter, numbers: readonly number[]): void {
  writeByte(writer, 2);
  for (let index = 0; index < numbers.length; index++) writeFloat64(writer, numbers[index] as number);
}

function writeDistances(writer: ByteWriter, numbers: readonly number[], least: number, width: number): void {
  writeByte(writer, width);
  let at = reserve(writer, numbers.length * width);
  const { bytes } = writer;
  for (let index = 0; index < numbers.length; index++, at += width) {
    const distance = (numbers[index] as number) - least;
    bytes[at] = distance; // its lowest eight bits
    if (width > 1) bytes[at + 1] = distance >>> 8;
    if (width > 2) {
      bytes[at + 2] = distance >>> 16;
      bytes[at + 3] = distance >>> 24;
    }
  }
}

function readWholeNumbers(reader: ByteReader, count: number): number[] {
  const least = readFloat64(reader);
  const width = readByte(reader);
  if (!Number.isSafeInteger(least) || (width !== 1 && width !== 2 && width !== 4))
    throw new MalformedBytes(`no column of whole numbers at byte ${reader.at - 1}`);
  const { bytes } = reader;
  let at = reader.at;
  if (count * width > bytes.length - at) throw new MalformedBytes(`ends at byte ${bytes.length}`);
  reader.at = at + count * width;
  const numbers: number[] = [];
  for (let index = 0; index < count; index++, at += width) {
    let distance = bytes[at] as number;
    if (width > 1) distance |= (bytes[at + 1] as number) << 8;
    if (width > 2) distance |= ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
    numbers.push(least + (distance >>> 0));
  }
  return numbers;
}

// ---- Strings

function writeStrings(writer: ByteWriter, strings: readonly string[]): void {
  writeByte(writer, 3);
  for (let index = 0; index < strings.length; index++) writeString(writer, strings[index] as string);
}

// ---- Objects of one shape

/** The names of the fields that all of these have, in one order; null if they are not alike. */
function namesOfAll(values: readonly Value[]): readonly string[] | null {
  if (!isObject(values[0])) return null;
  const names = Object.keys(values[0]);
  if (names.length === 0 || names.includes('__proto__')) return null; // that name cannot be assigned to
  for (let index = 1; index < values.length; index++) {
    const value = values[index];
    if (!isObject(value) || !hasNames(value, names)) return null;
  }
  return names;
}

function isObject(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function hasNames(fields: Fields, names: readonly string[]): boolean {
  let at = 0;
  // millrace-lint-ignore order: the order of the fields is compared, as it is part of what is encoded
  for (const name in fields) {
    if (name !== names[at]) return false;
    at += 1;
  }
  return at === names.length;
}

function writeRows(writer: ByteWriter, rows: readonly Fields[], names: readonly string[]): void {
  writeByte(writer, 4);
  writeVarint(writer, names.length);
  for (const name of names) writeString(writer, name);
  for (const name of names) writeColumn(writer, columnOf(rows, name));
}

function columnOf(rows: readonly Fields[], name: string): Value[] {
  const column: Value[] = [];
  for (let index = 0; index < rows.length; index++) column.push((rows[index] as Fields)[name] as Value);
  return column;
}

function readRows(reader: ByteReader, count: number, depth: number): Value[] {
  const names = readNames(reader);
  if (names.length * count > reader.bytes.length - reader.at)
    throw new MalformedBytes(`${count} objects of ${names.length} fields at byte ${reader.at} are too many`);
  const rows = emptyRows(names, count);
  for (const name of names) {
    const column = readColumn(reader, count, depth + 1);
    for (let index = 0; index < count; index++) (rows[index] as Fields)[name] = column[index] as Value;
  }
  return rows;
}

/** The names of the fields of objects of one shape. Throws MalformedBytes. */
export function readNames(reader: ByteReader): readonly string[] {
  const names: string[] = [];
  for (let left = readCount(reader); left > 0; left--) names.push(readString(reader));
  if (names.length > 0 && !names.includes('__proto__') && new Set(names).size === names.length) return names;
  throw new MalformedBytes(`no names of fields before byte ${reader.at}`);
}

/** Copies of one object: that is the quickest way to many of a shape that is known at run time only. */
function emptyRows(names: readonly string[], count: number): Fields[] {
  const template: Fields = {};
  for (const name of names) template[name] = null;
  const rows: Fields[] = [];
  for (let index = 0; index < count; index++) rows.push({ ...template });
  return rows;
}
