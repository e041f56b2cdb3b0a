// Columns in their one form: numbers in typed arrays, each column of the narrowest kind that its values have. So a column is a function of its values,
// however it came about, and is the same before and behind its bytes.
import type { Value } from '../base/value.ts';
import { columnOf, valuesOf, type Column, type Numbers, type RecordColumn } from './column.ts';

/** The first `count` of these as a column in its one form, if they are records that are alike; null: they are not. */
export function recordsOf(values: readonly Value[], count: number): RecordColumn | null {
  const first = values[0];
  if (typeof first !== 'object' || first === null) return null;
  const column = columnOf(values.length === count ? values : values.slice(0, count));
  return column.kind === 'record' ? (typedColumn(column) as RecordColumn) : null;
}

/** Of a column that was found in values. */
export function typedColumn(column: Column): Column {
  switch (column.kind) {
    case 'int32':
      return { kind: 'int32', values: int32sOf(column.values) };
    case 'float64':
      return { kind: 'float64', values: float64sOf(column.values) };
    case 'int64':
      return { kind: 'int64', values: int64sOf(column.values) };
    case 'record':
      return { kind: 'record', names: column.names, fields: column.fields.map(typedColumn) };
    case 'list':
      return { kind: 'list', lengths: int32sOf(column.lengths), items: typedColumn(column.items) };
    case 'nullable':
      return { kind: 'nullable', isNull: column.isNull, present: typedColumn(column.present) };
    default:
      return column;
  }
}

function int32sOf(numbers: Numbers): Int32Array {
  if (numbers instanceof Int32Array) return numbers;
  const typed = new Int32Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) typed[index] = numbers[index] as number;
  return typed;
}

function int64sOf(values: BigInt64Array | readonly bigint[]): BigInt64Array {
  if (values instanceof BigInt64Array) return values;
  const typed = new BigInt64Array(values.length);
  for (let index = 0; index < values.length; index++) typed[index] = values[index] as bigint;
  return typed;
}

function float64sOf(numbers: Numbers): Float64Array {
  if (numbers instanceof Float64Array) return numbers;
  const typed = new Float64Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number;
    typed[index] = Number.isNaN(number) ? Number.NaN : number; // NaN has many forms, which no program can tell apart
  }
  return typed;
}

/** Whether these numbers would have been found to be `int32`. */
export function areInt32s(numbers: Float64Array): boolean {
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number;
    if ((number | 0) !== number || (number === 0 && Object.is(number, -0))) return false;
  }
  return true;
}

/** The values from `from` up to `to`, not always in their one form: a part may have a narrower kind than the whole. What can be shared is. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  switch (column.kind) {
    case 'int32':
      return { kind: 'int32', values: part(column.values, from, to) };
    case 'float64':
      return { kind: 'float64', values: part(column.values, from, to) };
    case 'int64': {
      const { values } = column;
      const isTyped = values instanceof BigInt64Array;
      return { kind: 'int64', values: isTyped ? values.subarray(from, to) : values.slice(from, to) };
    }
    case 'boolean':
      return { kind: 'boolean', values: column.values.subarray(from, to) };
    case 'string':
      return { kind: 'string', values: column.values.slice(from, to) };
    case 'record':
      return sliceRecords(column, from, to);
    case 'value':
      return { kind: 'value', values: column.values.slice(from, to) };
    case 'list':
    case 'nullable':
      return { kind: 'value', values: valuesOf(column).slice(from, to) };
  }
}

export function sliceRecords({ names, fields }: RecordColumn, from: number, to: number): RecordColumn {
  return { kind: 'record', names, fields: fields.map((field) => sliceColumn(field, from, to)) };
}

function part<N extends Int32Array | Float64Array>(
  numbers: N | readonly number[],
  from: number,
  to: number,
): N | readonly number[] {
  return Array.isArray(numbers) ? numbers.slice(from, to) : ((numbers as N).subarray(from, to) as N);
}
