// Columns under construction: plain data that may be part of a state. Records of other columns are appended by their places there, a field at a time. What
// lies behind the last record is zero. Sealed, it is a column in its one form.
import type { Value } from '../base/value.ts';
import { columnOf, valuesOf, type Column, type RecordColumn } from './column.ts';
import { areInt32s, typedColumn } from './typed-column.ts';

export type ColumnBuilder =
  | { readonly kind: 'int32'; values: Int32Array }
  | { readonly kind: 'float64'; values: Float64Array }
  | { readonly kind: 'int64'; values: BigInt64Array }
  | { readonly kind: 'boolean'; values: Uint8Array }
  | { readonly kind: 'string'; readonly values: string[] }
  | RecordBuilder
  /** Whatever they are; what kind that is shows when it is sealed. */
  | { readonly kind: 'value'; readonly values: Value[] };

export interface RecordBuilder {
  readonly kind: 'record';
  readonly names: readonly string[];
  readonly fields: ColumnBuilder[];
}

/** Which records of a column: `count` of those that `order` lists, from its place `from` on; null: the column's own order. */
export interface Pick {
  readonly order: Int32Array | null;
  readonly from: number;
  readonly count: number;
}

/** Memory of typed arrays that lie side by side: one piece costs a third of what a piece for each costs. */
interface Memory {
  readonly bytes: ArrayBuffer;
  /** Where the next array begins. */
  at: number;
}

const WIDEST = 8;

/** So many values, and up to where the next array of any kind may begin. */
function bytesOf(values: number, width: number): number {
  return Math.ceil((values * width) / WIDEST) * WIDEST;
}

function bytesFor(column: Column, room: number): number {
  switch (column.kind) {
    case 'int32':
      return bytesOf(room, Int32Array.BYTES_PER_ELEMENT);
    case 'float64':
      return bytesOf(room, Float64Array.BYTES_PER_ELEMENT);
    case 'int64':
      return bytesOf(room, BigInt64Array.BYTES_PER_ELEMENT);
    case 'boolean':
      return bytesOf(room, Uint8Array.BYTES_PER_ELEMENT);
    case 'record': {
      let bytes = 0;
      for (let at = 0; at < column.fields.length; at++) bytes += bytesFor(column.fields[at] as Column, room);
      return bytes;
    }
    default:
      return 0;
  }
}

/** Where so many bytes begin. */
function taken(memory: Memory, bytes: number): number {
  const { at } = memory;
  memory.at += bytes;
  return at;
}

/** With room for so many records of a column like this one, and for as many numbers beside them. */
export function createRecordBuilder(
  column: RecordColumn,
  room: number,
): { readonly records: RecordBuilder; readonly numbers: Float64Array } {
  const bytes = bytesOf(room, Float64Array.BYTES_PER_ELEMENT);
  const memory = { bytes: new ArrayBuffer(bytes + bytesFor(column, room)), at: bytes };
  return { records: recordBuilder(column, room, memory), numbers: new Float64Array(memory.bytes, 0, room) };
}

function recordBuilder({ names, fields }: RecordColumn, room: number, memory: Memory): RecordBuilder {
  Object.freeze(names); // several builders of a state share them
  return { kind: 'record', names, fields: fields.map((field) => createBuilder(field, room, memory)) };
}

function createBuilder(column: Column, room: number, memory: Memory): ColumnBuilder {
  const at = taken(memory, column.kind === 'record' ? 0 : bytesFor(column, room));
  switch (column.kind) {
    case 'int32':
      return { kind: 'int32', values: new Int32Array(memory.bytes, at, room) };
    case 'float64':
      return { kind: 'float64', values: new Float64Array(memory.bytes, at, room) };
    case 'int64':
      return { kind: 'int64', values: new BigInt64Array(memory.bytes, at, room) };
    case 'boolean':
      return { kind: 'boolean', values: new Uint8Array(memory.bytes, at, room) };
    case 'string':
      return { kind: 'string', values: [] };
    case 'record':
      return recordBuilder(column, room, memory);
    default:
      return { kind: 'value', values: [] };
  }
}

