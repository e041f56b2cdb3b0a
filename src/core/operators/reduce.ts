// reduce: per key, what its records came to. The value is immutable, so an entry is its own copy.
import type { Value } from '../base/value.ts';
import { OPERATOR } from '../base/at-work.ts';
import { KEYED_PLACE, type ChainCode, type ReduceCode } from './chain-code.ts';
import { checkRecord } from './answers.ts';
import { selectKey } from './key-selector.ts';
import { groupIndexOf, readEntry, writeEntry, type EntryKind, type KeyedState } from './keyed-state.ts';
import { mapKeyOf } from './map-key.ts';
import { getCell, type StateColumn } from './state-column.ts';
import { readCells, writeCells } from './table-codec.ts';
import { storeInRow } from './table-writes.ts';

const COLUMN = 'value';
const COLUMNS: readonly string[] = Object.freeze([COLUMN]);

/** Snapshot of an entry: the value itself. */
export const reduceEntries: EntryKind<Value> = {
  copy: (entry) => entry,
  encode: (entry) => entry,
  decode: (value) => value,
  timersOf: () => [],
  stored: () => COLUMNS,
  writeRow: (place, entry) => storeInRow(place, COLUMN, entry),
  readRow: ({ columns }, row) => getCell(columns[0] as StateColumn, row),
  timerRows: () => [],
  writeValues: (writer, { columns }, order) => writeCells(writer, columns[0] as StateColumn, order),
  readValues: (reader, count) => ({ names: COLUMNS, columns: [readCells(reader, count)], rest: new Map() }),
};

/** Takes a record in and returns what its key has come to. */
export function reduceRecord(
  keyed: KeyedState<Value>,
  code: ChainCode,
  operator: ReduceCode,
  value: Value,
  timestamp: number,
): Value {
  const key = selectKey(operator.id, operator.key, value);
  const mapKey = mapKeyOf(key);
  const group = groupIndexOf(keyed, key);
  const before = readEntry(keyed, reduceEntries, group, mapKey);
  const after = before === undefined ? value : callReduce(code, operator, before, value, timestamp);
  writeEntry(keyed, reduceEntries, group, mapKey, after);
  return after;
}

function callReduce(code: ChainCode, operator: ReduceCode, before: Value, value: Value, timestamp: number): Value {
  const { id, reduce } = operator;
  code.context.timestamp = timestamp;
  code.atWork[OPERATOR] = KEYED_PLACE;
  const after = checkRecord(id, 'reduce', reduce(before, value, code.context));
  code.atWork[OPERATOR] = 0;
  return after;
}
