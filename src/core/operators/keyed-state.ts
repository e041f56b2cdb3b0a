// Keyed state of one operator in one subtask, by key group, with snapshots that later updates do not reach: a small group is copied at its first change
// behind the cut, a table page by page. What an entry is, each kind of operator says in an `EntryKind`.
import { assert } from '../base/assert.ts';
import type { Key, Value } from '../base/value.ts';
import type { ByteWriter } from '../base/bytes.ts';
import { packColumns, packKeyGroup } from '../checkpoint/key-group-codec.ts';
import type { KeyedEntry, KeyGroupSnapshot } from '../checkpoint/snapshot.ts';
import { keyGroupOfHash, keyGroupRange } from '../graph/key-groups.ts';
import { compareKeys, hashKey, showKey } from '../graph/keys.ts';
import { keyOfMapKey, type MapKey } from './map-key.ts';
import {
  createKeyTable,
  findRow,
  forgetPresence,
  hashMapKey,
  keyAt,
  type KeyTable,
  type TableRows,
} from './key-table.ts';
import { sortedRows, writeKeys } from './table-codec.ts';
import { tableAtCut, type KeptTable, type OpenTables, type TableAtCut } from './table-pages.ts';
import { readTable, type ReadValues } from './table-restore.ts';
import { deleteRow, insertRow, type RowPlace } from './table-writes.ts';
import { clearTimerQueue, createTimerQueue, pushTimer, type TimerQueue } from './timer-queue.ts';
import { UserCodeError } from './user-code-error.ts';

/** Where a task stands among its like. */
export interface ChainPlace {
  readonly subtask: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
}

export interface KeyedState<E> {
  readonly operator: string;
  readonly maxParallelism: number;
  /** The key group of `groups[0]`. */
  readonly firstKeyGroup: number;
  /** Null: the group has no keys. */
  readonly groups: (KeyGroup<E> | null)[];
  readonly timers: TimerQueue;
  /** Of the watermark that is being reached: timers there were when the first one fired, 0 before that; those that timers set and that are due with it. */
  timersBefore: number;
  timersSet: number;
  /** From a time in an entry to when its timer is due: windows are remembered by their start, and due at their end - 1. */
  readonly timerOffsetMs: number;
  /** Number of the last snapshot that began. */
  lastSnapshot: number;
  /** The snapshot that is being taken; there is at most one, and a new one takes its place. */
  snapshot: OpenSnapshot<E> | null;
}

/** Entries by key while there are few, columns for many. */
export type KeyGroup<E> = Map<MapKey, E> | KeyTable;

/** With more keys than these, a group is a table until it has none. */
export const MAP_KEYS_MAX = 16;

export interface OpenSnapshot<E> extends OpenTables {
  /** Index of the first group that is not captured yet. */
  next: number;
  /** Groups that were no tables and changed before they were captured, as they were when the snapshot began. */
  readonly preserved: Map<number, Map<MapKey, E>>;
  /** The same of tables. */
  readonly tables: Map<number, KeptTable>;
  readonly captured: KeyGroupSnapshot[];
  /** How many entries those hold. */
  entries: number;
}

/** How entries of one kind of operator are copied, written and read. */
export interface EntryKind<E> extends EntryColumns<E> {
  /** A copy that shares nothing which changes. */
  copy(entry: E): E;
  /** As data, the same for equal entries. */
  encode(entry: E): Value;
  /** Undefined if it was not written by `encode`. */
  decode(value: Value): E | undefined;
  /** The times in it that have a timer. */
  timersOf(entry: E): readonly number[];
}

/** How entries lie in a table. */
export interface EntryColumns<E> {
  /** The names of the columns that it fills. */
  stored(entry: E): readonly string[];
  /** Takes it apart into the row of its key. */
  writeRow(place: RowPlace, entry: E): void;
  readRow(table: TableRows, row: number): E;
  /** Rows that can have timers. */
  timerRows(table: KeyTable): Iterable<number>;
  /** Writes what `encode` gives of these rows as `writeColumn` does. */
  writeValues(writer: ByteWriter, table: TableAtCut, order: Uint32Array): void;
  /** From what it wrote; null: they have to be read by entries. */
  readValues: ReadValues;
}

export function createKeyedState<E>(operator: string, place: ChainPlace, timerOffsetMs: number): KeyedState<E> {
  const { first, last } = keyGroupRange(place.subtask, place.maxParallelism, place.parallelism);
  return {
    operator,
    maxParallelism: place.maxParallelism,
    firstKeyGroup: first,
    groups: Array.from({ length: last - first + 1 }, () => null),
    timers: createTimerQueue(),
    timersBefore: 0,
    timersSet: 0,
    timerOffsetMs,
    lastSnapshot: 0,
    snapshot: null,
  };
}

