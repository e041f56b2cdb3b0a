// A key group with many keys, from its bytes straight into columns. Whatever is out of the ordinary, the wrong and the damaged first of all, is left to the
// way by entries, which says what is wrong.
import { MalformedBytes, readVarint, type ByteReader } from '../base/bytes.ts';
import type { Key } from '../base/value.ts';
import type { KeyGroupSnapshot } from '../checkpoint/snapshot.ts';
import { keyGroupOfHash } from '../graph/key-groups.ts';
import { describeKeyProblem, hashKey, normalizeKey } from '../graph/keys.ts';
import {
  capacityFor,
  findRow,
  hashMapKey,
  indexRow,
  indexSize,
  resizeRows,
  type KeyTable,
  type TableRows,
} from './key-table.ts';
import { mapKeyOf } from './map-key.ts';
import { getCell, type StateColumn } from './state-column.ts';
import { readCells } from './table-codec.ts';

/** What the values of a group lie in. */
export type TableValues = Pick<TableRows, 'names' | 'columns' | 'rest'>;

/** Reads what `writeValues` wrote of so many entries; null: not columns, or wrong. May throw MalformedBytes. */
export type ReadValues = (reader: ByteReader, count: number) => TableValues | null;

/** The table that these bytes are; null: it has to be read by entries. */
export function readTable(
  { keyGroup, entries: bytes }: KeyGroupSnapshot,
  maxParallelism: number,
  countMin: number,
  readValues: ReadValues,
): KeyTable | null {
  const reader = { bytes, at: 0 };
  try {
    const count = readVarint(reader);
    if (count < countMin) return null;
    const keys = readCells(reader, count);
    const values = readValues(reader, count);
    if (values === null || reader.at !== bytes.length) return null;
    return indexed(keys, values, count, (hash) => keyGroupOfHash(hash, maxParallelism) === keyGroup);
  } catch (error) {
    if (error instanceof MalformedBytes) return null;
    throw error;
  }
}

/** Null if a key is none, comes twice or belongs to another group. */
function indexed(
  keys: StateColumn,
  { names, columns, rest }: TableValues,
  rows: number,
  isOwn: (hash: number) => boolean,
): KeyTable | null {
  const capacity = capacityFor(rows);
  const table: KeyTable = {
    rows,
    capacity,
    index: new Int32Array(indexSize(capacity)),
    crowded: new Map(),
    keys,
    names,
    columns,
    present: names.map(() => null),
    rest,
  };
  if (!areMapKeys(keys, rows)) return null;
  resizeRows(table, capacity);
  for (let row = 0; row < rows; row++) {
    const given = getCell(keys, row) as Key;
    const mapKey = keys.kind === 'values' ? mapKeyOf(given) : (given as number);
    if (keys.kind === 'values') (keys.cells as unknown[])[row] = mapKey;
    const hash = hashMapKey(mapKey);
    if (!isOwn(mapKey === given ? hash : hashKey(given)) || findRow(table, mapKey, hash) >= 0) return null;
    indexRow(table, row, hash);
  }
  return table;
}

/** All are keys, and in their one form. */
function areMapKeys(keys: StateColumn, rows: number): boolean {
  if (keys.kind === 'int32') return true;
  if (keys.kind !== 'float64' && keys.kind !== 'values') return false;
  for (let row = 0; row < rows; row++) {
    const key = getCell(keys, row) as Key;
    if (describeKeyProblem(key) !== null || !Object.is(normalizeKey(key), key)) return false;
  }
  return true;
}
