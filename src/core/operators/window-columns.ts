// How the open windows of many keys lie in a table: the first window of each key in two columns, as most have no other; the others beside them.
import { writeByte } from '../base/bytes.ts';
import { writeValue } from '../base/value-codec.ts';
import type { Value } from '../base/value.ts';
import type { TableRows } from './key-table.ts';
import type { EntryColumns } from './keyed-state.ts';
import { getCell, type StateColumn } from './state-column.ts';
import { ANY_VALUES } from './table-codec.ts';
import { storeInRow, storeRest } from './table-writes.ts';

const START = 'start';
const ACCUMULATOR = 'accumulator';
const COLUMNS: readonly string[] = Object.freeze([START, ACCUMULATOR]);

/** Open windows of one key side by side, the earliest first: their starts, and what their records came to. */
export interface WindowEntry {
  readonly starts: number[];
  readonly accumulators: Value[];
}

type Pair = readonly [start: number, accumulator: Value];

export const windowColumns: EntryColumns<WindowEntry> = {
  stored: () => COLUMNS,
  writeRow: (place, { starts, accumulators }) => {
    storeInRow(place, START, starts[0] as number);
    storeInRow(place, ACCUMULATOR, accumulators[0] as Value);
    const others = starts.slice(1).map((start, index): Pair => [start, accumulators[index + 1] as Value]);
    for (const pair of others) Object.freeze(pair);
    storeRest(place, others.length === 0 ? null : Object.freeze(others));
  },
  readRow: (table, row) => {
    const windows = windowsAt(table, row);
    return { starts: windows.map(([start]) => start), accumulators: windows.map(([, accumulator]) => accumulator) };
  },
  timerRows: ({ rows }) => Array.from({ length: rows }, (_, row) => row),
  writeValues: (writer, table, order) => {
    writeByte(writer, ANY_VALUES);
    for (let at = 0; at < order.length; at++) writeValue(writer, windowsAt(table, order[at] as number));
  },
};

function windowsAt({ columns, rest }: TableRows, row: number): readonly Pair[] {
  const [starts, accumulators] = columns as [StateColumn, StateColumn];
  const first: Pair = [getCell(starts, row) as number, getCell(accumulators, row)];
  const others = rest.get(row) as readonly Pair[] | undefined;
  return others === undefined ? [first] : [first, ...others];
}