/**
 * The place of the key's group in `groups`. A key of somebody else's group is the fault of user code: producers route by the same function, so
 * it gave another key for the same record there.
 */
export function groupIndexOf(keyed: KeyedState<unknown>, key: Key): number {
  return groupIndexOfHash(keyed, key, hashKey(key));
}

/** The same for whoever needs the hash of the key as well. */
export function groupIndexOfHash(keyed: KeyedState<unknown>, key: Key, hash: number): number {
  const index = keyGroupOfHash(hash, keyed.maxParallelism) - keyed.firstKeyGroup;
  if (index < 0 || index >= keyed.groups.length) throw foreignKey(keyed.operator, key);
  return index;
}

function foreignKey(operator: string, key: Key): UserCodeError {
  return new UserCodeError(
    operator,
    `gave a key that belongs to another subtask, ${showKey(key)}: its key function must give the same key for the same record each time`,
  );
}

/** What is remembered of a key. To change it: `prepareWrite`, change it, `writeEntry`. */
export function readEntry<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: number, mapKey: MapKey): E | undefined {
  const keys = keyed.groups[group] ?? null;
  if (keys === null || keys instanceof Map) return keys?.get(mapKey);
  const row = findRow(keys, mapKey, hashMapKey(mapKey));
  return row < 0 ? undefined : kind.readRow(keys, row);
}

/** Must come before any change of an entry that was read: an open snapshot keeps the group as it was. */
export function prepareWrite<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: number): void {
  const keys = keyed.groups[group] ?? null;
  if (keyed.snapshot !== null && (keys === null || keys instanceof Map)) preserve(keyed.snapshot, kind, group, keys);
}

/** Remembers an entry for a key, whether or not it has one. */
export function writeEntry<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: number, mapKey: MapKey, entry: E): void {
  prepareWrite(keyed, kind, group);
  const keys = keyed.groups[group] ?? createGroup(keyed, group);
  if (!(keys instanceof Map)) return writeToTable(keyed, kind, group, mapKey, entry);
  keys.set(mapKey, entry);
  if (keys.size > MAP_KEYS_MAX) turnIntoTable(keyed, kind, group);
}

function writeToTable<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: number, mapKey: MapKey, entry: E): void {
  const at = { keyed, group, table: keyed.groups[group] as KeyTable };
  const hash = hashMapKey(mapKey);
  const row = findRow(at.table, mapKey, hash);
  kind.writeRow(row < 0 ? insertRow(at, mapKey, hash, kind.stored(entry)) : { ...at, row }, entry);
}

/** Forgets a key. */
export function removeEntry<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: number, mapKey: MapKey): void {
  prepareWrite(keyed, kind, group);
  const keys = keyed.groups[group] ?? null;
  if (keys instanceof Map) keys.delete(mapKey);
  else if (keys !== null) {
    const row = findRow(keys, mapKey, hashMapKey(mapKey));
    if (row >= 0) deleteRow({ keyed, group, table: keys, row });
  }
  forgetEmpty(keyed, group);
}

/** A group without keys is null. */
export function forgetEmpty(keyed: KeyedState<unknown>, group: number): void {
  const keys = keyed.groups[group] ?? null;
  if (keys !== null && keysIn(keys) === 0) keyed.groups[group] = null;
}

export function keysIn(keys: ReadonlyMap<MapKey, unknown> | { readonly rows: number } | null): number {
  if (keys === null) return 0;
  return 'rows' in keys ? keys.rows : keys.size;
}

export function createGroup<E>(keyed: KeyedState<E>, group: number): Map<MapKey, E> {
  const keys = new Map<MapKey, E>();
  keyed.groups[group] = keys;
  return keys;
}

/** The Map that it was is kept for an open snapshot already: a key came in. */
export function turnIntoTable<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: number): void {
  const entries = keyed.groups[group] as Map<MapKey, E>;
  const [firstKey] = entries.keys() as Iterable<MapKey>;
  const table = createKeyTable(firstKey as MapKey);
  keyed.groups[group] = table;
  for (const [mapKey, entry] of entries) writeToTable(keyed, kind, group, mapKey, entry);
  forgetPresence(table);
}

function preserve<E>(
  snapshot: OpenSnapshot<E>,
  kind: EntryKind<E>,
  group: number,
  entries: ReadonlyMap<MapKey, E> | null,
): void {
  if (group < snapshot.next || snapshot.preserved.has(group) || snapshot.tables.has(group)) return;
  const copies = new Map<MapKey, E>();
  for (const [mapKey, entry] of entries ?? []) copies.set(mapKey, kind.copy(entry));
  snapshot.preserved.set(group, copies);
}

