// What an operator of a chain gave and the next one did not take yet. It is empty between two steps, and is handed on at a bound, so that a function that
// gives a million records for one does not pile them up here.
import { RECORD, type AtWork } from '../base/at-work.ts';
import type { Value } from '../base/value.ts';
import { valuesOf, type RecordColumn } from '../columns/column.ts';
import { recordsOfBatch, timesOf, valuesOfBatch, type Batch } from '../graph/batch.ts';

/** Records that wait for the next operator. */
const WAITING_RECORDS_MAX = 1_024;

/**
 * What each record on its way through a chain was made of: n, the n-th record of the batch that the chain was given; -n, the n-th timer that fired in
 * this step. Null: they are the records that the chain was given.
 */
export type Origins = readonly number[] | null;

/** A batch on its way through a chain: records side by side. The lists may be longer than the batch, and are used again behind it. */
export interface Rows {
  readonly values: readonly Value[];
  readonly timestamps: ArrayLike<number>;
  readonly origins: Origins;
  /** The same records as a column, exactly as many as the batch has; null: they are rows alone. Where there is one, `values` is made of it when it is asked for first. */
  readonly column: RecordColumn | null;
}

/** A batch as a chain is given it. */
export class GivenRows implements Rows {
  readonly timestamps: ArrayLike<number>;
  readonly origins = null;
  readonly column: RecordColumn | null;
  readonly #batch: Batch;
  #values: readonly Value[] | null;

  /** @param values its rows, if they were made already */
  constructor(batch: Batch, values: readonly Value[] | null = null) {
    this.#batch = batch;
    this.#values = values;
    this.timestamps = timesOf(batch);
    this.column = recordsOfBatch(batch);
  }

  get values(): readonly Value[] {
    // millrace-lint-ignore outside-state: made of the batch, and of nothing else
    return (this.#values ??= valuesOfBatch(this.#batch));
  }
}

/** What an operator gives as a column: one record for each that it was given, of which no row is made before somebody asks for it. */
class ColumnRows implements Rows {
  readonly timestamps: ArrayLike<number>;
  readonly origins: Origins;
  readonly column: RecordColumn;
  #values: readonly Value[] | null = null;

  constructor({ timestamps, origins }: Rows, column: RecordColumn) {
    this.timestamps = timestamps;
    this.origins = origins;
    this.column = column;
  }

  get values(): readonly Value[] {
    // millrace-lint-ignore outside-state: made of the column, and of nothing else
    return (this.#values ??= valuesOf(this.column));
  }
}

/** Takes what comes out of an operator, or of a chain, in order: the first `size` of these records. It keeps none of the lists. */
export interface RowTarget {
  onRows(rows: Rows, size: number): void;
}

/** What the record at this place was made of, as the cell `RECORD` has it. */
export function originAt(origins: Origins, index: number): number {
  return origins === null ? index + 1 : (origins[index] as number);
}

/** Empty, with room for so many. */
function listOf(size: number): Value[] {
  return new Array<Value>(size); // oxlint-disable-line unicorn/no-new-array -- Array.from writes each place, and its list grows on the way
}

export class StageOutput implements Rows {
  /** Where batches go: the next operator, or whoever takes what the chain gives. */
  next: RowTarget;
  /** New for each batch: a list that has grown old costs each young record that is put into it an entry in the memory of V8's collector. */
  values: Value[] = [];
  timestamps: ArrayLike<number>;
  origins: Origins;
  /** These are rows. */
  readonly column = null;
  /** Records that wait. */
  size = 0;
  readonly #ownTimestamps: number[] = [];
  readonly #ownOrigins: number[] = [];
  readonly #atWork: AtWork;

  constructor(atWork: AtWork, next: RowTarget) {
    this.#atWork = atWork;
    this.next = next;
    this.timestamps = this.#ownTimestamps;
    this.origins = this.#ownOrigins;
  }

  /** For an operator that gives one record for each, with its timestamp: it writes to the list and sets `size` itself, and never calls `emit`. */
  beginAlike({ timestamps, origins }: Rows, size: number): Value[] {
    this.timestamps = timestamps;
    this.origins = origins;
    // millrace-lint-ignore outside-state: holds nothing when a step ends
    this.values = listOf(size);
    return this.values;
  }

  /** Hands on a column that has one record for each, with its timestamp. Nothing else waits. */
  giveColumn(rows: Rows, column: RecordColumn, size: number): void {
    this.next.onRows(new ColumnRows(rows, column), size);
  }

  /** A record that was made of the one, or by the timer, that is at hand. */
  emit(value: Value, timestamp: number): void {
    const at = this.size;
    // millrace-lint-ignore outside-state: empty whenever a step ends
    this.values[at] = value;
    // millrace-lint-ignore outside-state: empty whenever a step ends
    this.#ownTimestamps[at] = timestamp;
    // millrace-lint-ignore outside-state: empty whenever a step ends
    this.#ownOrigins[at] = this.#atWork[RECORD] as number;
    // millrace-lint-ignore outside-state: empty whenever a step ends
    this.size = at + 1;
    if (at + 1 === WAITING_RECORDS_MAX) this.#flushInside();
  }

  /** In the middle of a batch: what is at hand stays at hand. */
  #flushInside(): void {
    const atHand = this.#atWork[RECORD] as number;
    this.flush();
    // millrace-lint-ignore outside-state: what is at hand, for whoever tells of a failure; 0 when a step ends
    this.#atWork[RECORD] = atHand;
  }

  /** Hands on what waits. It counts as empty before the next operator begins, and so also if that one throws. */
  flush(): void {
    const size = this.size;
    if (size === 0) return;
    // millrace-lint-ignore outside-state: empty whenever a step ends
    this.size = 0;
    this.next.onRows(this, size);
    // millrace-lint-ignore outside-state: holds nothing when a step ends
    this.values = listOf(size); // as many may come next time
  }

  clear(): void {
    // millrace-lint-ignore outside-state: empty whenever a step ends
    this.size = 0;
    // millrace-lint-ignore outside-state: empty whenever a step ends
    this.values = [];
  }
}