/** Whether the builder takes records of the column: those that have its fields, in its order. */
export function isLike(builder: RecordBuilder, { names }: RecordColumn): boolean {
  if (builder.names === names) return true;
  if (builder.names.length !== names.length) return false;
  for (let index = 0; index < names.length; index++) if (builder.names[index] !== names[index]) return false;
  return true;
}

/** Room for so many records, of which there are `size`. */
export function makeRoom(builder: ColumnBuilder, size: number, room: number): void {
  switch (builder.kind) {
    case 'int32':
      builder.values = withRoom(new Int32Array(room), builder.values, size);
      return;
    case 'float64':
      builder.values = withRoom(new Float64Array(room), builder.values, size);
      return;
    case 'int64': {
      const larger = new BigInt64Array(room);
      larger.set(builder.values.subarray(0, size));
      builder.values = larger;
      return;
    }
    case 'boolean':
      builder.values = withRoom(new Uint8Array(room), builder.values, size);
      return;
    case 'record':
      for (const field of builder.fields) makeRoom(field, size, room);
      return;
    default: // lists grow by themselves
  }
}

function withRoom<A extends Int32Array | Float64Array | Uint8Array>(larger: A, values: A, size: number): A {
  larger.set(values.subarray(0, size));
  return larger;
}

/** Appends records to those that there are. The builder is like the column, and has room. */
export function appendRecords(builder: RecordBuilder, size: number, column: RecordColumn, pick: Pick): void {
  const { fields } = builder;
  for (let at = 0; at < fields.length; at++)
    fields[at] = append(fields[at] as ColumnBuilder, size, column.fields[at] as Column, pick);
}

/** The builder, or the wider one that took its place. */
function append(builder: ColumnBuilder, size: number, column: Column, pick: Pick): ColumnBuilder {
  if (builder.kind === 'value') return appendValues(builder, column, pick);
  if (builder.kind === 'int32' && column.kind === 'float64') return append(widened(builder), size, column, pick);
  if (!isTaken(builder, column)) return append(asValues(builder, size), size, column, pick);
  switch (builder.kind) {
    case 'int32':
      takeInts(builder.values, size, (column as { readonly values: Int32Array }).values, pick);
      break;
    case 'float64':
      if (column.kind === 'int32') takeIntsAsFloats(builder.values, size, column.values as Int32Array, pick);
      else takeFloats(builder.values, size, (column as { readonly values: Float64Array }).values, pick);
      break;
    case 'int64':
      takeInt64s(builder.values, size, (column as { readonly values: BigInt64Array }).values, pick);
      break;
    case 'boolean':
      takeFlags(builder.values, size, (column as { readonly values: Uint8Array }).values, pick);
      break;
    case 'string':
      takeStrings(builder.values, (column as { readonly values: readonly string[] }).values, pick);
      break;
    case 'record':
      appendRecords(builder, size, column as RecordColumn, pick);
  }
  return builder;
}

function isTaken(builder: ColumnBuilder, column: Column): boolean {
  if (builder.kind === 'record') return column.kind === 'record' && isLike(builder, column);
  return builder.kind === column.kind || (builder.kind === 'float64' && column.kind === 'int32');
}

function widened({ values }: Extract<ColumnBuilder, { readonly kind: 'int32' }>): ColumnBuilder {
  return { kind: 'float64', values: Float64Array.from(values) };
}

function asValues(builder: ColumnBuilder, size: number): ColumnBuilder {
  return { kind: 'value', values: valuesOf(sealColumn(builder, size)).slice() };
}

function appendValues(builder: Extract<ColumnBuilder, { readonly kind: 'value' }>, column: Column, pick: Pick) {
  const isMade = column.kind !== 'value' && column.kind !== 'string';
  const { values, order, from } = isMade ? madeValues(column, pick) : { ...pick, values: column.values };
  for (let index = from; index < from + pick.count; index++)
    builder.values.push(values[order === null ? index : (order[index] as number)] as Value);
  return builder;
}

