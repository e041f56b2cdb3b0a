// Changes of a table, each behind a look at the open snapshot: it keeps the pages of the group as they were at the cut.
import type { Value } from '../base/value.ts';
import {
  addColumn,
  addRow,
  allowAbsent,
  columnNamed,
  fitsKeys,
  isPresent,
  removeRow,
  setPresent,
  setRest,
  widenKeys,
  type KeyTable,
} from './key-table.ts';
import type { MapKey } from './map-key.ts';
import { clearCell, setCell, widenColumn, type StateColumn } from './state-column.ts';
import { keepRow, keepTable, type OpenTables } from './table-pages.ts';

/** A row, and whose it is. */
export interface RowPlace {
  readonly keyed: { readonly snapshot: OpenTables | null };
  /** The place of its group in `keyed.groups`. */
  readonly group: number;
  readonly table: KeyTable;
  readonly row: number;
}

/** One for all records of a batch: before `table` is set, it is no place. */
export interface MovingPlace extends RowPlace {
  group: number;
  table: KeyTable;
  row: number;
}

export function movingPlace(keyed: RowPlace['keyed']): MovingPlace {
  return { keyed, group: 0, table: null as unknown as KeyTable, row: -1 };
}

/** Must come before any change of what a row holds. */
export function prepareRow({ keyed, group, table, row }: RowPlace): void {
  if (keyed.snapshot !== null) keepRow(keyed.snapshot, group, table, row);
}

/** Must come before any change of what columns there are, or of their kinds. */
function prepareTable({ keyed, group, table }: Omit<RowPlace, 'row'>): void {
  if (keyed.snapshot !== null) keepTable(keyed.snapshot, group, table);
}

/** A row for a key that has none. `stored`: names of the columns that are about to be stored in it. */
export function insertRow(
  at: Omit<RowPlace, 'row'>,
  mapKey: MapKey,
  hash: number,
  stored: readonly string[],
): RowPlace {
  const { table } = at;
  if (!fitsKeys(table, mapKey)) {
    prepareTable(at);
    widenKeys(table, mapKey);
  }
  for (let column = 0; column < table.names.length; column++) {
    if (table.present[column] !== null || stored.includes(table.names[column] as string)) continue;
    prepareTable(at);
    allowAbsent(table, column);
  }
  const place = { keyed: at.keyed, group: at.group, table, row: table.rows };
  prepareRow(place);
  addRow(table, mapKey, hash);
  return place;
}

/** Removes a row; the last one takes its place. */
export function deleteRow(place: RowPlace): void {
  prepareRow(place);
  prepareRow({ ...place, row: place.table.rows - 1 });
  removeRow(place.table, place.row);
}

/** Stores a value under a name. It is data. */
export function storeInRow(place: RowPlace, name: string, value: Value): void {
  const { table, row } = place;
  let at = columnNamed(table, name);
  if (at < 0) {
    prepareTable(place);
    at = addColumn(table, name, value);
  }
  prepareRow(place);
  const column = table.columns[at] as StateColumn;
  if (!setCell(column, row, value)) {
    prepareTable(place);
    widenColumn(column, table.rows, value);
    setCell(column, row, value);
  }
  setPresent(table, at, row);
}

/** Takes the value of a name away. */
export function clearInRow(place: RowPlace, name: string): void {
  const { table, row } = place;
  const at = columnNamed(table, name);
  if (at < 0 || !isPresent(table, at, row)) return;
  if (table.present[at] === null) {
    prepareTable(place);
    allowAbsent(table, at);
  }
  prepareRow(place);
  (table.present[at] as StateColumn).cells[row] = 0;
  clearCell(table.columns[at] as StateColumn, row);
}

/** What the row has beside its columns; null: nothing. */
export function storeRest(place: RowPlace, value: Value): void {
  prepareRow(place);
  setRest(place.table, place.row, value);
}
