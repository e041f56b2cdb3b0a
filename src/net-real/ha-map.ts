// The map that a log of HA entries comes to, and the conditions of a write against it. Nothing here touches a disk.
import { LEADER_KEY } from '../core/protocol/ha-keys.ts';
import type { HaEntry, PortAnswer, PortRequest } from '../core/protocol/ports.ts';
import { decodeLeader } from '../core/protocol/records-codec.ts';

export type HaRequest = Extract<PortRequest, { readonly kind: `ha-${string}` }>;
export type HaWrite = Extract<HaRequest, { readonly kind: 'ha-write' }>;

/** A key that is written; null deletes it. */
export interface KeyWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** What one entry of the log writes: keys of several writers' requests, each of them once, at a revision of its own. */
export interface LogEntry {
  readonly writes: readonly KeyWrite[];
}

export interface HaMap {
  /** Number of the last entry that was applied; the first one is 1. */
  applied: number;
  /** Of the last write of a key; the first one makes it 1. */
  revision: number;
  readonly entries: Map<string, HaEntry>;
  /** Revision at which a key that is not there was deleted: a watch must see that too. */
  readonly deletedAt: Map<string, number>;
  /** Deletions up to this revision are forgotten, but for those of `deletedAt`; 0: none. */
  forgottenAt: number;
}

/** The map as data, behind one of its entries. */
export interface MapSnapshot {
  readonly applied: number;
  readonly revision: number;
  readonly forgottenAt: number;
  readonly entries: readonly HaEntry[];
  readonly deletions: readonly Deletion[];
}

interface Deletion {
  readonly key: string;
  readonly revision: number;
}

export function createHaMap(): HaMap {
  return { applied: 0, revision: 0, entries: new Map(), deletedAt: new Map(), forgottenAt: 0 };
}

/** Deletions that a snapshot keeps, the latest: keys are deleted without end. */
export const DELETIONS_MAX = 1_000;

export function snapshotOf({ applied, revision, entries, deletedAt, forgottenAt }: HaMap): MapSnapshot {
  const deletions = Array.from(deletedAt, ([key, at]): Deletion => ({ key, revision: at })).sort(
    (one, other) => one.revision - other.revision,
  );
  const forgotten = deletions.splice(0, Math.max(0, deletions.length - DELETIONS_MAX));
  return {
    applied,
    revision,
    forgottenAt: Math.max(forgottenAt, forgotten.at(-1)?.revision ?? 0),
    entries: [...entries.values()],
    deletions,
  };
}

/** The map is as the snapshot has it. */
export function adoptSnapshot(map: HaMap, snapshot: MapSnapshot): void {
  map.applied = snapshot.applied;
  map.revision = snapshot.revision;
  map.forgottenAt = snapshot.forgottenAt;
  map.entries.clear();
  for (const entry of snapshot.entries) map.entries.set(entry.key, entry);
  map.deletedAt.clear();
  for (const { key, revision } of snapshot.deletions) map.deletedAt.set(key, revision);
}

/** Applies an entry, if it is the next one. */
export function applyEntry(map: HaMap, number: number, { writes }: LogEntry): void {
  if (number !== map.applied + 1) return;
  map.applied = number;
  for (const write of writes) {
    map.revision += 1;
    applyWrite(map, map.revision, write);
  }
}

function applyWrite(map: HaMap, revision: number, { key, value }: KeyWrite): void {
  if (value === null) {
    map.entries.delete(key);
    map.deletedAt.set(key, revision);
  } else {
    map.entries.set(key, { key, value, revision });
    map.deletedAt.delete(key);
  }
}

/** The epoch that holds now; 0: there never was a leader. */
export function leaderEpoch(map: HaMap): number {
  const stored = map.entries.get(LEADER_KEY);
  if (stored === undefined) return 0;
  const leader = decodeLeader(stored.value);
  return leader.ok ? leader.value.epoch : 0;
}

export function entryOf(map: HaMap, key: string): HaEntry | null {
  return map.entries.get(key) ?? null;
}

/**
 * Revision of the last write or deletion of a key; 0: it never was there. Of a key that is not there, and of which nothing is remembered, the latest at which
 * it may have been deleted: a watch that is told once too often looks again.
 */
export function changedAt(map: HaMap, key: string): number {
  return map.entries.get(key)?.revision ?? map.deletedAt.get(key) ?? map.forgottenAt;
}

export function holds(map: HaMap, write: HaWrite): boolean {
  const revision = map.entries.get(write.key)?.revision ?? 0;
  if (write.ifRevision !== null && write.ifRevision !== revision) return false;
  return write.ifEpoch === null || write.ifEpoch === leaderEpoch(map);
}

export function conflictOn(map: HaMap, key: string): PortAnswer {
  return { kind: 'ha-conflict', entry: entryOf(map, key), epoch: leaderEpoch(map) };
}

export function changeOf(map: HaMap, key: string): PortAnswer {
  return { kind: 'ha-changed', entry: entryOf(map, key), revision: map.revision };
}

export function readPrefix(map: HaMap, prefix: string): PortAnswer {
  const keys = [...map.entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  return { kind: 'ha-entries', entries: keys.map((key) => map.entries.get(key) as HaEntry), revision: map.revision };
}
