// The keys of a batch whose records are a column, and where each lies in keyed state: all of it is looked up before user code sees the first record, so
// that no call is made for each and the memory of many keys is waited for at once. Scratch, not state: it is filled again with each batch.
import type { Column, RecordColumn } from '../columns/column.ts';
import { keyGroupsOfHashes } from '../graph/key-groups.ts';
import type { KeyFunction } from '../graph/key-field.ts';
import { hashKey } from '../graph/keys.ts';
import { findRow, findWhole, type KeyTable } from './key-table.ts';
import type { KeyedState, KeyGroup } from './keyed-state.ts';
import type { Rows } from './stage-output.ts';

/** Keys that are their own map keys, and in their one form but for -0. */
type PlainKeys = ArrayLike<number> | ArrayLike<bigint> | readonly string[];

const NO_CELLS = new Int32Array(0); // millrace-lint-ignore module-state: empty
/** An index where nothing is found, and cells. */
const NOTHING = new Int32Array(1); // millrace-lint-ignore module-state: never changes

/** It has keys that a pass over `int32` does not find. */
function isSlow({ keys, crowded }: KeyTable): boolean {
  return keys.kind !== 'int32' || crowded.size > 0;
}

export class BatchKeys {
  /** The place of each key's group in `groups` of the state. */
  groups: Int32Array = NO_CELLS;
  hashes: Int32Array = NO_CELLS;
  /**
   * The row of each key, or -1: it has none, or its group is no table; look again when its turn comes. Rows that are added move none, so that a row
   * is right until one is removed from the state.
   */
  rows: Int32Array = NO_CELLS;
  /** The groups of all keys, each once: the first `metCount` of these. */
  readonly metGroups: number[] = [];
  metCount = 0;
  #keys: PlainKeys = [];
  /** By group, of those that were met in this batch: the index of a table whose keys are `int32`, and these. */
  readonly #indexes: Int32Array[] = [];
  readonly #cells: Int32Array[] = [];
  /** By group: when it was met last. */
  #met = new Float64Array(0);
  #turn = 0;
  /** Some group that was met is none that one pass is enough for. */
  #areSlow = false;

  keyAt(index: number): number | bigint | string {
    const key = this.#keys[index] as number | bigint | string;
    return typeof key === 'number' ? key + 0 : key; // -0 is 0
  }

  /** The keys of the records as a column: -0 is 0. */
  column({ field }: KeyFunction, records: RecordColumn): Column {
    const keys = fieldColumn(records, field as string) as Column;
    if (keys.kind !== 'float64') return keys;
    return { kind: 'float64', values: Float64Array.from(keys.values, (key) => key + 0) };
  }

  /** False: the keys are to be asked for one by one, as they lie in no column, or one of them is none or belongs to another subtask. */
  find(keyed: KeyedState<unknown>, { field }: KeyFunction, { column }: Rows, size: number): boolean {
    const keys = column === null || field === undefined ? null : fieldColumn(column, field);
    if (keys === null) return false;
    this.#grow(size);
    const isWhole = keys.kind === 'int32';
    if (!(isWhole ? this.#takeWhole(keys.values, size) : this.#takeOthers(keys, size))) return false;
    if (isWhole) return this.#findInt32(keyed, size);
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
    if (keys.length === size) hashes.set(keys);
    else for (let index = 0; index < size; index++) hashes[index] = keys[index] as number;
    return true;
  }

  #takeOthers(column: Column, size: number): boolean {
    if (column.kind !== 'float64' && column.kind !== 'string' && column.kind !== 'int64') return false;
    const keys: PlainKeys = column.values;
    const { hashes } = this;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#keys = keys;
    for (let index = 0; index < size; index++) {
      const key = keys[index] as number | bigint | string;
      if (typeof key === 'string' ? key.charCodeAt(0) === 0 : typeof key === 'number' && !Number.isFinite(key))
        return false;
      hashes[index] = hashKey(key);
    }
    return true;
  }

  #findGroups(keyed: KeyedState<unknown>, size: number): boolean {
    const { hashes, groups } = this;
    const { maxParallelism, firstKeyGroup } = keyed;
    const { length } = keyed.groups;
    keyGroupsOfHashes(hashes, size, maxParallelism, groups);
    if (!subtractFirst(groups, size, firstKeyGroup, length)) return false;
    this.#meetGroups(keyed, size);
    return true;
  }

