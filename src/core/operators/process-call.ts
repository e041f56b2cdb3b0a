// One call of `onRecord` or `onTimer`: the context that it is given, and what it left behind. One object serves all calls of a chain's code.
// Records that it emits wait until it returned, so that user code never runs inside other user code.
import type { Key, Value } from '../base/value.ts';
import { valueOfViews } from '../columns/row-view.ts';
import type { Schema } from '../columns/schema.ts';
import { STATE_NAME, type ProcessContext, type StateFields, type ValueState } from '../graph/functions.ts';
import type { BatchKeys } from './batch-keys.ts';
import { checkStateName, checkStored, checkTimerTime } from './answers.ts';
import { CellAccess } from './cell-access.ts';
import { checkEmittedCount } from './emission.ts';
import { hashKey } from '../graph/keys.ts';
import { findRow, hashMapKey, type KeyTable } from './key-table.ts';
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
import { isEmptyRow, stateInRow, storeTimers, timersIn } from './process-columns.ts';
import {
  clearState,
  createProcessEntry,
  isEmptyProcessEntry,
  processEntries,
  setState,
  stateOf,
  type ProcessEntry,
} from './process-entries.ts';
import { generatedFields } from './state-code.ts';
import { plainFields, planOf, takenFields, type StateCell, type StatePlan } from './state-fields.ts';
import type { StateColumn } from './state-column.ts';
import { clearInRow, deleteRow, insertRow, storeInRow, type RowPlace } from './table-writes.ts';
import { noteTimerSet } from './timer-limit.ts';
import { pushTimer } from './timer-queue.ts';
import { NO_TIMERS, withoutTimer, withTimer, type TimerSet } from './timer-set.ts';
import { UserCodeError } from './user-code-error.ts';

/** Where the key of a call is. One object for all calls: its states look at it themselves. */
interface CallPlace {
  /** Null between two batches. */
  keyed: KeyedState<ProcessEntry> | null;
  group: number;
  /** Null: the group is no table, or there is no call. */
  table: KeyTable | null;
  /** -1 until the key has something in the table. */
  row: number;
}

/** Follows the name of the operator. */
export const USED_LATE = 'used its state after the call that it was given to';

export class ProcessCall implements ProcessContext {
  readonly parameters: Value;
  timestamp = 0;
  watermark = 0;
  key: Key = '';
  /** What the call emitted, in order. */
  readonly emitted: Value[] = [];
  /** The declared state of whatever key the call is for. */
  readonly fields: StateFields | undefined;
  readonly #plan: StatePlan | null;
  readonly #operator: string;
  readonly #states = new Map<string, StateOfCall>();
  /** The one that was asked for last, and its name. */
  #state: StateOfCall | null = null;
  #stateName = '';
  readonly #at: CallPlace = { keyed: null, group: 0, table: null, row: -1 };
  #atWatermark = 0;
  /** A row was removed since the calls began: another one may be elsewhere now. */
  #hasRemoved = false;
  #isOpen = false;
  #mapKey: MapKey = '';
  /** Of a group that is a Map: null until the key has something. */
  #entry: ProcessEntry | null = null;
  /** Of a group that is a table. */
  #hash = 0;
  /** The call is one of `onTimer`. */
  #isTimer = false;
  /** The key got an entry or a row in this call, or something of it was taken away. */
  #isChanged = false;

  constructor(operator: string, parameters: Value, schema: Schema | null) {
    this.#operator = operator;
    this.parameters = parameters;
    this.#plan = schema === null ? null : planOf(schema);
    this.fields = this.#plan === null ? undefined : this.#fieldsOf(this.#plan);
  }

