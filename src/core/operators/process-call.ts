// One call of `onRecord` or `onTimer`: the context that it is given, and what it left behind. One object serves all calls of a chain's code.
// Records that it emits wait until it returned, so that user code never runs inside other user code.
import type { Key, Value } from '../base/value.ts';
import type { ProcessContext, ValueState } from '../graph/functions.ts';
import { checkStateName, checkStored, checkTimerTime } from './answers.ts';
import { CellAccess } from './cell-access.ts';
import { checkEmittedCount } from './emission.ts';
import { hashKey } from '../graph/keys.ts';
import { columnNamed, findRow, hashMapKey, isPresent, type KeyTable } from './key-table.ts';
import {
  createGroup,
  forgetEmpty,
  groupIndexOfHash,
  keysIn,
  MAP_KEYS_MAX,
  prepareWrite,
  removeEntry,
  turnIntoTable,
  type KeyedState,
} from './keyed-state.ts';
import { mapKeyOf, type MapKey } from './map-key.ts';
import { isEmptyRow, storeTimers, timersIn } from './process-columns.ts';
import {
  clearState,
  createProcessEntry,
  isEmptyProcessEntry,
  processEntries,
  setState,
  stateOf,
  type ProcessEntry,
} from './process-entries.ts';
import type { StateColumn } from './state-column.ts';
import { keepRow } from './table-pages.ts';
import { clearInRow, deleteRow, insertRow, storeInRow, type RowPlace } from './table-writes.ts';
import { noteTimerSet } from './timer-limit.ts';
import { pushTimer } from './timer-queue.ts';
import { NO_TIMERS, withoutTimer, withTimer, type TimerSet } from './timer-set.ts';
import { UserCodeError } from './user-code-error.ts';

export class ProcessCall implements ProcessContext {
  readonly parameters: Value;
  timestamp = 0;
  watermark = 0;
  key: Key = '';
  /** What the call emitted, in order. */
  readonly emitted: Value[] = [];
  readonly #operator: string;
  readonly #states = new Map<string, StateOfCall>();
  /** The one that was asked for last, and its name. */
  #state: StateOfCall | null = null;
  #stateName = '';
  #keyed: KeyedState<ProcessEntry> | null = null;
  #group = 0;
  #mapKey: MapKey = '';
  /** Of a group that is a Map: null until the key has something. */
  #entry: ProcessEntry | null = null;
  /** Of a group that is a table. */
  #table: KeyTable | null = null;
  #hash = 0;
  /** -1 until the key has something. */
  #row = -1;
  /** The call is one of `onTimer`. */
  #isTimer = false;
  /** The key got an entry or a row in this call, or something of it was taken away. */
  #isChanged = false;

  constructor(operator: string, parameters: Value) {
    this.#operator = operator;
    this.parameters = parameters;
  }

  /** Begins a call of `onRecord` for a key. */
  open(keyed: KeyedState<ProcessEntry>, key: Key, timestamp: number, watermark: number): void {
    const mapKey = mapKeyOf(key);
    const hash = hashKey(key);
    const group = groupIndexOfHash(keyed, key, hash);
    this.#isTimer = false;
    this.#keyed = keyed;
    this.#mapKey = mapKey;
    this.#group = group;
    this.key = key;
    this.timestamp = timestamp;
    this.watermark = watermark;
    const keys = keyed.groups[group] ?? null;
    if (keys === null || keys instanceof Map) {
      this.#table = null;
      this.#entry = keys?.get(mapKey) ?? null;
    } else {
      this.#table = keys;
      this.#hash = mapKey === key ? hash : hashMapKey(mapKey);
      this.#row = findRow(keys, mapKey, this.#hash);
    }
  }

  /** The same of `onTimer`. */
  openTimer(keyed: KeyedState<ProcessEntry>, key: Key, time: number, watermark: number): void {
    this.open(keyed, key, time, watermark);
    this.#isTimer = true;
    this.#isChanged = true; // the timer is gone
  }

