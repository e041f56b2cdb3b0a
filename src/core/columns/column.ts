// Columns: many values side by side, by what they have in common. The kind of a column is found in its values, and is a fact of these values alone: the
// next batch of the same records may have another. What comes out of a column is equal to what went in, with fields in their order.
import type { Value } from '../base/value.ts';
import { makeRows, takeFields } from './shape-code.ts';

/** Typed where it was read from bytes, the values themselves where it was found in these: nobody needs a copy of them. */
export type Numbers = Int32Array | Float64Array | readonly number[];

/** Named as a schema names them. Lengths are those of the column, unless a field says another. */
export type Column =
  /** Whole numbers of 32 bits; no -0. */
  | { readonly kind: 'int32'; readonly values: Int32Array | readonly number[] }
  /** Other numbers, whole ones beyond 32 bits among them. */
  | { readonly kind: 'float64'; readonly values: Float64Array | readonly number[] }
  /** Bigints. */
  | { readonly kind: 'int64'; readonly values: BigInt64Array | readonly bigint[] }
  /** 0 and 1. */
  | { readonly kind: 'boolean'; readonly values: Uint8Array }
  | { readonly kind: 'string'; readonly values: readonly string[] }
  /** Objects that have the same fields in the same order, at least one. */
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly fields: readonly Column[] }
  /** Arrays: how long each is, and the items of all of them. */
  | { readonly kind: 'list'; readonly lengths: Numbers; readonly items: Column }
  /** Some are null, where `isNull` is 1; the others are in `present`. */
  | { readonly kind: 'nullable'; readonly isNull: Uint8Array; readonly present: Column }
  /** Whatever they are. */
  | { readonly kind: 'value'; readonly values: readonly Value[] };

export type ColumnKind = Column['kind'];
export type RecordColumn = Extract<Column, { readonly kind: 'record' }>;

type Fields = Readonly<Record<string, Value>>;

// ---- From values

export function columnOf(values: readonly Value[]): Column {
  const first = values[0];
  if (typeof first === 'number') return numbersOf(values);
  if (typeof first === 'string') return areStrings(values) ? { kind: 'string', values } : otherColumn(values);
  if (typeof first === 'boolean') return booleansOf(values) ?? otherColumn(values);
  if (typeof first === 'bigint') return areInt64s(values) ? { kind: 'int64', values } : otherColumn(values);
  if (typeof first !== 'object' || first === null) return otherColumn(values);
  if (Array.isArray(first)) return listsOf(values) ?? otherColumn(values);
  return recordsOf(values, first as Fields) ?? otherColumn(values);
}

/** Null where the others are alike, or nothing in common. */
function otherColumn(values: readonly Value[]): Column {
  const present: Value[] = [];
  for (let index = 0; index < values.length; index++) if (values[index] !== null) present.push(values[index] as Value);
  if (present.length === 0 || present.length === values.length) return { kind: 'value', values };
  const column = columnOf(present);
  if (column.kind === 'value') return { kind: 'value', values };
  const isNull = new Uint8Array(values.length);
  for (let index = 0; index < values.length; index++) if (values[index] === null) isNull[index] = 1;
  return { kind: 'nullable', isNull, present: column };
}

function numbersOf(values: readonly Value[]): Column {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (typeof value !== 'number' || (value | 0) !== value || (value === 0 && Object.is(value, -0)))
      return floatsOf(values);
  }
  return { kind: 'int32', values: values as readonly number[] };
}

function floatsOf(values: readonly Value[]): Column {
  for (let index = 0; index < values.length; index++) if (typeof values[index] !== 'number') return otherColumn(values);
  return { kind: 'float64', values: values as readonly number[] };
}

function areStrings(values: readonly Value[]): values is readonly string[] {
  for (let index = 0; index < values.length; index++) if (typeof values[index] !== 'string') return false;
  return true;
}

function areInt64s(values: readonly Value[]): values is readonly bigint[] {
  for (let index = 0; index < values.length; index++) if (typeof values[index] !== 'bigint') return false;
  return true;
}

