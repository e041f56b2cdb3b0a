// The keys of one key group that has many, with what is remembered of each, as columns. A key has a row; rows lie one behind the other, the last one
// takes the place of one that is removed. An index with open addressing leads from a key to its row. Plain data; a small group is a Map instead.
import { must } from '../base/assert.ts';
import type { Value } from '../base/value.ts';
import { hashKey } from '../graph/keys.ts';
import type { MapKey } from './map-key.ts';
import {
  appendCell,
  columnOf,
  createColumn,
  getCell,
  moveLastCell,
  pasteColumn,
  resizeColumn,
  setCell,
  sliceColumn,
  widenColumn,
  type StateColumn,
} from './state-column.ts';

/** What lies in rows. All have as many. */
export interface TableRows {
  /** Map keys: numbers as such, or anything as it is. */
  keys: StateColumn;
  /** What the columns hold, by name. Frozen. */
  names: readonly string[];
  columns: StateColumn[];
  /** For each column whether its row holds anything; null: all of them do. */
  present: (StateColumn | null)[];
  /** What a row has that does not lie in columns; most have nothing. Never changed, but replaced. */
  rest: Map<number, Value>;
}

export interface KeyTable extends TableRows {
  rows: number;
  /** Rows that there is room for. Follows from how many there are, but for what it waits before it falls. */
  capacity: number;
  /** Open addressing by the hash of the key: the row + 1, or 0. A power of two. */
  index: Int32Array;
  /** Rows of keys that found all places near their own taken: most tables have none, keys of one hash are nearly all here. */
  crowded: Map<MapKey, number>;
}

const CAPACITY_MIN = 32;
/** It falls when only a fourth is in use, so that it does not rise again at once. */
const IN_USE_MIN = 0.25;

const NO_NAMES: readonly string[] = Object.freeze([]);

export function createKeyTable(firstKey: MapKey): KeyTable {
  return {
    rows: 0,
    capacity: CAPACITY_MIN,
    index: new Int32Array(indexSize(CAPACITY_MIN)),
    crowded: new Map(),
    keys: typeof firstKey === 'number' ? createColumn(firstKey, 0, CAPACITY_MIN) : columnOf('values', []),
    names: NO_NAMES,
    columns: [],
    present: [],
    rest: new Map(),
  };
}

/** 32, 48, 64, 96, 128 …: memory that is not used is a third at the most. */
function nextCapacity(capacity: number): number {
  return isPowerOfTwo(capacity) ? capacity * 1.5 : (capacity / 3) * 4;
}

export function capacityFor(rows: number): number {
  let capacity = CAPACITY_MIN;
  while (capacity < rows) capacity = nextCapacity(capacity);
  return capacity;
}

function isPowerOfTwo(whole: number): boolean {
  return (whole & (whole - 1)) === 0;
}

/** At most three of four places are taken. */
export function indexSize(capacity: number): number {
  return 2 ** (32 - Math.clz32(capacity));
}

// ---- From a key to its row

/** Of a map key, which for all but tuples is the hash of the key. */
export function hashMapKey(mapKey: MapKey): number {
  return typeof mapKey === 'number' && (mapKey | 0) === mapKey ? mapKey : hashKey(mapKey);
}

/**
 * A key lies at most so far behind its own place. Hashes are known to whoever sends keys, and thousands may have one: what finds no place here is
 * `crowded`, so that no key costs more than this.
 */
const PLACES_MAX = 64;

/**
 * Keys of one group are alike in their murmur hash, so this is another one. High bits come down before the product and behind it: whole numbers of
 * more than 32 bits have hashes that differ in high bits alone.
 */
function placeOf(hash: number, index: Int32Array): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) & (index.length - 1);
}

/** The row of a key, or -1. */
export function findRow(table: KeyTable, mapKey: MapKey, hash: number): number {
  const { index, keys, crowded } = table;
  const row =
    keys.kind === 'int32'
      ? findInt32(index, keys.cells as Int32Array, mapKey, hash)
      : findAny(index, keys.cells as Float64Array | Value[], mapKey, hash);
  return row < 0 && crowded.size > 0 ? (crowded.get(mapKey) ?? -1) : row;
}

function findAny(index: Int32Array, cells: Float64Array | Value[], mapKey: MapKey, hash: number): number {
  const mask = index.length - 1;
  const home = placeOf(hash, index);
  for (let far = 0; far < PLACES_MAX; far++) {
    const row = index[(home + far) & mask] as number;
    if (row === 0) return -1;
    if (cells[row - 1] === mapKey) return row - 1;
  }
  return -1;
}

