// Batches of records. A batch is opaque outside this file and its codec. It is rows where it was built, which is all that a simulated run needs, and columns
// once it was bytes: then no row is made before somebody asks for it. A sealed batch never changes; it is shared by sender, receiver and clones.
import type { Value } from '../base/value.ts';
import { columnOf, valuesOf, type Column, type RecordColumn } from '../columns/column.ts';

/** Event time in ms since the epoch of a record that has none. */
export const NO_TIMESTAMP: number = Number.MIN_SAFE_INTEGER;

/** Fewer records go through operators and partitions as rows: columns do not pay for so few. */
export const COLUMN_RECORDS_MIN = 128;

/** Rows side by side: values and their event times in ms. */
interface RowBatch {
  readonly values: readonly Value[];
  readonly timestamps: readonly number[];
}

/** Columns side by side: of the values, and of their event times in ms. */
interface ColumnBatch {
  readonly column: Column;
  readonly times: Float64Array;
}

export type Batch = RowBatch | ColumnBatch;

/** A batch of records that nobody changes any more, side by side. It is not frozen, and no part of a state or message. */
export function batchOfRows(values: readonly Value[], timestamps: readonly number[]): Batch {
  return { values, timestamps };
}

/** A batch under construction; may be part of a state. */
export interface BatchBuilder {
  values: Value[];
  timestamps: number[];
}

export function createBatchBuilder(): BatchBuilder {
  return { values: [], timestamps: [] };
}

export function appendRecord(builder: BatchBuilder, value: Value, timestamp: number): void {
  builder.values.push(value);
  builder.timestamps.push(timestamp);
}

export function builderSize(builder: BatchBuilder): number {
  return builder.values.length;
}

/** Takes the records out of the builder, which is empty afterwards. */
export function sealBatch(builder: BatchBuilder): Batch {
  const batch = { values: builder.values, timestamps: builder.timestamps };
  builder.values = [];
  builder.timestamps = [];
  return Object.freeze(batch);
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

/** The same batch in rows. */
export function inRows(batch: Batch): Batch {
  if (!('column' in batch)) return batch;
  return Object.freeze({ values: valuesOf(batch.column), timestamps: Array.from(batch.times) });
}

export function timestampAt(batch: Batch, index: number): number {
  return timesOf(batch)[index] as number;
}
