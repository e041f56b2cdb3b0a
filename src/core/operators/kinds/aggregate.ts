// aggregate: per key, what its records came to by built-in aggregates. No user code runs; state is immutable, so an entry is its own copy.
import { RECORD } from '../../base/at-work.ts';
import type { Key, Value } from '../../base/value.ts';
import type { RecordColumn } from '../../columns/column.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { KeyFunction } from '../../graph/key-field.ts';
import type { AggregateOperator } from '../../graph/job-graph.ts';
import { ColumnAggregates, planAggregates } from '../aggregate-columns.ts';
import { createAggregateCode, type AggregateCode } from '../aggregate-code.ts';
import { isAggregateState, readingStates } from '../aggregate-state.ts';
import { BatchKeys } from '../batch-keys.ts';
import { CellAccess } from '../cell-access.ts';
import type { KeyTable } from '../key-table.ts';
import { selectKey } from '../key-selector.ts';
import { groupIndexOf, readEntry, writeEntry, type EntryKind, type KeyedState } from '../keyed-state.ts';
import { mapKeyOf } from '../map-key.ts';
import type { StateColumn } from '../state-column.ts';
import { movingPlace, storeInRow, type MovingPlace } from '../table-writes.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { keyedStateOf, required, type Binding, type BoundKeyed, type ChainState, type KeyedRow } from './kind.ts';
import { COLUMN, reduceEntries } from './reduce.ts';

/** Snapshot of an entry: an object of what each cell holds, by its name (`../aggregate-cells.ts`). */
const aggregateEntries: EntryKind<Value> = {
  ...reduceEntries,
  decode: (value) => (isAggregateState(value) ? value : undefined),
  readValues: readingStates(reduceEntries.readValues, 0),
};

const NO_WINDOW = null;

class BoundAggregate implements BoundKeyed {
  readonly #id: string;
  readonly #keyOf: KeyFunction;
  readonly #code: AggregateCode;
  readonly #binding: Binding;
  readonly #keys = new BatchKeys();
  readonly #cells = new CellAccess();
  /** Null: what is remembered of a key is more than numbers. */
  readonly #columns: ColumnAggregates | null;

  constructor({ id, aggregates }: AggregateOperator, functions: OperatorFunctions, binding: Binding) {
    this.#id = id;
    this.#keyOf = required(id, 'key', functions.key);
    this.#code = createAggregateCode(id, aggregates, 'key');
    this.#binding = binding;
    const plan = planAggregates(aggregates);
    this.#columns = plan && new ColumnAggregates(plan);
  }

  onBatch(chain: ChainState, rows: Rows, size: number, out: StageOutput): void {
    const keyed = keyedStateOf<Value>(chain, 'aggregate');
    const isFound = this.#keys.find(keyed, this.#keyOf, rows, size);
    const columns = isFound && rows.column !== null ? this.#columns : null;
    if (columns === null || !columns.begin(rows.column as RecordColumn, size))
      return this.#takeRows(keyed, rows, size, isFound, out);
    if (!this.#haveRows(size) || !columns.take(keyed, this.#keys, size))
      return this.#takeRows(keyed, rows, size, isFound, out);
    this.#binding.atWork[RECORD] = originAt(rows.origins, size - 1);
    out.giveColumn(rows, columns.results(this.#keys.column(this.#keyOf, rows.column as RecordColumn)), size);
  }

  /** Each key has a row already. */
  #haveRows(size: number): boolean {
    const { rows } = this.#keys;
    for (let index = 0; index < size; index++) if ((rows[index] as number) < 0) return false;
    return true;
  }

  #takeRows(keyed: KeyedState<Value>, rows: Rows, size: number, isFound: boolean, out: StageOutput): void {
    const { values, origins } = rows;
    const { atWork } = this.#binding;
    const place = movingPlace(keyed);
    const given = out.beginAlike(rows, size);
    let index = 0;
    try {
      for (; index < size; index++) {
        const value = values[index] as Value;
        atWork[RECORD] = originAt(origins, index);
        given[index] = isFound ? this.#takeAt(keyed, place, index, value) : this.#take(keyed, value);
      }
    } finally {
      out.size = index;
    }
  }

  /** Takes a record in and returns what its key has come to. */
  #take(keyed: KeyedState<Value>, value: Value): Value {
    const key = selectKey(this.#id, this.#keyOf, value);
    return this.#takeFor(keyed, key, groupIndexOf(keyed, key), value);
  }

  /** The same where the key was looked up already. */
  #takeAt(keyed: KeyedState<Value>, place: MovingPlace, index: number, value: Value): Value {
    const row = this.#keys.rows[index] as number;
    const group = this.#keys.groups[index] as number;
    const key = this.#keys.keyAt(index);
    if (row < 0) return this.#takeFor(keyed, key, group, value);
    const table = keyed.groups[group] as KeyTable;
    const column = table.columns[0] as StateColumn;
    const after = this.#code.add(this.#cells.read(column, row), value);
    place.group = group;
    place.table = table;
    place.row = row;
    if (!this.#cells.overwrite(place, column, after)) storeInRow(place, COLUMN, after);
    return this.#code.result(after, key, NO_WINDOW);
  }

  #takeFor(keyed: KeyedState<Value>, key: Key, group: number, value: Value): Value {
    const { begin, add, result } = this.#code;
    const mapKey = mapKeyOf(key);
    const before = readEntry(keyed, aggregateEntries, group, mapKey);
    const after = before === undefined ? begin(value) : add(before, value);
    writeEntry(keyed, aggregateEntries, group, mapKey, after);
    return result(after, key, NO_WINDOW);
  }

  /** It sets none. */
  onTimers(): void {}

  abandon(): void {}
}

export const aggregate: KeyedRow<AggregateOperator, Value> = {
  bind: (operator, functions, binding) => new BoundAggregate(operator, functions, binding),
  entries: aggregateEntries,
  timerOffsetMs: () => 0,
  dropsLate: false,
};
