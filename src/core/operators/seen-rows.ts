// What the functions of an operator see of a batch: an object for each record, or, where the batch is a column and the job wants it so, one view for all.
import type { Value } from '../base/value.ts';
import { RowViews } from '../columns/row-view.ts';
import type { ViewPlace } from '../columns/view-code.ts';
import type { OperatorFunctions } from '../graph/functions.ts';
import type { Rows } from './stage-output.ts';

/** What it shows: `row`, which shows the record at the place, or one of `values`. */
export interface Seen {
  readonly row: Value;
  readonly values: readonly Value[];
  readonly place: ViewPlace;
}

const NO_VALUES: readonly Value[] = Object.freeze([]);

/** Code, not state: between two batches it shows nothing. */
export class SeenRows {
  readonly #views: RowViews | null;
  readonly #place: ViewPlace;

  constructor({ rows }: OperatorFunctions) {
    this.#views = rows === 'views' ? new RowViews() : null;
    this.#place = this.#views?.place ?? { index: 0 };
  }

  /** `row` is null where each record is an object. Before a record is given to a function, its number is to be the place's index. */
  of(rows: Rows): Seen {
    const place = this.#place;
    if (this.#views === null || rows.column === null) return { row: null, values: rows.values, place };
    return { row: this.#views.show(rows.column).row, values: NO_VALUES, place };
  }

  /** A batch is over. */
  clear(): void {
    this.#views?.clear();
  }
}