  #fieldsOf(plan: StatePlan): StateFields {
    const fail = (problem: string): never => {
      throw new UserCodeError(this.#operator, problem);
    };
    const cell: StateCell = {
      read: () => (this.#isOpen ? this.read(STATE_NAME) : fail(USED_LATE)),
      write: (value) => (this.#isOpen ? this.#storeChecked(STATE_NAME, value) : fail(USED_LATE)),
      fail,
    };
    return generatedFields(plan, this.#at, cell) ?? plainFields(plan, cell);
  }

  /** Begins calls for keys of this state. */
  begin(keyed: KeyedState<ProcessEntry>, watermark: number): void {
    this.#at.keyed = keyed;
    this.#atWatermark = watermark;
    this.#hasRemoved = false;
  }

  /** Begins a call of `onRecord` for a key. */
  open(key: Key, timestamp: number): void {
    const hash = hashKey(key);
    this.#openKey(key, timestamp, hash, groupIndexOfHash(this.#at.keyed as KeyedState<ProcessEntry>, key, hash));
  }

  /** The same for a key that was looked up when the calls began: neither a tuple, nor a text that needs an escape. */
  openAt(key: number | bigint | string, timestamp: number, { groups, hashes, rows }: BatchKeys, index: number): void {
    const at = this.#at;
    const row = rows[index] as number;
    const group = groups[index] as number;
    if (row < 0 || this.#hasRemoved) return this.#openKey(key, timestamp, hashes[index] as number, group);
    at.group = group;
    at.table = (at.keyed as KeyedState<ProcessEntry>).groups[group] as KeyTable;
    at.row = row;
    this.#openCall(key, timestamp);
  }

  #openKey(key: Key, timestamp: number, hash: number, group: number): void {
    const at = this.#at;
    const mapKey = mapKeyOf(key);
    const keys = (at.keyed as KeyedState<ProcessEntry>).groups[group] ?? null;
    this.#mapKey = mapKey;
    at.group = group;
    if (keys === null || keys instanceof Map) this.#entry = keys?.get(mapKey) ?? null;
    else {
      at.table = keys;
      this.#hash = mapKey === key ? hash : hashMapKey(mapKey);
      at.row = findRow(keys, mapKey, this.#hash);
    }
    this.#openCall(key, timestamp);
  }

  #openCall(key: Key, timestamp: number): void {
    this.#isTimer = false;
    this.key = key;
    this.timestamp = timestamp;
    this.watermark = this.#atWatermark;
    this.#isOpen = true;
  }

  /** The same of `onTimer`. */
  openTimer(key: Key, time: number): void {
    this.open(key, time);
    this.#isTimer = true;
    this.#isChanged = true; // the timer is gone
  }

  /** Ends the call. A context that user code kept is of no use from here on. */
  close(): void {
    if (this.#isChanged) this.#closeChanged(this.#at.keyed as KeyedState<ProcessEntry>);
    this.#entry = null;
    this.#at.table = null;
    this.#isOpen = false;
  }

  #closeChanged(keyed: KeyedState<ProcessEntry>): void {
    this.#isChanged = false;
    const { table, row } = this.#at;
    if (table !== null) this.#closeRow(keyed, table, row);
    else if (this.#entry !== null) this.#closeEntry(keyed, this.#entry);
  }

  #closeRow(keyed: KeyedState<ProcessEntry>, table: KeyTable, row: number): void {
    if (row < 0 || !isEmptyRow(table, row)) return;
    this.#hasRemoved = true;
    deleteRow(this.#at as RowPlace);
    forgetEmpty(keyed, this.#at.group);
  }

  #closeEntry(keyed: KeyedState<ProcessEntry>, entry: ProcessEntry): void {
    if (isEmptyProcessEntry(entry)) removeEntry(keyed, processEntries, this.#at.group, this.#mapKey);
    else if (keysIn(keyed.groups[this.#at.group] ?? null) > MAP_KEYS_MAX)
      turnIntoTable(keyed, processEntries, this.#at.group);
  }

  /** Ends the calls: nothing of the state is kept. */
  end(): void {
    this.#at.keyed = null;
  }

  /** Gives the call up: something was thrown. */
  abandon(): void {
    this.emitted.length = 0;
    this.#entry = null;
    this.#at.table = null;
    this.#at.keyed = null;
    this.#isOpen = false;
    this.#isChanged = false;
  }

  /** The entry of the key in a Map, to be changed. */
  #writableEntry(keyed: KeyedState<ProcessEntry>): ProcessEntry {
    prepareWrite(keyed, processEntries, this.#at.group);
    if (this.#entry !== null) return this.#entry;
    const keys = (keyed.groups[this.#at.group] ?? createGroup(keyed, this.#at.group)) as Map<MapKey, ProcessEntry>;
    this.#entry = createProcessEntry();
    this.#isChanged = true;
    keys.set(this.#mapKey, this.#entry);
    return this.#entry;
  }

  /** The row of the key in a table, to be changed. `stored`: what is about to be stored, if it is new. */
  #writableRow(stored: readonly string[]): RowPlace {
    const at = this.#at as RowPlace;
    if (at.row < 0) {
      this.#at.row = insertRow(at, this.#mapKey, this.#hash, stored).row;
      this.#isChanged = true;
    }
    return at;
  }

  /** The value of a name, or null if the key has none. */
  read(name: string): Value {
    this.#open();
    const { table, row } = this.#at;
    if (table === null) return this.#entry === null ? null : stateOf(this.#entry, name);
    return row < 0 ? null : stateInRow(table, row, name);
  }

  store(name: string, value: Value): void {
    this.#open();
    const stored = checkStored(this.#operator, name, value);
    const plan = name === STATE_NAME ? this.#plan : null;
    this.#storeChecked(name, plan === null ? stored : this.#declared(plan, stored));
  }

  #declared(plan: StatePlan, stored: Value): Value {
    const fields = takenFields(plan, stored);
    if (typeof fields === 'string') throw new UserCodeError(this.#operator, fields);
    return fields;
  }

  #storeChecked(name: string, stored: Value): void {
    const keyed = this.#at.keyed as KeyedState<ProcessEntry>;
    if (this.#at.table === null) setState(this.#writableEntry(keyed), name, stored);
    else storeInRow(this.#writableRow([name]), name, stored);
  }

  clear(name: string): void {
    const keyed = this.#open();
    this.#isChanged = true;
    if (this.#at.table !== null) {
      if (this.#at.row >= 0) clearInRow(this.#at as RowPlace, name);
    } else if (this.#entry?.names.includes(name) === true) clearState(this.#writableEntry(keyed), name);
  }

  #timers(): TimerSet {
    const { table, row } = this.#at;
    if (table !== null) return row < 0 ? NO_TIMERS : timersIn(table, row);
    return this.#entry?.timers ?? NO_TIMERS;
  }

  #storeTimers(keyed: KeyedState<ProcessEntry>, timers: TimerSet): void {
    if (this.#at.table === null) this.#writableEntry(keyed).timers = timers;
    else storeTimers(this.#writableRow([]), timers);
  }

  state<T>(name: string): ValueState<T> {
    const state = this.#state !== null && this.#stateName === name ? this.#state : this.#stateNamed(name);
    return state as ValueState<unknown> as ValueState<T>;
  }

  #stateNamed(name: string): StateOfCall {
    let state = this.#states.get(name);
    if (state === undefined) {
      checkStateName(this.#operator, name);
      state = new StateOfCall(this, name, this.#at, this.#plan !== null && name === STATE_NAME);
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
    this.emitted.push(this.#plan === null ? value : (valueOfViews(value) ?? value)); // declared state may change before the call ends
    checkEmittedCount(this.#operator, this.emitted.length);
  }

  #open(): KeyedState<ProcessEntry> {
    if (!this.#isOpen) throw new UserCodeError(this.#operator, 'used a context after the call that it was given to');
    return this.#at.keyed as KeyedState<ProcessEntry>;
  }
}

/** A named value of whatever key the call is for. What nearly all records do, to read and overwrite a cell of a table, it does itself. */
class StateOfCall implements ValueState<Value> {
  readonly #call: ProcessCall;
  readonly #name: string;
  readonly #at: CallPlace;
  readonly #cells = new CellAccess();
  /** What is stored must have the fields of the schema. */
  readonly #isDeclared: boolean;

  constructor(call: ProcessCall, name: string, at: CallPlace, isDeclared: boolean) {
    this.#call = call;
    this.#isDeclared = isDeclared;
    this.#name = name;
    this.#at = at;
  }

  value(): Value | null {
    const { table, row } = this.#at;
    const column = table === null || row < 0 ? null : this.#cellIn(table, row);
    return column === null ? this.#call.read(this.#name) : this.#cells.read(column, row);
  }

  update(value: Value): void {
    const { table, row } = this.#at;
    const column = table === null || row < 0 || this.#isDeclared ? null : this.#cellIn(table, row);
    if (column === null || !this.#cells.overwrite(this.#at as RowPlace, column, value))
      this.#call.store(this.#name, value);
  }

  /** The column in which the row holds the value; null: it holds none. */
  #cellIn({ names, columns, present }: KeyTable, row: number): StateColumn | null {
    for (let column = 0; column < names.length; column++) {
      if (names[column] !== this.#name) continue;
      const flags = present[column] as StateColumn | null;
      return flags === null || flags.cells[row] === 1 ? (columns[column] as StateColumn) : null;
    }
    return null;
  }

  clear(): void {
    this.#call.clear(this.#name);
  }
}
