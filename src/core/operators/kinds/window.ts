// Tumbling event-time windows: per key, the accumulator of each window that is open. A window is its own timer, due at its end - 1.
import { assert, must } from '../../base/assert.ts';
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Key, Value } from '../../base/value.ts';
import { NO_TIMESTAMP } from '../../graph/batch.ts';
import type { KeyFunction } from '../../graph/key-field.ts';
import type { OperatorFunctions, WindowContext } from '../../graph/functions.ts';
import type { WindowAggregateOperator, WindowOperator } from '../../graph/job-graph.ts';
import { checkAccumulator, checkRecord } from '../answers.ts';
import { BatchKeys } from '../batch-keys.ts';
import { CellAccess } from '../cell-access.ts';
import type { KeyTable } from '../key-table.ts';
import { selectKey } from '../key-selector.ts';
import {
  groupIndexOf,
  prepareWrite,
  readEntry,
  removeEntry,
  writeEntry,
  type EntryKind,
  type KeyedState,
} from '../keyed-state.ts';
import { mapKeyOf } from '../map-key.ts';
import { ACCUMULATOR, decodeWindows, windowColumns, type WindowEntry } from '../window-columns.ts';
import { getCell, type StateColumn } from '../state-column.ts';
import { movingPlace, storeInRow, type MovingPlace } from '../table-writes.ts';
import { SeenRows } from '../seen-rows.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { dropFirstTimer, isTimerDue, pushTimer } from '../timer-queue.ts';
import { UserCodeError } from '../user-code-error.ts';
import { keyedStateOf, required, type Binding, type BoundKeyed, type ChainState, type KeyedRow } from './kind.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Aggregate = NonNullable<OperatorFunctions['aggregate']>;

/** Snapshot of an entry: `[[start, accumulator], …]`, the earliest window first. */
export const windowEntries: EntryKind<WindowEntry> = {
  copy: (entry) => ({ starts: [...entry.starts], accumulators: [...entry.accumulators] }),
  encode: (entry) => entry.starts.map((start, index) => [start, entry.accumulators[index] as Value]),
  decode: decodeWindows,
  timersOf: (entry) => entry.starts,
  ...windowColumns,
};

/** The start of the window that a time belongs to. */
export function windowStart(timestamp: number, sizeMs: number): number {
  return Math.floor(timestamp / sizeMs) * sizeMs + 0; // never -0
}

/** What comes of the records of a window. */
export interface WindowCode {
  /** With this record; undefined before: it is the first one. */
  readonly add: (before: Value | undefined, value: Value) => Value;
  readonly result: (accumulator: Value, key: Key, start: number) => Value;
}

export class BoundWindow implements BoundKeyed {
  readonly #operator: WindowOperator | WindowAggregateOperator;
  readonly #keyOf: KeyFunction;
  readonly #code: WindowCode;
  readonly #binding: Binding;
  readonly #keys = new BatchKeys();
  readonly #cells = new CellAccess();
  readonly #seen: SeenRows;

  constructor(
    operator: WindowOperator | WindowAggregateOperator,
    functions: OperatorFunctions,
    code: WindowCode,
    binding: Binding,
  ) {
    this.#operator = operator;
    this.#keyOf = required(operator.id, 'key', functions.key);
    this.#code = code;
    this.#binding = binding;
    this.#seen = new SeenRows(functions);
  }

