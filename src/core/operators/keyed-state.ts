// Keyed state of one operator in one subtask, by key group, with snapshots that later updates do not reach (copy-on-write by key group).
// What an entry is, each kind of operator says in an `EntryKind`; entries may be changed in place after `prepareWrite`.
import { assert } from '../base/assert.ts';
import type { Key, Value } from '../base/value.ts';
import { packKeyGroup } from '../checkpoint/key-group-codec.ts';
import type { KeyedEntry, KeyGroupSnapshot } from '../checkpoint/snapshot.ts';
import { keyGroupOf, keyGroupRange } from '../graph/key-groups.ts';
import { compareKeys } from '../graph/keys.ts';
import { keyOfMapKey, type MapKey } from './map-key.ts';
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
  /** Entries by key; null: the group has none yet. */
  readonly groups: (Map<MapKey, E> | null)[];
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

interface OpenSnapshot<E> {
  /** Index of the first group that is not captured yet. */
  next: number;
  /** Groups that changed before they were captured, as they were when the snapshot began. */
  readonly preserved: Map<number, Map<MapKey, E>>;
  readonly captured: KeyGroupSnapshot[];
  /** How many entries those hold. */
  entries: number;
}

/** How entries of one kind of operator are copied, written and read. */
export interface EntryKind<E> {
  /** A copy that shares nothing which changes. */
  copy(entry: E): E;
  /** As data, the same for equal entries. */
  encode(entry: E): Value;
  /** Null if it was not written by `encode`. */
  decode(value: Value): E | null;
  /** The times in it that have a timer. */
  timersOf(entry: E): readonly number[];
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
  const index = keyGroupOf(key, keyed.maxParallelism) - keyed.firstKeyGroup;
  if (index < 0 || index >= keyed.groups.length) throw foreignKey(keyed.operator, key);
  return index;
}

function foreignKey(operator: string, key: Key): UserCodeError {
  return new UserCodeError(
    operator,
    `gave a key that belongs to another subtask, ${JSON.stringify(key)}: its key function must give the same key for the same record each time`,
  );
}

export function readEntry<E>(keyed: KeyedState<E>, group: number, mapKey: MapKey): E | undefined {
  return keyed.groups[group]?.get(mapKey);
}

/** Must come before any change of a group or of an entry in it: an open snapshot keeps the group as it was. */
export function prepareWrite<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: number): Map<MapKey, E> {
  const entries = keyed.groups[group] ?? createGroup(keyed, group);
  if (keyed.snapshot !== null) preserve(keyed.snapshot, kind, group, entries);
  return entries;
}

/** Forgets a key. Comes after `prepareWrite`, like any change. */
export function removeEntry<E>(keyed: KeyedState<E>, group: number, mapKey: MapKey): void {
  const entries = keyed.groups[group];
  entries?.delete(mapKey);
  if (entries?.size === 0) keyed.groups[group] = null;
}

function createGroup<E>(keyed: KeyedState<E>, group: number): Map<MapKey, E> {
  const entries = new Map<MapKey, E>();
  keyed.groups[group] = entries;
  return entries;
}

function preserve<E>(
  snapshot: OpenSnapshot<E>,
  kind: EntryKind<E>,
  group: number,
  entries: ReadonlyMap<MapKey, E>,
): void {
  if (group < snapshot.next || snapshot.preserved.has(group)) return;
  const copies = new Map<MapKey, E>();
  for (const [mapKey, entry] of entries) copies.set(mapKey, kind.copy(entry));
  snapshot.preserved.set(group, copies);
}

/** Begins a snapshot of the state as it is now, and returns its number. One that was not finished is given up. */
export function openSnapshot<E>(keyed: KeyedState<E>): number {
  keyed.lastSnapshot += 1;
  keyed.snapshot = { next: 0, preserved: new Map(), captured: [], entries: 0 };
  return keyed.lastSnapshot;
}

/** Captures and packs up to `maxGroups` groups that hold something. Returns all of them once it is through, which ends the snapshot; null: there is more to do. */
export function captureGroups<E>(
  keyed: KeyedState<E>,
  kind: EntryKind<E>,
  maxGroups: number,
): readonly KeyGroupSnapshot[] | null {
  const { snapshot } = keyed;
  assert(snapshot !== null, 'the snapshot was not begun, or is over');
  for (let left = maxGroups; left > 0 && snapshot.next < keyed.groups.length; snapshot.next += 1) {
    const entries = snapshot.preserved.get(snapshot.next) ?? keyed.groups[snapshot.next] ?? null;
    if (entries === null || entries.size === 0) continue;
    snapshot.captured.push(packKeyGroup(keyed.firstKeyGroup + snapshot.next, encodeEntries(entries, kind)));
    snapshot.entries += entries.size;
    snapshot.preserved.delete(snapshot.next);
    left -= 1;
  }
  if (snapshot.next < keyed.groups.length) return null;
  keyed.snapshot = null;
  return snapshot.captured;
}

function encodeEntries<E>(entries: ReadonlyMap<MapKey, E>, kind: EntryKind<E>): readonly KeyedEntry[] {
  const encoded: KeyedEntry[] = [];
  for (const [mapKey, entry] of entries) encoded.push({ key: keyOfMapKey(mapKey), value: kind.encode(entry) });
  return encoded.sort((left, right) => compareKeys(left.key, right.key));
}

/** Queues the timers of an entry that was restored. */
export function armTimers<E>(keyed: KeyedState<E>, kind: EntryKind<E>, key: Key, entry: E): void {
  for (const time of kind.timersOf(entry)) pushTimer(keyed.timers, time + keyed.timerOffsetMs, key);
}

/** Builds the timer queue again from what is there. */
export function rebuildTimers<E>(keyed: KeyedState<E>, kind: EntryKind<E>): void {
  clearTimerQueue(keyed.timers);
  for (const entries of keyed.groups) {
    if (entries === null) continue;
    for (const [mapKey, entry] of entries) armTimers(keyed, kind, keyOfMapKey(mapKey), entry);
  }
}
