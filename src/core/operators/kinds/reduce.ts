// reduce: per key, what its records came to. The value is immutable, so an entry is its own copy.
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Value } from '../../base/value.ts';
import type { KeyFunction } from '../../graph/key-field.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { KeyedOperator } from '../../graph/job-graph.ts';
import { checkRecord } from '../answers.ts';
import { BatchKeys } from '../batch-keys.ts';
import { CellAccess } from '../cell-access.ts';
import { selectKey } from '../key-selector.ts';
import { groupIndexOf, readEntry, writeEntry, type EntryKind, type KeyedState } from '../keyed-state.ts';
import type { KeyTable } from '../key-table.ts';
import { mapKeyOf, type MapKey } from '../map-key.ts';
import { getCell, type StateColumn } from '../state-column.ts';
import { readCells, writeCells } from '../table-codec.ts';
import { movingPlace, storeInRow, type MovingPlace } from '../table-writes.ts';
import { SeenRows } from '../seen-rows.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { keyedStateOf, required, type Binding, type BoundKeyed, type ChainState, type KeyedRow } from './kind.ts';

/** The one column of its tables. */
export const COLUMN = 'value';
const COLUMNS: readonly string[] = Object.freeze([COLUMN]);

type Reduce = NonNullable<OperatorFunctions['reduce']>;

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

class BoundReduce implements BoundKeyed {
  readonly #id: string;
  readonly #keyOf: KeyFunction;
  readonly #reduce: Reduce;
  readonly #binding: Binding;
  readonly #keys = new BatchKeys();
  readonly #cells = new CellAccess();
  readonly #seen: SeenRows;

  constructor(id: string, functions: OperatorFunctions, binding: Binding) {
    this.#id = id;
    this.#keyOf = required(id, 'key', functions.key);
    this.#reduce = required(id, 'reduce', functions.reduce);
    this.#binding = binding;
    this.#seen = new SeenRows(functions);
  }

  onBatch(chain: ChainState, rows: Rows, size: number, out: StageOutput): void {
    const { timestamps, origins } = rows;
    const { row, values, place: shown } = this.#seen.of(rows);
    const keyed = keyedStateOf<Value>(chain, 'reduce');
    const { atWork } = this.#binding;
    const isFound = this.#keys.find(keyed, this.#keyOf, rows, size);
    const place = movingPlace(keyed);
    const given = out.beginAlike(rows, size);
    let index = 0;
    try {
      for (; index < size; index++) {
        shown.index = index;
        const value = row ?? (values[index] as Value);
        const timestamp = timestamps[index] as number;
        atWork[RECORD] = originAt(origins, index);
        given[index] = isFound
          ? this.#takeAt(keyed, place, index, value, timestamp)
          : this.#take(keyed, value, timestamp);
      }
    } finally {
      out.size = index;
      this.#seen.clear();
    }
  }

  /** Takes a record in and returns what its key has come to. */
  #take(keyed: KeyedState<Value>, value: Value, timestamp: number): Value {
    const key = selectKey(this.#id, this.#keyOf, value);
    return this.#takeFor(keyed, mapKeyOf(key), groupIndexOf(keyed, key), value, timestamp);
  }

  /** The same where the key was looked up already. */
  #takeAt(keyed: KeyedState<Value>, place: MovingPlace, index: number, value: Value, timestamp: number): Value {
    const row = this.#keys.rows[index] as number;
    const group = this.#keys.groups[index] as number;
    if (row < 0) return this.#takeFor(keyed, this.#keys.keyAt(index), group, value, timestamp);
    const table = keyed.groups[group] as KeyTable;
    const column = table.columns[0] as StateColumn;
    const after = this.#call(this.#cells.read(column, row), value, timestamp);
    place.group = group;
    place.table = table;
    place.row = row;
    if (!this.#cells.overwrite(place, column, after)) storeInRow(place, COLUMN, after);
    return after;
  }

  #takeFor(keyed: KeyedState<Value>, mapKey: MapKey, group: number, value: Value, timestamp: number): Value {
    const before = readEntry(keyed, reduceEntries, group, mapKey);
    const after = before === undefined ? checkRecord(this.#id, 'reduce', value) : this.#call(before, value, timestamp);
    writeEntry(keyed, reduceEntries, group, mapKey, after);
    return after;
  }

  #call(before: Value, value: Value, timestamp: number): Value {
    const { context, atWork, place } = this.#binding;
    const reduce = this.#reduce; // taken out, because user code has no `this`
    context.timestamp = timestamp;
    atWork[OPERATOR] = place;
    const after = checkRecord(this.#id, 'reduce', reduce(before, value, context));
    atWork[OPERATOR] = 0;
    return after;
  }

  /** It sets none. */
  onTimers(): void {}

  abandon(): void {}
}

export const reduce: KeyedRow<KeyedOperator, Value> = {
  bind: ({ id }, functions, binding) => new BoundReduce(id, functions, binding),
  entries: reduceEntries,
  timerOffsetMs: () => 0,
  dropsLate: false,
};
