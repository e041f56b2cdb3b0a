// How what `process` remembers of many keys lies in a table: a column for each name of a state; timers, which most keys have none of, beside them.
import { writeByte, writeString, writeVarint, type ByteReader, type ByteWriter } from '../base/bytes.ts';
import { readColumn } from '../base/columns.ts';
import { writeValue } from '../base/value-codec.ts';
import type { Value } from '../base/value.ts';
import { isStateName } from './answers.ts';
import { columnNamed, isPresent, presenceOf, type TableRows } from './key-table.ts';
import { getCell, type StateColumn } from './state-column.ts';
import {
  ANY_VALUES,
  readCells,
  readRowNames,
  skipEmptyArrays,
  writeCells,
  writeEmptyArrays,
  writeRowNames,
} from './table-codec.ts';
import type { TableValues } from './table-restore.ts';
import type { TableAtCut } from './table-pages.ts';
import { storeRest, type RowPlace } from './table-writes.ts';
import { hasTimer, isNoTimer, NO_TIMERS, timesOf, withTimer, type TimerSet } from './timer-set.ts';

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

/** Null if states have other names than others, or if it is none of it. */
export function readProcessValues(reader: ByteReader, count: number): TableValues | null {
  if (readRowNames(reader)?.join() !== ENTRY_FIELDS.join()) return null;
  const names = readRowNames(reader);
  if (names === null || !names.every(isStateName)) return null;
  const columns = names.map(() => readCells(reader, count));
  const rest = readTimers(reader, count);
  return rest === null ? null : { names, columns, rest };
}

function readTimers(reader: ByteReader, count: number): Map<number, Value> | null {
  const rest = new Map<number, Value>();
  if (skipEmptyArrays(reader, count)) return rest;
  for (const [row, times] of readColumn(reader, count).entries()) {
    const timers = timersFrom(times);
    if (timers === null) return null;
    if (!isNoTimer(timers)) rest.set(row, timers);
  }
  return rest;
}

/** Null: not the times of timers, each once. */
export function timersFrom(times: Value): TimerSet | null {
  if (!Array.isArray(times)) return null;
  let timers = NO_TIMERS;
  for (const time of times as readonly Value[]) {
    if (typeof time !== 'number' || !Number.isSafeInteger(time) || hasTimer(timers, time)) return null;
    timers = withTimer(timers, time);
  }
  return timers;
}