/** Values of a column that has none are made for these records alone: of a large column many builders may take some each. */
function madeValues(column: Column, pick: Pick) {
  if (column.kind === 'list' || column.kind === 'nullable') return { ...pick, values: valuesOf(column) };
  const memory = { bytes: new ArrayBuffer(bytesFor(column, pick.count)), at: 0 };
  const part = append(createBuilder(column, pick.count, memory), 0, column, pick);
  return { values: valuesOf(sealColumn(part, pick.count)), order: null, from: 0 };
}

/** The same records, with fields that only values can be made of as values: these are made once, however many builders take some. */
export function forBuilders(column: RecordColumn): RecordColumn {
  return { kind: 'record', names: column.names, fields: column.fields.map(forBuilder) };
}

function forBuilder(column: Column): Column {
  if (column.kind === 'record') return forBuilders(column);
  if (column.kind === 'list' || column.kind === 'nullable') return { kind: 'value', values: valuesOf(column) };
  return column;
}

// ---- One function for each kind of array, so that its accesses meet one kind

function takeInts(to: Int32Array, at: number, values: Int32Array, { order, from, count }: Pick): void {
  if (order === null) return to.set(values.subarray(from, from + count), at);
  for (let index = 0; index < count; index++) to[at + index] = values[order[from + index] as number] as number;
}

function takeFloats(to: Float64Array, at: number, values: Float64Array, { order, from, count }: Pick): void {
  if (order === null) return to.set(values.subarray(from, from + count), at);
  for (let index = 0; index < count; index++) to[at + index] = values[order[from + index] as number] as number;
}

function takeInt64s(to: BigInt64Array, at: number, values: BigInt64Array, { order, from, count }: Pick): void {
  if (order === null) return to.set(values.subarray(from, from + count), at);
  for (let index = 0; index < count; index++) to[at + index] = values[order[from + index] as number] as bigint;
}

function takeIntsAsFloats(to: Float64Array, at: number, values: Int32Array, { order, from, count }: Pick): void {
  if (order === null) return to.set(values.subarray(from, from + count), at);
  for (let index = 0; index < count; index++) to[at + index] = values[order[from + index] as number] as number;
}

function takeFlags(to: Uint8Array, at: number, values: Uint8Array, { order, from, count }: Pick): void {
  if (order === null) return to.set(values.subarray(from, from + count), at);
  for (let index = 0; index < count; index++) to[at + index] = values[order[from + index] as number] as number;
}

function takeStrings(to: string[], values: readonly string[], { order, from, count }: Pick): void {
  for (let index = from; index < from + count; index++)
    to.push(values[order === null ? index : (order[index] as number)] as string);
}

/** Numbers beside a column, as event times are. */
export function takeNumbers(to: Float64Array, at: number, numbers: ArrayLike<number>, pick: Pick): void {
  if (numbers instanceof Float64Array) return takeFloats(to, at, numbers, pick);
  const { order, from, count } = pick;
  for (let index = 0; index < count; index++)
    to[at + index] = numbers[order === null ? from + index : (order[from + index] as number)] as number;
}

// ---- What was built

/** The records, of which there are `size`. The builder is given up: its arrays are the column's. */
export function sealRecords(builder: RecordBuilder, size: number): RecordColumn {
  return { kind: 'record', names: builder.names, fields: builder.fields.map((field) => sealColumn(field, size)) };
}

function sealColumn(builder: ColumnBuilder, size: number): Column {
  switch (builder.kind) {
    case 'int32':
      return { kind: 'int32', values: whole(builder.values, size) };
    case 'float64':
      return sealFloats(whole(builder.values, size));
    case 'int64': {
      const { values } = builder;
      return { kind: 'int64', values: values.length === size ? values : values.slice(0, size) };
    }
    case 'boolean':
      return { kind: 'boolean', values: whole(builder.values, size) };
    case 'string':
      return { kind: 'string', values: builder.values };
    case 'record':
      return sealRecords(builder, size);
    case 'value':
      return typedColumn(columnOf(builder.values));
  }
}

/** Without the room that is left. */
export function whole<A extends Int32Array | Float64Array | Uint8Array>(values: A, size: number): A {
  return values.length === size ? values : (values.slice(0, size) as A);
}

function sealFloats(values: Float64Array): Column {
  return areInt32s(values) ? { kind: 'int32', values: Int32Array.from(values) } : { kind: 'float64', values };
}
