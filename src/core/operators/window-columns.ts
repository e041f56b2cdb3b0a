// How the open windows of many keys lie in a table: the first window of each key in two columns, as most have no other; the others beside them.
import { writeByte, type ByteReader } from '../base/bytes.ts';
import { readColumn } from '../base/columns.ts';
import { writeValue } from '../base/value-codec.ts';
import type { Value } from '../base/value.ts';
import type { TableRows } from './key-table.ts';
import type { EntryColumns } from './keyed-state.ts';
import { columnFrom, getCell, type StateColumn } from './state-column.ts';
import { ANY_VALUES } from './table-codec.ts';
import type { TableValues } from './table-restore.ts';
import { storeInRow, storeRest } from './table-writes.ts';

const START = 'start';
export const ACCUMULATOR = 'accumulator';
const COLUMNS: readonly string[] = Object.freeze([START, ACCUMULATOR]);

/** Open windows of one key side by side, the earliest first: their starts, and what their records came to. */
export interface WindowEntry {
  readonly starts: number[];
  readonly accumulators: Value[];
}

type Pair = readonly [start: number, accumulator: Value];

export const windowColumns: EntryColumns<WindowEntry> = {
  stored: () => COLUMNS,
  writeRow: (place, entry) => {
    storeInRow(place, START, entry.starts[0] as number);
    storeInRow(place, ACCUMULATOR, entry.accumulators[0] as Value);
    storeRest(place, entry.starts.length === 1 ? null : othersOf(entry));
  },
  readRow: (table, row) => {
    const windows = windowsAt(table, row);
    return { starts: windows.map(([start]) => start), accumulators: windows.map(([, accumulator]) => accumulator) };
  },
  timerRows: ({ rows }) => Array.from({ length: rows }, (_, row) => row),
  readValues: readWindows,
  writeValues: (writer, table, order) => {
    writeByte(writer, ANY_VALUES);
    for (let at = 0; at < order.length; at++) writeValue(writer, windowsAt(table, order[at] as number));
  },
};

/** Undefined: it is no list of windows. */
export function decodeWindows(value: Value): WindowEntry | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const entry: WindowEntry = { starts: [], accumulators: [] };
  for (const pair of value as readonly Value[]) {
    if (!Array.isArray(pair) || pair.length !== 2 || !Number.isSafeInteger(pair[0])) return undefined;
    if (entry.starts.length > 0 && (pair[0] as number) <= (entry.starts.at(-1) as number)) return undefined;
    entry.starts.push(pair[0] as number);
    entry.accumulators.push(pair[1] as Value);
  }
  return entry;
}

function readWindows(reader: ByteReader, count: number): TableValues | null {
  const starts: Value[] = [];
  const accumulators: Value[] = [];
  const rest = new Map<number, Value>();
  for (const [row, value] of readColumn(reader, count).entries()) {
    const entry = decodeWindows(value);
    if (entry === undefined) return null;
    starts.push(entry.starts[0] as number);
    accumulators.push(entry.accumulators[0] as Value);
    if (entry.starts.length > 1) rest.set(row, othersOf(entry));
  }
  return { names: COLUMNS, columns: [columnFrom(starts), columnFrom(accumulators)], rest };
}

/** All but the first. */
function othersOf({ starts, accumulators }: WindowEntry): Value {
  return Object.freeze(
    starts.slice(1).map((start, index): Pair => Object.freeze([start, accumulators[index + 1] as Value])),
  );
}

function windowsAt({ columns, rest }: TableRows, row: number): readonly Pair[] {
  const [starts, accumulators] = columns as [StateColumn, StateColumn];
  const first: Pair = [getCell(starts, row) as number, getCell(accumulators, row)];
  const others = rest.get(row) as readonly Pair[] | undefined;
  return others === undefined ? [first] : [first, ...others];
}
