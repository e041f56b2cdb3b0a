// Columns as bytes. What the values of a column have in common is written once, numbers as narrow as they are. One byte says how it goes on:
//   0 any values, as value-codec.ts writes them
//   1 whole numbers in a narrow range: the least (float64), the width in bytes (1, 2 or 4), the distances from the least (little endian)
//   2 other numbers (float64 each, little endian) · 3 strings · 4 records: varint of fields, the names, a column for each
//   8 int64s (eight bytes each, little endian) · 5 booleans (a byte each) · 6 lists: their lengths (as of 1), a column of all items · 7 nullable: a byte each, 1 for null, a column of the others
// The number of values is known from elsewhere. Each takes a byte at least, so that few bytes never become many values.
import {
  MalformedBytes,
  readByte,
  readFloat64,
  readInt64,
  readName,
  reserve,
  viewBytes,
  writeByte,
  writeBytes,
  writeFloat64,
  writeInt64,
  writeString,
  writeVarint,
  type ByteReader,
  type ByteWriter,
} from '../base/bytes.ts';
import { DEPTH_MAX, readCount, readValue, writeValue } from '../base/value-codec.ts';
import type { Value } from '../base/value.ts';
import { areNamesOfRecord, type Column, type Numbers } from './column.ts';

/** The byte before a column of nothing but these. */
export const WHOLE_NUMBERS = 1;
const NULLABLE = 7;

export function writeColumn(writer: ByteWriter, column: Column): void {
  switch (column.kind) {
    case 'int32':
      return writeWholeNumbers(writer, column.values);
    case 'float64':
      return writeNumbers(writer, column.values);
    case 'int64':
      return writeInt64s(writer, column.values);
    case 'boolean':
      writeByte(writer, 5);
      return writeBytes(writer, column.values);
    case 'string':
      writeByte(writer, 3);
      for (let index = 0; index < column.values.length; index++) writeString(writer, column.values[index] as string);
      return;
    case 'record':
      return writeRecords(writer, column.names, column.fields);
    case 'list':
      writeByte(writer, 6);
      writeWholeNumbers(writer, column.lengths);
      return writeColumn(writer, column.items);
    case 'nullable':
      writeByte(writer, NULLABLE);
      writeBytes(writer, column.isNull);
      return writeColumn(writer, column.present);
    case 'value':
      writeByte(writer, 0);
      for (let index = 0; index < column.values.length; index++) writeValue(writer, column.values[index] as Value);
  }
}

function writeRecords(writer: ByteWriter, names: readonly string[], fields: readonly Column[]): void {
  writeByte(writer, 4);
  writeVarint(writer, names.length);
  for (const name of names) writeString(writer, name);
  for (const field of fields) writeColumn(writer, field);
}

/** Throws MalformedBytes. */
export function readColumn(reader: ByteReader, count: number, depth = 0): Column {
  if (count > reader.bytes.length - reader.at)
    throw new MalformedBytes(`${count} values at byte ${reader.at} are too many`);
  if (depth > DEPTH_MAX) throw new MalformedBytes(`nested deeper than ${DEPTH_MAX} at byte ${reader.at}`);
  const kind = readByte(reader);
  switch (kind) {
    case 0:
      return { kind: 'value', values: readEach(reader, count, (from) => readValue(from, depth + 1)) };
    case WHOLE_NUMBERS:
      return readWholeNumbers(reader, count);
    case 2:
      return { kind: 'float64', values: readFloats(reader, count) };
    case 3:
      return { kind: 'string', values: readEach(reader, count, readName) };
    case 4:
      return readRecords(reader, count, depth);
    case 5:
      return { kind: 'boolean', values: readFlags(reader, count) };
    case 6:
      return readLists(reader, count, depth);
    case NULLABLE:
      return readNullable(reader, count, depth);
    case 8:
      return { kind: 'int64', values: readInt64s(reader, count) };
    default:
      throw new MalformedBytes(`unknown kind of column ${kind} at byte ${reader.at - 1}`);
  }
}

function readEach<T>(reader: ByteReader, count: number, read: (reader: ByteReader) => T): T[] {
  const values: T[] = [];
  for (let index = 0; index < count; index++) values.push(read(reader));
  return values;
}

function readRecords(reader: ByteReader, count: number, depth: number): Column {
  const names = readEach(reader, readCount(reader), readName);
  if (!areNamesOfRecord(names) || new Set(names).size !== names.length)
    throw new MalformedBytes(`no names of fields before byte ${reader.at}`);
  return { kind: 'record', names, fields: names.map(() => readColumn(reader, count, depth + 1)) };
}

