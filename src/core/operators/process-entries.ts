// Keyed state of `process`: per key, values by name and the times of its event-time timers. A key without any is forgotten.
import type { Value } from '../base/value.ts';
import type { EntryKind } from './keyed-state.ts';

export interface ProcessEntry {
  /** Names of the values that there are, and the values, side by side: there are few. */
  readonly names: string[];
  readonly values: Value[];
  /** Times of the timers, the earliest first. */
  readonly timers: number[];
}

/** Snapshot of an entry: `{ states: { name: value, … }, timers: [time, …] }`, names in order, the earliest timer first. */
export const processEntries: EntryKind<ProcessEntry> = {
  copy: (entry) => ({ names: [...entry.names], values: [...entry.values], timers: [...entry.timers] }),
  encode: encodeProcessEntry,
  decode: decodeProcessEntry,
  timersOf: (entry) => entry.timers,
};

const STATE_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Names are fields of snapshots, so not every text will do. */
export function isStateName(name: unknown): name is string {
  return typeof name === 'string' && STATE_NAME_PATTERN.test(name);
}

export function createProcessEntry(): ProcessEntry {
  return { names: [], values: [], timers: [] };
}

export function isEmptyProcessEntry(entry: ProcessEntry): boolean {
  return entry.names.length === 0 && entry.timers.length === 0;
}

export function setState(entry: ProcessEntry, name: string, value: Value): void {
  const index = entry.names.indexOf(name);
  if (index >= 0) {
    entry.values[index] = value;
    return;
  }
  entry.names.push(name);
  entry.values.push(value);
}

export function clearState(entry: ProcessEntry, name: string): void {
  const index = entry.names.indexOf(name);
  if (index < 0) return;
  entry.names.splice(index, 1);
  entry.values.splice(index, 1);
}

/** False: it was there already. */
export function addTimer(entry: ProcessEntry, time: number): boolean {
  const { timers } = entry;
  let at = timers.length;
  while (at > 0 && (timers[at - 1] as number) > time) at -= 1;
  if (at > 0 && timers[at - 1] === time) return false;
  timers.splice(at, 0, time);
  return true;
}

/** False: it was not there. */
export function removeTimer(entry: ProcessEntry, time: number): boolean {
  const index = entry.timers.indexOf(time);
  if (index < 0) return false;
  entry.timers.splice(index, 1);
  return true;
}

function encodeProcessEntry(entry: ProcessEntry): Value {
  const states: Record<string, Value> = {};
  for (const name of [...entry.names].sort()) states[name] = entry.values[entry.names.indexOf(name)] as Value;
  return { states, timers: [...entry.timers] };
}

function decodeProcessEntry(value: Value): ProcessEntry | null {
  const { states, timers } = (isFields(value) ? value : {}) as { readonly states?: Value; readonly timers?: Value };
  if (!isFields(states) || !Array.isArray(timers)) return null;
  const entry = createProcessEntry();
  for (const [name, state] of Object.entries(states)) {
    if (!isStateName(name)) return null;
    setState(entry, name, state);
  }
  for (const time of timers as readonly Value[]) {
    if (typeof time !== 'number' || !Number.isSafeInteger(time) || !addTimer(entry, time)) return null;
  }
  return entry;
}

function isFields(value: Value | undefined): value is { readonly [field: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