/** Word for word the same: each loop meets one kind of cells, and stays fast so. */
function findInt32(index: Int32Array, cells: Int32Array, mapKey: MapKey, hash: number): number {
  const mask = index.length - 1;
  const home = placeOf(hash, index);
  for (let far = 0; far < PLACES_MAX; far++) {
    const row = index[(home + far) & mask] as number;
    if (row === 0) return -1;
    if (cells[row - 1] === mapKey) return row - 1;
  }
  return -1;
}

/** By record: a key that is its own hash, and the place of its group, whose index and keys these are. */
export interface WholeKeys {
  readonly keys: Int32Array;
  readonly groups: Int32Array;
  /** What comes of it: the row of each, or -1. */
  readonly rows: Int32Array;
  /** By group. */
  readonly indexes: readonly Int32Array[];
  readonly cells: readonly Int32Array[];
}

/** As `findInt32` for each of the first `size` keys, but for what is crowded. Nothing is called within the loop: what it reads stays in registers so. */
export function findWhole({ keys, groups, rows, indexes, cells }: WholeKeys, size: number): void {
  for (let at = 0; at < size; at++) {
    const key = keys[at] as number;
    const group = groups[at] as number;
    const index = indexes[group] as Int32Array;
    const known = cells[group] as Int32Array;
    const home = placeOf(key, index);
    let row = index[home] as number;
    for (let far = 1; row !== 0 && known[row - 1] !== key; far++)
      row = far < PLACES_MAX ? (index[(home + far) & (index.length - 1)] as number) : 0;
    rows[at] = row - 1;
  }
}

export function keyAt(table: TableRows, row: number): MapKey {
  return getCell(table.keys, row) as MapKey;
}

/** Puts a row into the index; its key is there, and not in the index yet. */
export function indexRow(table: KeyTable, row: number, hash: number): void {
  const at = placeHolding(table, 0, hash);
  if (at < 0) table.crowded.set(keyAt(table, row), row);
  else table.index[at] = row + 1;
}

/** The first place for keys of this hash that holds this, or -1: none of them does. */
function placeHolding({ index }: KeyTable, held: number, hash: number): number {
  const mask = index.length - 1;
  const home = placeOf(hash, index);
  for (let far = 0; far < PLACES_MAX; far++) if (index[(home + far) & mask] === held) return (home + far) & mask;
  return -1;
}

function indexAgain(table: KeyTable): void {
  const { keys, rows } = table;
  if (keys.kind === 'int32') for (let row = 0; row < rows; row++) indexRow(table, row, keys.cells[row] as number);
  else for (let row = 0; row < rows; row++) indexRow(table, row, hashMapKey(keyAt(table, row)));
}

// ---- Rows

/** The key fits the column of keys as it is. */
export function fitsKeys({ keys }: KeyTable, mapKey: MapKey): boolean {
  if (keys.kind === 'int32') return typeof mapKey === 'number' && (mapKey | 0) === mapKey;
  return keys.kind === 'values' || typeof mapKey === 'number';
}

export function widenKeys(table: KeyTable, mapKey: MapKey): void {
  widenColumn(table.keys, table.rows, mapKey);
}

/** Adds a row for a key that fits and has none. What its columns hold is of no account. */
export function addRow(table: KeyTable, mapKey: MapKey, hash: number): void {
  if (table.rows === table.capacity) resize(table, nextCapacity(table.capacity));
  const row = table.rows;
  const { keys, columns } = table;
  appendCell(keys);
  for (let index = 0; index < columns.length; index++) appendCell(columns[index] as StateColumn); // flags are no lists
  setCell(keys, row, mapKey);
  table.rows += 1;
  indexRow(table, row, hash);
}

function allColumns({ keys, columns, present }: TableRows): readonly StateColumn[] {
  return [keys, ...columns, ...present.filter((one) => one !== null)];
}

export function resizeRows(rows: TableRows, capacity: number): void {
  for (const column of allColumns(rows)) resizeColumn(column, capacity);
}

function resize(table: KeyTable, capacity: number): void {
  table.capacity = capacity;
  resizeRows(table, capacity);
  if (table.index.length === indexSize(capacity)) return;
  table.index = new Int32Array(indexSize(capacity));
  table.crowded = new Map();
  indexAgain(table);
}

/** Removes a row; the last one takes its place. */
export function removeRow(table: KeyTable, row: number): void {
  const last = table.rows - 1;
  unindex(table, row);
  if (row !== last) reindex(table, last, row);
  for (const column of allColumns(table)) moveLastCell(column, last, row);
  const rest = table.rest.get(last);
  setRest(table, last, null);
  if (row !== last) setRest(table, row, rest ?? null);
  table.rows -= 1;
  if (table.rows < table.capacity * IN_USE_MIN && table.capacity > CAPACITY_MIN)
    resize(table, capacityFor(2 * table.rows));
}