function readFlags(reader: ByteReader, count: number): Uint8Array {
  const flags = viewBytes(reader, count).slice();
  if (flags.some((flag) => flag > 1)) throw new MalformedBytes(`no flags before byte ${reader.at}`);
  return flags;
}

function readLists(reader: ByteReader, count: number, depth: number): Column {
  const lengths = readByte(reader) === WHOLE_NUMBERS ? readWholeNumbers(reader, count) : null;
  if (lengths === null) throw new MalformedBytes(`no lengths of lists before byte ${reader.at}`);
  let items = 0;
  for (let index = 0; index < count; index++) {
    const length = lengths.values[index] as number;
    if (length < 0) throw new MalformedBytes(`no length of a list before byte ${reader.at}`);
    items += length;
  }
  return { kind: 'list', lengths: lengths.values, items: readColumn(reader, items, depth + 1) };
}

/** As deep as the values that it has beside null: so no value nests deeper in columns than in itself. */
function readNullable(reader: ByteReader, count: number, depth: number): Column {
  const isNull = readFlags(reader, count);
  let present = 0;
  for (let index = 0; index < count; index++) if (isNull[index] === 0) present += 1;
  if (reader.bytes[reader.at] === NULLABLE) throw new MalformedBytes(`null among no nulls at byte ${reader.at}`);
  return { kind: 'nullable', isNull, present: readColumn(reader, present, depth) };
}

// ---- Numbers

/** Those of more than 32 bits too, as long as they lie close to each other. */
export function writeNumbers(writer: ByteWriter, numbers: Numbers): void {
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number;
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) return writeFloats(writer, Float64Array.from(numbers));
  }
  writeWholeNumbers(writer, numbers);
}

/** Where the numbers begin and end. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

function boundsOf(numbers: Numbers): Bounds {
  let least = numbers[0] ?? 0;
  let most = least;
  for (let index = 1; index < numbers.length; index++) {
    const number = numbers[index] as number;
    if (number < least) least = number;
    else if (number > most) most = number;
  }
  return { least, most };
}

/** Word for word the same: each loop meets one kind of numbers, and stays fast so. */
function boundsOfInts(ints: Int32Array): Bounds {
  let least = ints[0] ?? 0;
  let most = least;
  for (let index = 1; index < ints.length; index++) {
    const number = ints[index] as number;
    if (number < least) least = number;
    else if (number > most) most = number;
  }
  return { least, most };
}

function writeWholeNumbers(writer: ByteWriter, numbers: Numbers): void {
  const isTyped = numbers instanceof Int32Array;
  const { least, most } = isTyped ? boundsOfInts(numbers) : boundsOf(numbers);
  const range = most - least;
  if (range > 0xffff_ffff) return writeFloats(writer, Float64Array.from(numbers));
  writeByte(writer, WHOLE_NUMBERS);
  writeFloat64(writer, least);
  const width = range <= 0xff ? 1 : range <= 0xffff ? 2 : 4;
  writeByte(writer, width);
  const at = reserve(writer, numbers.length * width);
  if (range === 0) writer.bytes.fill(0, at, writer.length);
  else if (isTyped) writeIntDistances(writer.bytes, at, numbers, least, width);
  else writeDistances(writer.bytes, at, numbers, least, width);
}

/** As `writeDistances`, in a loop for each width. */
function writeIntDistances(bytes: Uint8Array, at: number, ints: Int32Array, least: number, width: 1 | 2 | 4): void {
  if (width === 1)
    for (let index = 0; index < ints.length; index++) bytes[at + index] = (ints[index] as number) - least;
  else if (width === 2)
    for (let index = 0, to = at; index < ints.length; index++, to += 2) {
      const distance = (ints[index] as number) - least;
      bytes[to] = distance;
      bytes[to + 1] = distance >> 8;
    }
  else writeDistances(bytes, at, ints, least, width);
}

function writeDistances(bytes: Uint8Array, at: number, numbers: Numbers, least: number, width: 1 | 2 | 4): void {
  if (width === 1) {
    for (let index = 0; index < numbers.length; index++) bytes[at + index] = (numbers[index] as number) - least;
    return;
  }
  for (let index = 0, to = at; index < numbers.length; index++, to += width) {
    const distance = (numbers[index] as number) - least;
    bytes[to] = distance; // its lowest eight bits
    bytes[to + 1] = distance >>> 8;
    if (width === 2) continue;
    bytes[to + 2] = distance >>> 16;
    bytes[to + 3] = distance >>> 24;
  }
}

