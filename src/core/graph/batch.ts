// Batches of records. A batch is opaque outside this file: rows today, columns beside them one day.
// A sealed batch never changes; it is shared by sender, receiver and clones.
import type { Value } from '../base/value.ts';

/** Event time in ms since the epoch of a record that has none. */
export const NO_TIMESTAMP: number = Number.MIN_SAFE_INTEGER;

/** Rows side by side: values and their event times in ms. */
export interface Batch {
  readonly values: readonly Value[];
  readonly timestamps: readonly number[];
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

export function batchSize(batch: Batch): number {
  return batch.values.length;
}

export function valueAt(batch: Batch, index: number): Value {
  return batch.values[index] as Value;
}

export function timestampAt(batch: Batch, index: number): number {
  return batch.timestamps[index] as number;
}