/** Another row has the key of this one. */
function reindex(table: KeyTable, row: number, other: number): void {
  const key = keyAt(table, row);
  const at = placeHolding(table, row + 1, hashMapKey(key));
  if (at < 0) table.crowded.set(key, other);
  else table.index[at] = other + 1;
}

function unindex(table: KeyTable, row: number): void {
  const key = keyAt(table, row);
  const at = placeHolding(table, row + 1, hashMapKey(key));
  if (at < 0) table.crowded.delete(key);
  else emptyPlace(table, at);
}

/** Empties a place and moves back what would not be found behind it (Knuth, 6.4, algorithm R): no mark of it is left. */
function emptyPlace(table: KeyTable, place: number): void {
  const { index } = table;
  const mask = index.length - 1;
  let hole = place;
  for (let at = (hole + 1) & mask; index[at] !== 0 && ((at - hole) & mask) < PLACES_MAX; at = (at + 1) & mask) {
    const home = placeOf(hashMapKey(keyAt(table, (index[at] as number) - 1)), index);
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    index[hole] = index[at] as number;
    hole = at;
  }
  index[hole] = 0;
}

// ---- What a row holds

/** Where the column of this name is, or -1. There are few, and nearly always the same texts. */
export function columnNamed({ names }: TableRows, name: string): number {
  for (let index = 0; index < names.length; index++) if (names[index] === name) return index;
  return -1;
}

/** Adds a column that this value fits. No row that is there has anything in it. */
export function addColumn(table: KeyTable, name: string, value: Value): number {
  table.names = Object.freeze([...table.names, name]);
  table.columns.push(createColumn(value, table.rows, table.capacity));
  table.present.push(columnOf('boolean', new Uint8Array(table.capacity)));
  return table.names.length - 1;
}

/** From here on a row can be without a value of this column; all that are there have one. */
export function allowAbsent(table: KeyTable, column: number): void {
  table.present[column] = columnOf('boolean', new Uint8Array(table.capacity).fill(1, 0, table.rows));
}

/** Forgets for which rows columns hold anything, where all do. */
export function forgetPresence(table: KeyTable): void {
  for (const column of table.columns.keys())
    if (presenceOf(table, table.rows, column) === true) table.present[column] = null;
}

export function isPresent({ present }: TableRows, column: number, row: number): boolean {
  const there = present[column] as StateColumn | null;
  return there === null || there.cells[row] === 1;
}

export function setPresent({ present }: TableRows, column: number, row: number): void {
  const flags = present[column] as StateColumn | null;
  if (flags !== null) flags.cells[row] = 1;
}

/** Whether all rows hold something in the column, or none does; null: some do. */
export function presenceOf({ present }: TableRows, rows: number, column: number): boolean | null {
  const flags = present[column] as StateColumn | null;
  if (flags === null) return true;
  const first = flags.cells[0] === 1;
  for (let row = 1; row < rows; row++) if ((flags.cells[row] === 1) !== first) return null;
  return first;
}

/** Null: it has nothing beside its columns. */
export function setRest({ rest }: TableRows, row: number, value: Value): void {
  if (value !== null) rest.set(row, value);
  else if (rest.size > 0) rest.delete(row);
}

// ---- Copies of rows

/** A copy of the rows from one to before another. */
export function sliceRows(table: TableRows, from: number, to: number): TableRows {
  const slice = (column: StateColumn): StateColumn => sliceColumn(column, from, to);
  return {
    keys: slice(table.keys),
    names: table.names,
    columns: table.columns.map(slice),
    present: table.present.map((flags) => (flags === null ? null : slice(flags))),
    rest: sliceRest(table.rest, from, to),
  };
}

/** Room for so many rows of the same columns. */
export function emptyRows(table: TableRows, rows: number): TableRows {
  const empty = sliceRows(table, 0, 0);
  resizeRows(empty, rows);
  return empty;
}

function sliceRest(rest: ReadonlyMap<number, Value>, from: number, to: number): Map<number, Value> {
  const copy = new Map<number, Value>();
  for (let row = from; rest.size > 0 && row < to; row++) {
    const value = rest.get(row);
    if (value !== undefined) copy.set(row - from, value);
  }
  return copy;
}

/** Writes rows over those from `at` on; both have the same columns. */
export function pasteRows(table: TableRows, at: number, rows: TableRows): void {
  const [mine, theirs] = [allColumns(table), allColumns(rows)];
  for (const [index, column] of mine.entries()) pasteColumn(column, at, must(theirs[index], 'a column of a page'));
  for (const [row, value] of rows.rest) table.rest.set(at + row, value);
}