const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;

/** `int32` where all of them are of 32 bits. */
function readWholeNumbers(reader: ByteReader, count: number): Extract<Column, { readonly kind: 'int32' | 'float64' }> {
  const least = readFloat64(reader);
  const width = readByte(reader);
  if (!Number.isSafeInteger(least) || Object.is(least, -0) || (width !== 1 && width !== 2 && width !== 4))
    throw new MalformedBytes(`no column of whole numbers at byte ${reader.at - 1}`);
  const bytes = viewBytes(reader, count * width);
  const most = least + 256 ** width - 1;
  if (least >= INT32_MIN && least <= INT32_MAX) {
    const ints = new Int32Array(count);
    if (addDistances(ints, bytes, least, width)) return { kind: 'int32', values: ints };
  }
  const values = new Float64Array(count);
  addDistances(values, bytes, least, width);
  if (!Number.isSafeInteger(most) && !values.every(Number.isSafeInteger))
    throw new MalformedBytes(`no whole numbers before byte ${reader.at}`);
  return { kind: 'float64', values };
}

/** False: the numbers do not have room for one of them. */
function addDistances(numbers: Int32Array | Float64Array, bytes: Uint8Array, least: number, width: 1 | 2 | 4): boolean {
  if (width === 4) return addQuads(numbers, bytes, least);
  if (width === 1) addBytes(numbers, bytes, least);
  else addPairs(numbers, bytes, least);
  return least <= INT32_MAX - 0xffff || least > INT32_MAX || fits(numbers, least);
}

/** None of them was cut off at its 32nd bit: such ones are less than the least. */
function fits(numbers: Int32Array | Float64Array, least: number): boolean {
  for (let index = 0; index < numbers.length; index++) if ((numbers[index] as number) < least) return false;
  return true;
}

function addBytes(numbers: Int32Array | Float64Array, bytes: Uint8Array, least: number): void {
  for (let index = 0; index < numbers.length; index++) numbers[index] = least + (bytes[index] as number);
}

function addPairs(numbers: Int32Array | Float64Array, bytes: Uint8Array, least: number): void {
  for (let index = 0, at = 0; index < numbers.length; index++, at += 2)
    numbers[index] = least + ((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
}

function addQuads(numbers: Int32Array | Float64Array, bytes: Uint8Array, least: number): boolean {
  let isWhole = true;
  for (let index = 0, at = 0; index < numbers.length; index++, at += 4) {
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    const number = least + ((low | ((bytes[at + 3] as number) << 24)) >>> 0);
    numbers[index] = number;
    if (number > INT32_MAX) isWhole = false;
  }
  return isWhole;
}

// millrace-lint-ignore module-state: never changes
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function writeFloats(writer: ByteWriter, numbers: Float64Array): void {
  writeByte(writer, 2);
  if (!IS_LITTLE_ENDIAN || hasNaN(numbers)) {
    for (let index = 0; index < numbers.length; index++) writeFloat64(writer, numbers[index] as number); // NaN in its one form
    return;
  }
  writeBytes(writer, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
}

function hasNaN(numbers: Float64Array): boolean {
  for (let index = 0; index < numbers.length; index++) if (numbers[index] !== numbers[index]) return true; // oxlint-disable-line eslint/no-self-compare -- quick
  return false;
}

function readFloats(reader: ByteReader, count: number): Float64Array {
  if (IS_LITTLE_ENDIAN) return new Float64Array(viewBytes(reader, count * 8).slice().buffer);
  return Float64Array.from(readEach(reader, count, readFloat64));
}

function writeInt64s(writer: ByteWriter, values: BigInt64Array | readonly bigint[]): void {
  writeByte(writer, 8);
  if (IS_LITTLE_ENDIAN && values instanceof BigInt64Array)
    return writeBytes(writer, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  for (let index = 0; index < values.length; index++) writeInt64(writer, values[index] as bigint);
}

function readInt64s(reader: ByteReader, count: number): BigInt64Array {
  if (IS_LITTLE_ENDIAN) return new BigInt64Array(viewBytes(reader, count * 8).slice().buffer);
  return BigInt64Array.from(readEach(reader, count, readInt64));
}