/** Begins a snapshot of the state as it is now, and returns its number. One that was not finished is given up. */
export function openSnapshot<E>(keyed: KeyedState<E>): number {
  keyed.lastSnapshot += 1;
  keyed.snapshot = { next: 0, preserved: new Map(), tables: new Map(), captured: [], entries: 0 };
  return keyed.lastSnapshot;
}

/** Entries that one step captures or restores, give or take those of its last group. */
export const ENTRIES_PER_STEP = 16_384;

/**
 * Captures and packs groups that hold something: up to `maxGroups`, and no more once they hold very many entries. Returns all of them once it is through,
 * which ends the snapshot; null: there is more to do.
 */
export function captureGroups<E>(
  keyed: KeyedState<E>,
  kind: EntryKind<E>,
  maxGroups: number,
): readonly KeyGroupSnapshot[] | null {
  const { snapshot } = keyed;
  assert(snapshot !== null, 'the snapshot was not begun, or is over');
  const enough = snapshot.entries + ENTRIES_PER_STEP;
  for (let left = maxGroups; left > 0 && snapshot.next < keyed.groups.length; snapshot.next += 1) {
    if (snapshot.entries >= enough) return null;
    const keys = groupAtCut(keyed, snapshot, snapshot.next);
    const count = keysIn(keys);
    if (keys === null || count === 0) continue;
    snapshot.captured.push(packGroup(keys, kind, keyed.firstKeyGroup + snapshot.next));
    snapshot.entries += count;
    snapshot.preserved.delete(snapshot.next);
    snapshot.tables.delete(snapshot.next);
    left -= 1;
  }
  if (snapshot.next < keyed.groups.length) return null;
  keyed.snapshot = null;
  return snapshot.captured;
}

function groupAtCut<E>(
  keyed: KeyedState<E>,
  { preserved, tables }: OpenSnapshot<E>,
  group: number,
): ReadonlyMap<MapKey, E> | TableAtCut | null {
  const live = keyed.groups[group] ?? null;
  const kept = tables.get(group);
  if (kept !== undefined) return tableAtCut(kept, live instanceof Map ? null : live);
  return preserved.get(group) ?? live;
}

function packGroup<E>(
  keys: ReadonlyMap<MapKey, E> | TableAtCut,
  kind: EntryKind<E>,
  keyGroup: number,
): KeyGroupSnapshot {
  if (keys instanceof Map) return packKeyGroup(keyGroup, encodeEntries(keys as ReadonlyMap<MapKey, E>, kind));
  const table = keys as TableAtCut;
  const order = sortedRows(table);
  return packColumns(keyGroup, table.rows, (writer) => {
    writeKeys(writer, table, order);
    kind.writeValues(writer, table, order);
  });
}

function encodeEntries<E>(entries: ReadonlyMap<MapKey, E>, kind: EntryKind<E>): readonly KeyedEntry[] {
  const encoded: KeyedEntry[] = [];
  for (const [mapKey, entry] of entries) encoded.push({ key: keyOfMapKey(mapKey), value: kind.encode(entry) });
  return encoded.sort((left, right) => compareKeys(left.key, right.key));
}

/** Restores a group with many keys; null: it must be read by entries. Else how many there were. */
export function restoreTable<E>(keyed: KeyedState<E>, kind: EntryKind<E>, packed: KeyGroupSnapshot): number | null {
  const group = packed.keyGroup - keyed.firstKeyGroup;
  if (keyed.groups[group] !== null) return null;
  const { maxParallelism } = keyed;
  const table = readTable(packed, maxParallelism, MAP_KEYS_MAX + 1, kind.readValues);
  if (table === null) return null;
  keyed.groups[group] = table;
  armTimersOf(keyed, kind, table);
  return table.rows;
}

/** Queues the timers of an entry that was restored. A tuple is frozen: several timers share it. */
export function armTimers<E>(keyed: KeyedState<E>, kind: EntryKind<E>, key: Key, entry: E): void {
  if (typeof key === 'object') Object.freeze(key);
  for (const time of kind.timersOf(entry)) pushTimer(keyed.timers, time + keyed.timerOffsetMs, key);
}

/** Builds the timer queue again from what is there. */
export function rebuildTimers<E>(keyed: KeyedState<E>, kind: EntryKind<E>): void {
  clearTimerQueue(keyed.timers);
  for (const keys of keyed.groups) {
    if (keys === null) continue;
    if (keys instanceof Map) for (const [mapKey, entry] of keys) armTimers(keyed, kind, keyOfMapKey(mapKey), entry);
    else armTimersOf(keyed, kind, keys);
  }
}

function armTimersOf<E>(keyed: KeyedState<E>, kind: EntryKind<E>, table: KeyTable): void {
  for (const row of kind.timerRows(table))
    armTimers(keyed, kind, keyOfMapKey(keyAt(table, row)), kind.readRow(table, row));
}
