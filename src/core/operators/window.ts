// Tumbling event-time windows: per key, the accumulator of each window that is open. A window is its own timer, due at its end - 1.
import { assert, must } from '../base/assert.ts';
import type { Key, Value } from '../base/value.ts';
import { NO_TIMESTAMP } from '../graph/batch.ts';
import { checkAccumulator, checkRecord } from './answers.ts';
import { OPERATOR } from '../base/at-work.ts';
import { KEYED_PLACE, type ChainCode, type WindowCode } from './chain-code.ts';
import { selectKey } from './key-selector.ts';
import {
  groupIndexOf,
  prepareWrite,
  readEntry,
  removeEntry,
  writeEntry,
  type EntryKind,
  type KeyedState,
} from './keyed-state.ts';
import { mapKeyOf } from './map-key.ts';
import { decodeWindows, windowColumns, type WindowEntry } from './window-columns.ts';
import { pushTimer } from './timer-queue.ts';
import { UserCodeError } from './user-code-error.ts';

export type { WindowEntry };

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

/** Takes a record into its window. False: it came when its window was over, and was dropped. */
export function windowRecord(
  keyed: KeyedState<WindowEntry>,
  code: ChainCode,
  operator: WindowCode,
  value: Value,
  timestamp: number,
  watermark: number,
): boolean {
  if (timestamp === NO_TIMESTAMP)
    throw new UserCodeError(operator.id, 'got a record without a timestamp: its source must be told where it is');
  const start = windowStart(timestamp, operator.sizeMs);
  if (start + keyed.timerOffsetMs <= watermark) return false;
  const key = selectKey(operator.id, operator.key, value);
  const group = groupIndexOf(keyed, key);
  const entry = readEntry(keyed, windowEntries, group, mapKeyOf(key));
  const index = entry === undefined ? -1 : entry.starts.lastIndexOf(start);
  const after = callAdd(code, operator, index < 0 ? null : (entry as WindowEntry), index, value);
  prepareWrite(keyed, windowEntries, group);
  if (entry !== undefined && index >= 0) {
    entry.accumulators[index] = after;
    writeEntry(keyed, windowEntries, group, mapKeyOf(key), entry);
  } else {
    checkWindow(operator, start, timestamp);
    openWindow(keyed, group, key, start, after);
  }
  return true;
}

/** What a window comes to with this record; a new one begins with what `create` gives. */
function callAdd(code: ChainCode, operator: WindowCode, entry: WindowEntry | null, index: number, value: Value): Value {
  const { id, create, add } = operator;
  code.atWork[OPERATOR] = KEYED_PLACE;
  const before = entry === null ? checkAccumulator(id, 'create', create()) : (entry.accumulators[index] as Value);
  const after = checkAccumulator(id, 'add', add(before, value));
  code.atWork[OPERATOR] = 0;
  return after;
}

/** Neither would ever come out: a window behind the end of all time never fires, and one that begins before it cannot be restored. */
function checkWindow({ id, sizeMs }: WindowCode, start: number, timestamp: number): void {
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

/** Closes the window whose timer came up and returns its result. */
export function fireWindow(
  keyed: KeyedState<WindowEntry>,
  code: ChainCode,
  operator: WindowCode,
  key: Key,
  dueAt: number,
): Value {
  const start = dueAt - keyed.timerOffsetMs;
  return callResult(code, operator, takeWindow(keyed, key, start), key, start);
}

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

function callResult(code: ChainCode, operator: WindowCode, accumulator: Value, key: Key, start: number): Value {
  const { id, context, result: resultOf } = operator;
  context.key = key;
  context.timestamp = start + operator.sizeMs - 1;
  context.window = { start, end: start + operator.sizeMs }; // a fresh one: a result may contain it
  code.atWork[OPERATOR] = KEYED_PLACE;
  const result = checkRecord(id, 'result', resultOf(accumulator, context));
  code.atWork[OPERATOR] = 0;
  return result;
}
