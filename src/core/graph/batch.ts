// Batches of records. A batch is opaque outside this file and its codec. What form it has is a function of its records: many that are alike are columns,
// anything else is rows, in every world. Behind bytes also the others are columns, of which no row is made before somebody asks for it. A sealed batch never
// changes; it is shared by sender, receiver and clones.
import type { Value } from '../base/value.ts';
import {
  appendRecords,
  createRecordBuilder,
  isLike,
  makeRoom,
  sealRecords,
  takeNumbers,
  whole,
  type Pick,
  type RecordBuilder,
} from '../columns/column-builder.ts';
import { columnOf, valuesOf, type Column, type RecordColumn } from '../columns/column.ts';
import { recordsOf } from '../columns/typed-column.ts';

/** Event time in ms since the epoch of a record that has none. */
export const NO_TIMESTAMP: number = Number.MIN_SAFE_INTEGER;

/** Fewer records are rows: columns do not pay for so few. */
export const COLUMN_RECORDS_MIN = 128;

/** Rows side by side: values and their event times in ms. */
interface RowBatch {
  readonly values: readonly Value[];
  readonly timestamps: Float64Array | readonly number[];
}

/** Columns side by side: of the values, and of their event times in ms. */
interface ColumnBatch {
  readonly column: Column;
  readonly times: Float64Array;
}

export type Batch = RowBatch | ColumnBatch;

/** A batch of records that nobody changes any more, side by side. It is not frozen, and no part of a state or message. */
export function batchOfRows(values: readonly Value[], timestamps: Float64Array | readonly number[]): Batch {
  return { values, timestamps };
}

/** A batch under construction; may be part of a state. */
export type BatchBuilder = RowsBuilder | ColumnsBuilder;

interface RowsBuilder {
  readonly values: Value[];
  readonly timestamps: number[];
}

/** Of records that came as columns. */
interface ColumnsBuilder {
  readonly records: RecordBuilder;
  /** With room behind the last one. */
  times: Float64Array;
  size: number;
}

/** All records of a column, and their event times. */
export interface TimedRecords {
  readonly column: RecordColumn;
  readonly size: number;
  /** As many, or more. */
  readonly times: ArrayLike<number>;
}

export function createBatchBuilder(): RowsBuilder {
  return { values: [], timestamps: [] };
}

/** The same records in a builder of rows, which may be the same one. */
export function forRows(builder: BatchBuilder): RowsBuilder {
  if (!('records' in builder)) return builder;
  const rows = createBatchBuilder();
  takeRows(rows, builder);
  return rows;
}

export function appendRecord(builder: RowsBuilder, value: Value, timestamp: number): void {
  builder.values.push(value);
  builder.timestamps.push(timestamp);
}

/** Room of a builder that begins, for each record that it begins with: a batch that goes to hundreds of channels takes no more than this many of it. */
const FIRST_ROOM = 4;

/**
 * Appends records of a column. Returns the builder that has them all.
 * @param most records that one is ever given
 * @param together records of which these are the last: as many may come next time
 */
export function appendColumn(
  builder: BatchBuilder,
  records: TimedRecords,
  pick: Pick,
  most: number,
  together: number = pick.count,
): BatchBuilder {
  if (builderSize(builder) === 0) {
    const room = Math.min(most, together * FIRST_ROOM);
    return appendTo(createColumns(records.column, room), records, pick);
  }
  if ('records' in builder && isLike(builder.records, records.column)) {
    growFor(builder, pick.count, most);
    return appendTo(builder, records, pick);
  }
  const rows = forRows(builder);
  takeRows(rows, appendTo(createColumns(records.column, pick.count), records, pick));
  return rows;
}

function createColumns(column: RecordColumn, room: number): ColumnsBuilder {
  const { records, numbers } = createRecordBuilder(column, room);
  return { records, times: numbers, size: 0 };
}

function growFor(columns: ColumnsBuilder, count: number, most: number): void {
  const needed = columns.size + count;
  if (needed <= columns.times.length) return;
  const room = Math.min(most, Math.max(needed, columns.times.length * 2));
  const times = new Float64Array(room);
  times.set(whole(columns.times, columns.size));
  makeRoom(columns.records, columns.size, room);
  columns.times = times;
}

function appendTo(columns: ColumnsBuilder, { column, times }: TimedRecords, pick: Pick): ColumnsBuilder {
  appendRecords(columns.records, columns.size, column, pick);
  takeNumbers(columns.times, columns.size, times, pick);
  columns.size += pick.count;
  return columns;
}

function takeRows({ values, timestamps }: RowsBuilder, { records, times, size }: ColumnsBuilder): void {
  const rows = valuesOf(sealRecords(records, size));
  for (let index = 0; index < size; index++) {
    values.push(rows[index] as Value);
    timestamps.push(times[index] as number);
  }
}

export function builderSize(builder: BatchBuilder): number {
  return 'records' in builder ? builder.size : builder.values.length;
}

/** The records of a builder, which is given up. */
export function sealBatch(builder: BatchBuilder): Batch {
  if ('records' in builder && builder.size >= COLUMN_RECORDS_MIN)
    return batchOfColumns(sealRecords(builder.records, builder.size), whole(builder.times, builder.size));
  const { values, timestamps } = forRows(builder);
  return manyAlike(values, timestamps) ?? Object.freeze({ values, timestamps });
}

function manyAlike(values: readonly Value[], timestamps: readonly number[]): Batch | null {
  const column = recordsOfRows(values, values.length);
  if (column === null) return null;
  const times = new Float64Array(timestamps.length);
  times.set(timestamps);
  return batchOfColumns(column, times);
}

/** The first `count` of these as a column, if they are many and alike; null: they stay rows. */
export function recordsOfRows(values: readonly Value[], count: number): RecordColumn | null {
  return count < COLUMN_RECORDS_MIN ? null : recordsOf(values, count);
}

/** A batch of columns, as bytes hold it. */
export function batchOfColumns(column: Column, times: Float64Array): Batch {
  return Object.freeze({ column, times });
}

export function batchSize(batch: Batch): number {
  return timesOf(batch).length;
}

/** All values, in order. Rows of a batch of columns are made by this: whoever calls it twice gets two of each. */
export function valuesOfBatch(batch: Batch): readonly Value[] {
  return 'column' in batch ? valuesOf(batch.column) : batch.values;
}

/** The event times of all records, in order. */
export function timesOf(batch: Batch): Float64Array | readonly number[] {
  return 'column' in batch ? batch.times : batch.timestamps;
}

/** The column that operators and partitions work on; null: they work on rows. */
export function recordsOfBatch(batch: Batch): RecordColumn | null {
  if (!('column' in batch) || batch.times.length < COLUMN_RECORDS_MIN) return null;
  return batch.column.kind === 'record' ? batch.column : null;
}

export function columnOfBatch(batch: Batch): Column {
  return 'column' in batch ? batch.column : columnOf(batch.values);
}

/** A batch that was bytes in the form in which it was built. */
export function asBuilt(batch: Batch): Batch {
  return recordsOfBatch(batch) === null ? inRows(batch) : batch;
}

/** The same batch in rows. */
export function inRows(batch: Batch): Batch {
  if (!('column' in batch)) return batch;
  return Object.freeze({ values: valuesOf(batch.column), timestamps: Array.from(batch.times) });
}

export function timestampAt(batch: Batch, index: number): number {
  return timesOf(batch)[index] as number;
}