  #meetGroups(keyed: KeyedState<unknown>, size: number): void {
    const { length } = keyed.groups;
    this.#beginGroups(length);
    const met = this.#met;
    const turn = this.#turn;
    mark(met, this.groups, size, turn);
    if (length <= size) {
      for (let group = 0; group < length; group++)
        if (met[group] === turn) this.#meet(keyed.groups[group] ?? null, group);
      return;
    }
    for (let index = 0; index < size; index++) {
      const group = this.groups[index] as number;
      if (met[group] !== turn) continue;
      met[group] = -turn;
      this.#meet(keyed.groups[group] ?? null, group);
    }
  }

  #findRows(keyed: KeyedState<unknown>, size: number): void {
    const { hashes, groups, rows } = this;
    const keys = this.#keys;
    for (let index = 0; index < size; index++) {
      const table = keyed.groups[groups[index] as number] ?? null;
      rows[index] =
        table === null || table instanceof Map
          ? -1
          : findRow(table, keys[index] as number | bigint | string, hashes[index] as number);
    }
  }

  /**
   * Groups and rows of keys that are `int32`, which are their hashes, in passes over typed arrays. Tables with other keys too, and crowded ones, are asked
   * for one by one. False: a key belongs to another subtask.
   */
  #findInt32(keyed: KeyedState<unknown>, size: number): boolean {
    const { hashes, groups, rows } = this;
    if (!this.#findGroups(keyed, size)) return false;
    findWhole({ keys: hashes, groups, rows, indexes: this.#indexes, cells: this.#cells }, size);
    if (this.#areSlow) this.#findOthers(keyed, size);
    return true;
  }

  #findOthers(keyed: KeyedState<unknown>, size: number): void {
    const { hashes, groups, rows } = this;
    for (let index = 0; index < size; index++) {
      const table = keyed.groups[groups[index] as number];
      if (rows[index] === -1 && table && !(table instanceof Map) && isSlow(table))
        rows[index] = findRow(table, hashes[index] as number, hashes[index] as number);
    }
  }

  #beginGroups(length: number): void {
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    if (this.#met.length < length) this.#met = new Float64Array(length);
    while (this.#indexes.length < length) this.#indexes.push(NOTHING);
    while (this.#cells.length < length) this.#cells.push(NOTHING);
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#turn += 1;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.metCount = 0;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#areSlow = false;
  }

  #meet(table: KeyGroup<unknown> | null, group: number): void {
    this.metGroups[this.metCount] = group;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.metCount += 1;
    const isTable = table !== null && !(table instanceof Map);
    const isWhole = isTable && table.keys.kind === 'int32';
    this.#indexes[group] = isWhole ? table.index : NOTHING;
    this.#cells[group] = isWhole ? (table.keys.cells as Int32Array) : NOTHING;
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    if (isTable && isSlow(table)) this.#areSlow = true;
  }

  /** Nothing of the batch is kept. */
  clear(): void {
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#keys = [];
  }
}

/** From key groups to their places in a state that begins with the first of these. False: one of them is not there. */
function subtractFirst(groups: Int32Array, size: number, first: number, length: number): boolean {
  let outside = 0; // its sign says that some place is less than 0, or beyond the last
  for (let index = 0; index < size; index++) {
    const place = (groups[index] as number) - first;
    groups[index] = place;
    outside |= place | (length - 1 - place);
  }
  return outside >= 0;
}

function mark(met: Float64Array, groups: Int32Array, size: number, turn: number): void {
  for (let index = 0; index < size; index++) met[groups[index] as number] = turn;
}

/** The column of a field, by its name or path; null: not all records have it, or have records on the way to it. */
export function fieldColumn(column: RecordColumn, field: string): Column | null {
  let found: Column = column;
  for (const name of field.split('.')) {
    const at: number = found.kind === 'record' ? found.names.indexOf(name) : -1;
    if (found.kind !== 'record' || at < 0) return null;
    found = found.fields[at] as Column;
  }
  return found;
}