function booleansOf(values: readonly Value[]): Column | null {
  const flags = new Uint8Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value !== 'boolean') return null;
    if (value) flags[index] = 1;
  }
  return { kind: 'boolean', values: flags };
}

function listsOf(values: readonly Value[]): Column | null {
  const lengths: number[] = [];
  const items: Value[] = [];
  for (let index = 0; index < values.length; index++) {
    const list = values[index];
    if (!Array.isArray(list)) return null;
    lengths.push(list.length);
    for (let at = 0; at < list.length; at++) items.push(list[at] as Value);
  }
  return { kind: 'list', lengths, items: columnOf(items) };
}

function recordsOf(values: readonly Value[], first: Fields): Column | null {
  const names = Object.keys(first);
  if (!areNamesOfRecord(names)) return null;
  for (let index = 1; index < values.length; index++) if (!hasFields(values[index] as Value, names)) return null;
  const fields = takeFields(names, values as readonly Fields[]);
  return { kind: 'record', names, fields: fields.map((field) => columnOf(field)) };
}

/**
 * Whether these are the fields of a record column. A name that is a number comes first in every object, and arrays, bytes and texts have such names too.
 * `__proto__` cannot be assigned to.
 */
export function areNamesOfRecord(names: readonly string[]): boolean {
  return names.length > 0 && !/^\d/.test(names[0] as string) && !names.includes('__proto__');
}

function hasFields(value: Value, names: readonly string[]): boolean {
  let at = 0;
  // millrace-lint-ignore order: the order of the fields is compared, as it is part of what is kept
  for (const name in value as Fields) {
    if (name !== names[at]) return false;
    at += 1;
  }
  return at === names.length;
}

// ---- To values

/** All values, in order. Compound ones are made: whoever calls this twice gets two of each. */
export function valuesOf(column: Column): readonly Value[] {
  switch (column.kind) {
    case 'int32':
    case 'float64':
      return plainNumbers(column.values);
    case 'int64':
      return plainInt64s(column.values);
    case 'boolean':
      return Array.from(column.values, (flag) => flag === 1);
    case 'string':
    case 'value':
      return column.values;
    case 'record':
      return makeRows(column.names, column.fields.map(itemsOf), columnLength(column));
    case 'list':
      return listsFrom(column.lengths, valuesOf(column.items));
    case 'nullable':
      return withNulls(column.isNull, valuesOf(column.present));
  }
}

/** A loop: `Array.from` asks an iterator for each. */
function plainNumbers(numbers: Numbers): readonly number[] {
  if (Array.isArray(numbers)) return numbers;
  const plain: number[] = [];
  for (let index = 0; index < numbers.length; index++) plain.push(numbers[index] as number);
  return plain;
}

function plainInt64s(values: BigInt64Array | readonly bigint[]): readonly bigint[] {
  if (!(values instanceof BigInt64Array)) return values;
  const plain: bigint[] = [];
  for (let index = 0; index < values.length; index++) plain.push(values[index] as bigint);
  return plain;
}

/** The same by index, without a copy of numbers. */
function itemsOf(column: Column): ArrayLike<Value> {
  const { kind } = column;
  return kind === 'int32' || kind === 'float64' || kind === 'int64' ? column.values : valuesOf(column);
}

function listsFrom(lengths: ArrayLike<number>, items: readonly Value[]): Value[] {
  let from = 0;
  return Array.from(lengths, (length) => items.slice(from, (from += length)));
}

function withNulls(isNull: Uint8Array, present: readonly Value[]): Value[] {
  let at = 0;
  return Array.from(isNull, (flag) => (flag === 1 ? null : (present[at++] as Value)));
}

export function columnLength(column: Column): number {
  switch (column.kind) {
    case 'record':
      return columnLength(column.fields[0] as Column);
    case 'list':
      return column.lengths.length;
    case 'nullable':
      return column.isNull.length;
    default:
      return column.values.length;
  }
}
