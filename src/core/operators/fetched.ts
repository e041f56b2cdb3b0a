// What a source fetched of a split: records as rows, or as a column where its port has them side by side.
import type { Value } from '../base/value.ts';
import { columnLength, valuesOf, type RecordColumn } from '../columns/column.ts';
import { sliceRecords } from '../columns/typed-column.ts';
import { batchOfColumns, batchOfRows, NO_TIMESTAMP, type Batch } from '../graph/batch.ts';

export type Fetched = readonly Value[] | RecordColumn;

export function fetchedCount(fetched: Fetched): number {
  return 'kind' in fetched ? columnLength(fetched) : fetched.length;
}

export function sliceFetched(fetched: Fetched, from: number, to: number): Fetched {
  return 'kind' in fetched ? sliceRecords(fetched, from, to) : fetched.slice(from, to);
}

/** Those of a column are made: whoever calls this twice gets two of each. */
export function rowsOfFetched(fetched: Fetched): readonly Value[] {
  return 'kind' in fetched ? valuesOf(fetched) : fetched;
}

export function batchOfFetched(fetched: Fetched, times: Float64Array): Batch {
  return 'kind' in fetched ? batchOfColumns(fetched, times) : batchOfRows(fetched, times);
}

// millrace-lint-ignore module-state: never changes but for its length
let none = new Float64Array(0);

/** The event times of records that have none. Nobody writes to them. */
export function noTimes(count: number): Float64Array {
  if (none.length < count) none = new Float64Array(2 * count).fill(NO_TIMESTAMP);
  return none.length === count ? none : none.subarray(0, count);
}