  /** Ends the call. A context that user code kept is of no use from here on. */
  close(): void {
    const keyed = this.#keyed;
    if (this.#isChanged && keyed !== null) {
      if (this.#table !== null) this.#closeRow(keyed, this.#table);
      else if (this.#entry !== null) this.#closeEntry(keyed, this.#entry);
    }
    this.#forget();
  }

  #closeRow(keyed: KeyedState<ProcessEntry>, table: KeyTable): void {
    if (this.#row < 0 || !isEmptyRow(table, this.#row)) return;
    deleteRow(this.#place(keyed, table));
    forgetEmpty(keyed, this.#group);
  }

  #closeEntry(keyed: KeyedState<ProcessEntry>, entry: ProcessEntry): void {
    if (isEmptyProcessEntry(entry)) removeEntry(keyed, processEntries, this.#group, this.#mapKey);
    else if (keysIn(keyed.groups[this.#group] ?? null) > MAP_KEYS_MAX)
      turnIntoTable(keyed, processEntries, this.#group);
  }

  /** Gives the call up: something was thrown. */
  abandon(): void {
    this.emitted.length = 0;
    this.#forget();
  }

  #forget(): void {
    this.#keyed = null;
    this.#entry = null;
    this.#table = null;
    this.#row = -1;
    this.#isChanged = false;
  }

  #place(keyed: KeyedState<ProcessEntry>, table: KeyTable): RowPlace {
    return { keyed, group: this.#group, table, row: this.#row };
  }

  /** The entry of the key in a Map, to be changed. */
  #writableEntry(keyed: KeyedState<ProcessEntry>): ProcessEntry {
    prepareWrite(keyed, processEntries, this.#group);
    if (this.#entry !== null) return this.#entry;
    const keys = (keyed.groups[this.#group] ?? createGroup(keyed, this.#group)) as Map<MapKey, ProcessEntry>;
    this.#entry = createProcessEntry();
    this.#isChanged = true;
    keys.set(this.#mapKey, this.#entry);
    return this.#entry;
  }

  /** The row of the key in a table, to be changed. */
  #writableRow(keyed: KeyedState<ProcessEntry>, table: KeyTable, stored: readonly string[]): RowPlace {
    if (this.#row < 0) {
      this.#row = insertRow({ keyed, group: this.#group, table }, this.#mapKey, this.#hash, stored).row;
      this.#isChanged = true;
    }
    return this.#place(keyed, table);
  }

  /** The value of a state, or null if the key has none. */
  read(name: string, cells: CellAccess): Value {
    this.#open();
    const table = this.#table;
    if (table === null) return this.#entry === null ? null : stateOf(this.#entry, name);
    if (this.#row < 0) return null;
    const at = columnNamed(table, name);
    return at >= 0 && isPresent(table, at, this.#row) ? cells.read(table.columns[at] as StateColumn, this.#row) : null;
  }

  store(name: string, cells: CellAccess, value: Value): void {
    const keyed = this.#open();
    const table = this.#table;
    if (table !== null && this.#row >= 0 && this.#overwrite(keyed, table, name, cells, value)) return;
    checkStored(this.#operator, name, value);
    if (table === null) setState(this.#writableEntry(keyed), name, value);
    else storeInRow(this.#writableRow(keyed, table, [name]), name, value);
  }

  /** What nearly all records do: another value of the same kind. What fits a column that is not one of any values is data. */
  #overwrite(keyed: KeyedState<ProcessEntry>, table: KeyTable, name: string, cells: CellAccess, value: Value): boolean {
    const at = columnNamed(table, name);
    if (at < 0 || !isPresent(table, at, this.#row)) return false;
    const column = table.columns[at] as StateColumn;
    if (column.kind === 'values') return false;
    if (keyed.snapshot !== null) keepRow(keyed.snapshot, this.#group, table, this.#row);
    return cells.store(column, this.#row, value);
  }

  clear(name: string): void {
    const keyed = this.#open();
    this.#isChanged = true;
    if (this.#table !== null) {
      if (this.#row >= 0) clearInRow(this.#place(keyed, this.#table), name);
    } else if (this.#entry?.names.includes(name) === true) clearState(this.#writableEntry(keyed), name);
  }

  #timers(): TimerSet {
    if (this.#table !== null) return this.#row < 0 ? NO_TIMERS : timersIn(this.#table, this.#row);
    return this.#entry?.timers ?? NO_TIMERS;
  }

  #storeTimers(keyed: KeyedState<ProcessEntry>, timers: TimerSet): void {
    if (this.#table === null) this.#writableEntry(keyed).timers = timers;
    else storeTimers(this.#writableRow(keyed, this.#table, []), timers);
  }

  state<T>(name: string): ValueState<T> {
    const state = this.#state !== null && this.#stateName === name ? this.#state : this.#stateNamed(name);
    return state as ValueState<unknown> as ValueState<T>;
  }

  #stateNamed(name: string): StateOfCall {
    let state = this.#states.get(name);
    if (state === undefined) {
      checkStateName(this.#operator, name);
      state = new StateOfCall(this, name);
      this.#states.set(name, state);
    }
    this.#state = state;
    this.#stateName = name;
    return state;
  }

  registerEventTimeTimer(timestamp: number): void {
    const keyed = this.#open();
    const time = checkTimerTime(this.#operator, timestamp);
    const before = this.#timers();
    const after = withTimer(before, time);
    if (after === before) return;
    this.#storeTimers(keyed, after);
    pushTimer(keyed.timers, time, this.key);
    if (this.#isTimer) noteTimerSet(keyed, time, this.watermark);
  }

  deleteEventTimeTimer(timestamp: number): void {
    const keyed = this.#open();
    const time = checkTimerTime(this.#operator, timestamp);
    const before = this.#timers();
    const after = withoutTimer(before, time);
    if (after === before) return;
    this.#isChanged = true;
    this.#storeTimers(keyed, after);
    keyed.timers.stale += 1;
  }

  collect(value: Value): void {
    this.#open();
    this.emitted.push(value);
    checkEmittedCount(this.#operator, this.emitted.length);
  }

  #open(): KeyedState<ProcessEntry> {
    if (this.#keyed === null)
      throw new UserCodeError(this.#operator, 'used a context after the call that it was given to');
    return this.#keyed;
  }
}

/** A named value of whatever key the call is for. */
class StateOfCall implements ValueState<Value> {
  readonly #call: ProcessCall;
  readonly #name: string;
  readonly #cells = new CellAccess();

  constructor(call: ProcessCall, name: string) {
    this.#call = call;
    this.#name = name;
  }

  value(): Value | null {
    return this.#call.read(this.#name, this.#cells);
  }

  update(value: Value): void {
    this.#call.store(this.#name, this.#cells, value);
  }

  clear(): void {
    this.#call.clear(this.#name);
  }
}
