// How what `process` remembers of many keys lies in a table: a column for each name of a state; timers, which most keys have none of, beside them.
import { writeByte, writeString, writeVarint, type ByteWriter } from '../base/bytes.ts';
import { writeValue } from '../base/value-codec.ts';
import type { Value } from '../base/value.ts';
import { columnNamed, isPresent, presenceOf, type TableRows } from './key-table.ts';
import { getCell, type StateColumn } from './state-column.ts';
import { ANY_VALUES, writeCells, writeEmptyArrays, writeRowNames } from './table-codec.ts';
import type { TableAtCut } from './table-pages.ts';
import { storeRest, type RowPlace } from './table-writes.ts';
import { isNoTimer, NO_TIMERS, timesOf, type TimerSet } from './timer-set.ts';

const ENTRY_FIELDS: readonly string[] = ['states', 'timers'];
/** Of `value-codec.ts`. */
const OBJECT = 9;

export function timersIn({ rest }: TableRows, row: number): TimerSet {
  return rest.size === 0 ? NO_TIMERS : ((rest.get(row) ?? NO_TIMERS) as TimerSet);
}

export function storeTimers(place: RowPlace, timers: TimerSet): void {
  storeRest(place, isNoTimer(timers) ? null : timers);
}

/** The value of a name, or null if the row has none. */
export function stateInRow(table: TableRows, row: number, name: string): Value {
  const column = columnNamed(table, name);
  return column >= 0 && isPresent(table, column, row) ? getCell(table.columns[column] as StateColumn, row) : null;
}

/** It has neither values nor timers. */
export function isEmptyRow(table: TableRows, row: number): boolean {
  for (let column = 0; column < table.names.length; column++) if (isPresent(table, column, row)) return false;
  return isNoTimer(timersIn(table, row));
}

// ---- Snapshot

export function writeProcessValues(writer: ByteWriter, table: TableAtCut, order: Uint32Array): void {
  writeRowNames(writer, ENTRY_FIELDS);
  writeStates(writer, table, order);
  if (table.rest.size === 0) return writeEmptyArrays(writer, order.length);
  writeByte(writer, ANY_VALUES);
  for (const row of order) writeValue(writer, timesOf(timersIn(table, row)));
}

function writeStates(writer: ByteWriter, table: TableAtCut, order: Uint32Array): void {
  const names = table.names.toSorted();
  const presence = names.map((name) => presenceOf(table, table.rows, columnNamed(table, name)));
  const everywhere = names.filter((_, index) => presence[index] === true);
  if (presence.includes(null) || everywhere.length === 0) return writeMixedStates(writer, table, order, names);
  writeRowNames(writer, everywhere);
  for (const name of everywhere) writeCells(writer, table.columns[columnNamed(table, name)] as StateColumn, order);
}

/** Rows with other names than others. */
function writeMixedStates(writer: ByteWriter, table: TableAtCut, order: Uint32Array, names: readonly string[]): void {
  writeByte(writer, ANY_VALUES);
  for (const row of order) {
    const present = names.filter((name) => isPresent(table, columnNamed(table, name), row));
    writeByte(writer, OBJECT);
    writeVarint(writer, present.length);
    for (const name of present) {
      writeString(writer, name);
      writeValue(writer, stateInRow(table, row, name));
    }
  }
}
