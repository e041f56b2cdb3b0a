// How one place in the code reads and stores cells: what it meets there is mostly of one shape, and the code for that one is at hand.
import type { Value } from '../base/value.ts';
import { fieldCodeOf, PLAIN_FIELDS, type FieldCode } from './field-code.ts';
import { getCell, setCell, type StateColumn } from './state-column.ts';
import { keepRow } from './table-pages.ts';
import type { RowPlace } from './table-writes.ts';

/** Holds nothing but the code for the shape that it met last. */
export class CellAccess {
  #names: readonly string[] | null = null;
  #code: FieldCode = PLAIN_FIELDS;

  /** As `getCell`. */
  read(column: StateColumn, row: number): Value {
    return column.kind === 'fields' ? this.#codeFor(column.names).read(column, row) : getCell(column, row);
  }

  /** As `setCell`. */
  store(column: StateColumn, row: number, value: Value): boolean {
    return column.kind === 'fields'
      ? this.#codeFor(column.names).store(column, row, value)
      : setCell(column, row, value);
  }

  /** Stores over what a row holds in this column of its table. False: it does not fit. What fits a column that is not one of any values is data. */
  overwrite({ keyed, group, table, row }: RowPlace, column: StateColumn, value: Value): boolean {
    if (column.kind === 'values') return false;
    if (keyed.snapshot !== null) keepRow(keyed.snapshot, group, table, row);
    return this.store(column, row, value);
  }

  #codeFor(names: readonly string[]): FieldCode {
    return names === this.#names ? this.#code : this.#meet(names);
  }

  #meet(names: readonly string[]): FieldCode {
    const code = fieldCodeOf(names);
    if (code === PLAIN_FIELDS) return code;
    this.#names = names;
    this.#code = code;
    return code;
  }
}
