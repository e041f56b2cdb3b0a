// The keys of a batch whose records are a column, and where each lies in keyed state: all of it is looked up before user code sees the first record, so
// that no call is made for each and the memory of many keys is waited for at once. Scratch, not state: it is filled again with each batch.
import type { Column, RecordColumn } from '../columns/column.ts';
import { keyGroupOfHash } from '../graph/key-groups.ts';
import type { KeyFunction } from '../graph/key-field.ts';
import { hashKey } from '../graph/keys.ts';
import { findRow } from './key-table.ts';
import type { KeyedState } from './keyed-state.ts';
import type { Rows } from './stage-output.ts';

/** Keys that are their own map keys, and in their one form but for -0. */
type PlainKeys = ArrayLike<number> | readonly string[];

const NO_CELLS = new Int32Array(0); // millrace-lint-ignore module-state: empty

export class BatchKeys {
  /** The place of each key's group in `groups` of the state. */
  groups: Int32Array = NO_CELLS;
  hashes: Int32Array = NO_CELLS;
  /**
   * The row of each key, or -1: it has none, or its group is no table; look again when its turn comes. Rows that are added move none, so that a row
   * is right until one is removed from the state.
   */
  rows: Int32Array = NO_CELLS;
  #keys: PlainKeys = [];

  keyAt(index: number): number | string {
    const key = this.#keys[index] as number | string;
    return typeof key === 'number' ? key + 0 : key; // -0 is 0
  }

  /** False: the keys are to be asked for one by one, as they lie in no column, or one of them is none or belongs to another subtask. */
  find(keyed: KeyedState<unknown>, { field }: KeyFunction, { column }: Rows, size: number): boolean {
    const keys = column === null || field === undefined ? null : keyColumn(column, field);
    if (keys === null) return false;
    this.#grow(size);
    if (!(keys.kind === 'int32' ? this.#takeWhole(keys.values, size) : this.#takeOthers(keys, size))) return false;
    if (!this.#findGroups(keyed, size)) return false;
    this.#findRows(keyed, size);
    return true;
  }

  #grow(size: number): void {
    if (this.hashes.length >= size) return;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.hashes = new Int32Array(size);
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.groups = new Int32Array(size);
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.rows = new Int32Array(size);
  }

  /** A whole number is its own hash. */
  #takeWhole(keys: ArrayLike<number>, size: number): boolean {
    const { hashes } = this;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#keys = keys;
    for (let index = 0; index < size; index++) hashes[index] = keys[index] as number;
    return true;
  }

  #takeOthers(column: Column, size: number): boolean {
    if (column.kind !== 'float64' && column.kind !== 'string') return false;
    const keys: PlainKeys = column.values;
    const { hashes } = this;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#keys = keys;
    for (let index = 0; index < size; index++) {
      const key = keys[index] as number | string;
      if (typeof key === 'string' ? key.charCodeAt(0) === 0 : !Number.isFinite(key)) return false;
      hashes[index] = hashKey(key);
    }
    return true;
  }

  #findGroups({ maxParallelism, firstKeyGroup, groups: all }: KeyedState<unknown>, size: number): boolean {
    const { hashes, groups } = this;
    for (let index = 0; index < size; index++) {
      const group = keyGroupOfHash(hashes[index] as number, maxParallelism) - firstKeyGroup;
      if (group < 0 || group >= all.length) return false;
      groups[index] = group;
    }
    return true;
  }

  #findRows(keyed: KeyedState<unknown>, size: number): void {
    const { hashes, groups, rows } = this;
    const keys = this.#keys;
    for (let index = 0; index < size; index++) {
      const table = keyed.groups[groups[index] as number] ?? null;
      rows[index] =
        table === null || table instanceof Map
          ? -1
          : findRow(table, keys[index] as number | string, hashes[index] as number);
    }
  }

  /** Nothing of the batch is kept. */
  clear(): void {
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#keys = [];
  }
}

/** The column of a field, by its name or path; null: not all records have it, or have records on the way to it. */
function keyColumn(column: RecordColumn, field: string): Column | null {
  let found: Column = column;
  for (const name of field.split('.')) {
    const at: number = found.kind === 'record' ? found.names.indexOf(name) : -1;
    if (found.kind !== 'record' || at < 0) return null;
    found = found.fields[at] as Column;
  }
  return found;
}
