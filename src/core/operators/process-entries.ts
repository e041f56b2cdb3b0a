// Keyed state of `process`: per key, values by name and the times of its event-time timers. A key without any is forgotten.
import type { Value } from '../base/value.ts';
import { isStateName } from './answers.ts';
import type { EntryKind } from './keyed-state.ts';
import { isPresent, type TableRows } from './key-table.ts';
import { readProcessValues, storeTimers, timersFrom, timersIn, writeProcessValues } from './process-columns.ts';
import { getCell, type StateColumn } from './state-column.ts';
import { clearInRow, storeInRow, type RowPlace } from './table-writes.ts';
import { isNoTimer, NO_TIMERS, timesOf, withoutTimer, type TimerSet } from './timer-set.ts';

/**
 * There may be millions, and what a record costs is mostly the memory that its entry lies in: so one value and no timers, which is what most have,
 * need nothing but the entry itself.
 */
export interface ProcessEntry {
  /** Names of the values that there are. Shared, never changed. */
  names: readonly string[];
  /** The value of the first name, or null. */
  first: Value;
  /** Those of the other names, in their order. There are few. */
  others: Value[];
  /** Times of the timers. Never changed, but replaced. */
  timers: TimerSet;
}

/** Snapshot of an entry: `{ states: { name: value, … }, timers: [time, …] }`, names in order, the earliest timer first. */
export const processEntries: EntryKind<ProcessEntry> = {
  copy: (entry) => ({ ...entry, others: entry.others.length === 0 ? NO_VALUES : [...entry.others] }),
  encode: encodeProcessEntry,
  decode: decodeProcessEntry,
  timersOf: (entry) => timesOf(entry.timers),
  stored: (entry) => entry.names,
  writeRow: writeProcessRow,
  readRow: readProcessRow,
  timerRows: ({ rest }) => rest.keys(),
  writeValues: writeProcessValues,
  readValues: readProcessValues,
};

/** Frozen, so that all states may share them. */
const NO_NAMES: readonly string[] = Object.freeze([]);
const NO_VALUES = Object.freeze([] as Value[]) as Value[];

export function createProcessEntry(): ProcessEntry {
  return { names: NO_NAMES, first: null, others: NO_VALUES, timers: NO_TIMERS };
}

/** For each list of names, the one with one more. Nothing but a memory of what follows from the names: it holds as many as jobs have. */
// millrace-lint-ignore module-state: a memo of a pure function, the same whenever it is filled
const longerNames = new WeakMap<readonly string[], Map<string, readonly string[]>>();

function withName(names: readonly string[], name: string): readonly string[] {
  const longer = longerNames.get(names) ?? new Map<string, readonly string[]>();
  longerNames.set(names, longer);
  const known = longer.get(name);
  if (known !== undefined) return known;
  const added = Object.freeze([...names, name]);
  longer.set(name, added);
  return added;
}

export function isEmptyProcessEntry(entry: ProcessEntry): boolean {
  return entry.names.length === 0 && isNoTimer(entry.timers);
}

export function setState(entry: ProcessEntry, name: string, value: Value): void {
  const index = indexOfName(entry.names, name);
  if (index === 0) entry.first = value;
  else if (index > 0) entry.others[index - 1] = value;
  else addState(entry, name, value);
}

function addState(entry: ProcessEntry, name: string, value: Value): void {
  if (entry.names.length === 0) entry.first = value;
  else entry.others = [...entry.others, value];
  entry.names = withName(entry.names, name);
}

/** The value, or null if there is none. */
export function stateOf(entry: ProcessEntry, name: string): Value {
  const index = indexOfName(entry.names, name);
  if (index <= 0) return index < 0 ? null : entry.first;
  return entry.others[index - 1] as Value;
}

/** Names are nearly always the same object, which a search of the array's own would look at more closely. */
function indexOfName(names: readonly string[], name: string): number {
  for (let index = 0; index < names.length; index++) if (names[index] === name) return index;
  return -1;
}

export function clearState(entry: ProcessEntry, name: string): void {
  const left = entry.names.filter((other) => other !== name);
  const values = left.map((other) => stateOf(entry, other));
  entry.names = left.reduce(withName, NO_NAMES);
  entry.first = values[0] ?? null;
  entry.others = values.length > 1 ? values.slice(1) : NO_VALUES;
}

/** False: it was not there. */
export function removeTimer(entry: ProcessEntry, time: number): boolean {
  const before = entry.timers;
  entry.timers = withoutTimer(before, time);
  return entry.timers !== before;
}

function writeProcessRow(place: RowPlace, entry: ProcessEntry): void {
  for (const name of place.table.names) if (!entry.names.includes(name)) clearInRow(place, name);
  for (const name of entry.names) storeInRow(place, name, stateOf(entry, name));
  storeTimers(place, entry.timers);
}

function readProcessRow(table: TableRows, row: number): ProcessEntry {
  const entry = createProcessEntry();
  for (const [column, name] of table.names.entries())
    if (isPresent(table, column, row)) setState(entry, name, getCell(table.columns[column] as StateColumn, row));
  entry.timers = timersIn(table, row);
  return entry;
}

function encodeProcessEntry(entry: ProcessEntry): Value {
  const states: Record<string, Value> = {};
  for (const name of entry.names.toSorted()) states[name] = stateOf(entry, name);
  return { states, timers: [...timesOf(entry.timers)] };
}

function decodeProcessEntry(value: Value): ProcessEntry | undefined {
  const { states, timers } = (isFields(value) ? value : {}) as { readonly states?: Value; readonly timers?: Value };
  if (!isFields(states) || !Array.isArray(timers)) return undefined;
  const entry = createProcessEntry();
  for (const [name, state] of Object.entries(states)) {
    if (!isStateName(name)) return undefined;
    setState(entry, name, state);
  }
  const set = timersFrom(timers);
  if (set === null) return undefined;
  entry.timers = set;
  return entry;
}

function isFields(value: Value | undefined): value is { readonly [field: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