  onBatch(chain: ChainState, rows: Rows, size: number): void {
    const { timestamps, origins } = rows;
    const { row, values, place: shown } = this.#seen.of(rows);
    const keyed = keyedStateOf<WindowEntry>(chain, this.#operator.kind);
    const { atWork } = this.#binding;
    const { id, sizeMs } = this.#operator;
    const isFound = this.#keys.find(keyed, this.#keyOf, rows, size);
    const place = movingPlace(keyed);
    for (let index = 0; index < size; index++) {
      const timestamp = timestamps[index] as number;
      atWork[RECORD] = originAt(origins, index);
      if (timestamp === NO_TIMESTAMP)
        throw new UserCodeError(id, 'got a record without a timestamp: its source must be told where it is');
      const start = windowStart(timestamp, sizeMs);
      if (start + keyed.timerOffsetMs <= chain.watermark) chain.lateRecordsDropped += 1;
      else {
        shown.index = index;
        const value = row ?? (values[index] as Value);
        if (!isFound || !this.#addAt(keyed, place, index, value, start)) this.#take(keyed, value, start, timestamp);
      }
    }
    this.#seen.clear();
  }

  #take(keyed: KeyedState<WindowEntry>, value: Value, start: number, timestamp: number): void {
    const key = selectKey(this.#operator.id, this.#keyOf, value);
    const group = groupIndexOf(keyed, key);
    const entry = readEntry(keyed, windowEntries, group, mapKeyOf(key));
    const index = entry === undefined ? -1 : entry.starts.lastIndexOf(start);
    const after = this.#code.add(index < 0 ? undefined : entry?.accumulators[index], value);
    prepareWrite(keyed, windowEntries, group);
    if (entry !== undefined && index >= 0) {
      entry.accumulators[index] = after;
      writeEntry(keyed, windowEntries, group, mapKeyOf(key), entry);
    } else {
      checkWindow(this.#operator, start, timestamp);
      openWindow(keyed, group, key, start, after);
    }
  }

  /** Adds to the first open window of a key whose row was looked up already. False: it is another window. */
  #addAt(keyed: KeyedState<WindowEntry>, place: MovingPlace, index: number, value: Value, start: number): boolean {
    const row = this.#keys.rows[index] as number;
    if (row < 0) return false;
    const group = this.#keys.groups[index] as number;
    const table = keyed.groups[group] as KeyTable;
    const [starts, accumulators] = table.columns as [StateColumn, StateColumn];
    if (getCell(starts, row) !== start) return false;
    const after = this.#code.add(this.#cells.read(accumulators, row), value);
    place.group = group;
    place.table = table;
    place.row = row;
    if (!this.#cells.overwrite(place, accumulators, after)) storeInRow(place, ACCUMULATOR, after);
    return true;
  }

  onTimers(chain: ChainState, watermark: number, max: number, out: StageOutput): void {
    const keyed = keyedStateOf<WindowEntry>(chain, this.#operator.kind);
    const { timers } = keyed;
    for (let left = max; left > 0 && isTimerDue(timers, watermark); left--) {
      const time = timers.times[0] as number;
      const key = timers.keys[0] as Key;
      dropFirstTimer(timers);
      this.#binding.fired.begin(time, key);
      const start = time - keyed.timerOffsetMs;
      out.emit(this.#code.result(takeWindow(keyed, key, start), key, start), time);
    }
  }

  abandon(): void {
    this.#seen.clear();
  }
}

/** The functions of a job. */
class CalledFunctions implements WindowCode {
  readonly #operator: WindowOperator;
  readonly #create: Aggregate['create'];
  readonly #add: Aggregate['add'];
  readonly #resultOf: Aggregate['result'];
  readonly #binding: Binding;
  readonly #context: Writable<WindowContext>;

  constructor(operator: WindowOperator, functions: OperatorFunctions, binding: Binding) {
    const { create, add, result } = required(operator.id, 'aggregate', functions.aggregate);
    this.#operator = operator;
    this.#create = create;
    this.#add = add;
    this.#resultOf = result;
    this.#binding = binding;
    this.#context = { timestamp: 0, parameters: binding.parameters, key: '', window: { start: 0, end: 0 } };
  }

  /** A new window begins with what `create` gives. */
  add(known: Value | undefined, value: Value): Value {
    const { id } = this.#operator;
    const { atWork, place } = this.#binding;
    const create = this.#create; // taken out, because user code has no `this`
    const add = this.#add;
    atWork[OPERATOR] = place;
    const before = known === undefined ? checkAccumulator(id, 'create', create()) : known;
    const after = checkAccumulator(id, 'add', add(before, value));
    atWork[OPERATOR] = 0;
    return after;
  }

  result(accumulator: Value, key: Key, start: number): Value {
    const { id, sizeMs } = this.#operator;
    const { atWork, place } = this.#binding;
    const context = this.#context;
    const resultOf = this.#resultOf;
    context.key = key;
    context.timestamp = start + sizeMs - 1;
    context.window = { start, end: start + sizeMs }; // a fresh one: a result may contain it
    atWork[OPERATOR] = place;
    const result = checkRecord(id, 'result', resultOf(accumulator, context));
    atWork[OPERATOR] = 0;
    return result;
  }
}

/** Neither would ever come out: a window behind the end of all time never fires, and one that begins before it cannot be restored. */
function checkWindow({ id, sizeMs }: WindowOperator | WindowAggregateOperator, start: number, timestamp: number): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(start + sizeMs - 1)) return;
  throw new UserCodeError(id, `got a record with the timestamp ${timestamp}: no window of ${sizeMs} ms can hold it`);
}

function openWindow(keyed: KeyedState<WindowEntry>, group: number, key: Key, start: number, accumulator: Value): void {
  const mapKey = mapKeyOf(key);
  const entry = readEntry(keyed, windowEntries, group, mapKey) ?? { starts: [], accumulators: [] };
  insertWindow(entry, start, accumulator);
  writeEntry(keyed, windowEntries, group, mapKey, entry);
  pushTimer(keyed.timers, start + keyed.timerOffsetMs, key);
}

function insertWindow(entry: WindowEntry, start: number, accumulator: Value): void {
  const after = entry.starts.findIndex((other) => other > start);
  const at = after < 0 ? entry.starts.length : after;
  entry.starts.splice(at, 0, start);
  entry.accumulators.splice(at, 0, accumulator);
}

/** Closes the window whose timer came up. */
function takeWindow(keyed: KeyedState<WindowEntry>, key: Key, start: number): Value {
  const mapKey = mapKeyOf(key);
  const group = groupIndexOf(keyed, key);
  const entry = must(readEntry(keyed, windowEntries, group, mapKey), 'the windows of a key whose timer came up');
  const index = entry.starts.indexOf(start);
  assert(index >= 0, 'the window whose timer came up is not there');
  const accumulator = entry.accumulators[index] as Value; // may be null
  prepareWrite(keyed, windowEntries, group);
  entry.starts.splice(index, 1);
  entry.accumulators.splice(index, 1);
  if (entry.starts.length === 0) removeEntry(keyed, windowEntries, group, mapKey);
  else writeEntry(keyed, windowEntries, group, mapKey, entry);
  return accumulator;
}

/** What all kinds with windows have in common. */
export const windowRow = {
  entries: windowEntries,
  timerOffsetMs: ({ sizeMs }: { readonly sizeMs: number }): number => sizeMs - 1,
  dropsLate: true,
} as const;

export const window: KeyedRow<WindowOperator, WindowEntry> = {
  ...windowRow,
  bind: (operator, functions, binding) =>
    new BoundWindow(operator, functions, new CalledFunctions(operator, functions, binding), binding),
};
