// Snapshot and restore of a chain, key group by key group, so that no step is long.
import { assert } from '../base/assert.ts';
import type { Result } from '../base/value.ts';
import { unpackKeyGroup } from '../checkpoint/key-group-codec.ts';
import type { KeyedEntry, KeyGroupSnapshot, OperatorSnapshot } from '../checkpoint/snapshot.ts';
import { keyGroupOf } from '../graph/key-groups.ts';
import { describeKeyProblem, showKey } from '../graph/keys.ts';
import { cutCalls, restoreCalls, takeCut } from './calls.ts';
import type { ChainState, KeyedChainState } from './chain-state.ts';
import {
  armTimers,
  captureGroups,
  ENTRIES_PER_STEP,
  openSnapshot,
  restoreTable,
  writeEntry,
  type EntryKind,
  type KeyedState,
} from './keyed-state.ts';
import { keyedRowOf } from './kinds.ts';
import { mapKeyOf } from './map-key.ts';

/** Which snapshot of a chain is being taken. */
export interface SnapshotCursor {
  readonly snapshot: number;
  /** Entries captured so far: what its steps cost. */
  entries: number;
}

/** How far a restore has come: the operator and the key group to go on with. */
export interface RestoreCursor {
  operator: number;
  keyGroup: number;
  /** Entries unpacked so far: what its steps cost. */
  entries: number;
}

/** Begins a snapshot of the chain as it is now; later updates do not show in it. One that was begun before and not finished is given up. */
export function beginSnapshot(chain: ChainState): SnapshotCursor {
  if (chain.calls !== undefined) cutCalls(chain.calls);
  return { snapshot: chain.keyed === null ? 0 : openSnapshot(chain.keyed.state), entries: 0 };
}

/** Gives up the snapshot that is being taken: from here on no change of a group keeps a copy for it. */
export function abandonSnapshot(chain: ChainState): void {
  if (chain.calls !== undefined) chain.calls.cut = null;
  if (chain.keyed !== null) chain.keyed.state.snapshot = null;
}

/** Captures up to `maxGroups` key groups. Returns the whole snapshot once it is through, and null while there is more to do. */
export function snapshotStep(
  chain: ChainState,
  cursor: SnapshotCursor,
  maxGroups: number,
): readonly OperatorSnapshot[] | null {
  if (chain.calls !== undefined) return takeCut(chain.calls);
  if (chain.keyed === null) return [];
  const { state } = chain.keyed;
  assert(cursor.snapshot === state.lastSnapshot, 'this snapshot was given up when a newer one began');
  const open = state.snapshot;
  const keyGroups = captureGroups(state, keyedRowOf(chain.keyed.kind).entries, maxGroups);
  cursor.entries = open?.entries ?? 0;
  return keyGroups === null ? null : [{ operator: state.operator, keyGroups }];
}

export function createRestoreCursor(): RestoreCursor {
  return { operator: 0, keyGroup: 0, entries: 0 };
}

/**
 * Restores up to `maxGroups` key groups into a fresh chain, and no more once they held very many entries, and arms their timers; true when it is through. Groups of other subtasks and state of other
 * operators are passed over. A reason says why the snapshots are not those of this chain.
 */
export function restoreStep(
  chain: ChainState,
  snapshots: readonly OperatorSnapshot[],
  cursor: RestoreCursor,
  maxGroups: number,
): Result<boolean> {
  const { keyed, calls } = chain;
  if (calls !== undefined) return restoreCalls(calls, snapshots);
  if (keyed === null) return { ok: true, value: true };
  const enough = cursor.entries + ENTRIES_PER_STEP;
  for (let left = maxGroups; left > 0 && cursor.entries < enough; left--) {
    const group = nextGroup(keyed, snapshots, cursor);
    if (group === null) return { ok: true, value: true };
    const restored = restoreEntries(keyed.state, keyedRowOf(keyed.kind).entries, group);
    if (!restored.ok)
      return {
        ok: false,
        reason: `operator "${keyed.state.operator}": key group ${group.keyGroup} of its snapshot ${restored.reason}`,
      };
    cursor.entries += restored.value;
  }
  return { ok: true, value: false };
}

/** The next group that is the chain's own, and moves the cursor behind it. */
function nextGroup(
  keyed: KeyedChainState,
  snapshots: readonly OperatorSnapshot[],
  cursor: RestoreCursor,
): KeyGroupSnapshot | null {
  for (; cursor.operator < snapshots.length; cursor.operator++, cursor.keyGroup = 0) {
    const { operator, keyGroups } = snapshots[cursor.operator] as OperatorSnapshot;
    if (operator !== keyed.state.operator) continue;
    while (cursor.keyGroup < keyGroups.length) {
      const group = keyGroups[cursor.keyGroup] as KeyGroupSnapshot;
      cursor.keyGroup += 1;
      const index = group.keyGroup - keyed.state.firstKeyGroup;
      if (index >= 0 && index < keyed.state.groups.length) return group;
    }
  }
  return null;
}

/** How many entries it has, or what is wrong with it. */
function restoreEntries<E>(keyed: KeyedState<E>, kind: EntryKind<E>, group: KeyGroupSnapshot): Result<number> {
  const rows = restoreTable(keyed, kind, group);
  if (rows !== null) return { ok: true, value: rows };
  const unpacked = unpackKeyGroup(group);
  const problem = unpacked.ok ? takeEntries(keyed, kind, group.keyGroup, unpacked.value) : unpacked.reason;
  if (problem !== null) return { ok: false, reason: problem };
  return { ok: true, value: unpacked.ok ? unpacked.value.length : 0 };
}

function takeEntries<E>(
  keyed: KeyedState<E>,
  kind: EntryKind<E>,
  keyGroup: number,
  read: readonly KeyedEntry[],
): string | null {
  const index = keyGroup - keyed.firstKeyGroup;
  if (keyed.groups[index] !== null) return 'comes more than once';
  for (const entry of read) {
    const problem = describeKeyProblem(entry.key) ?? checkGroup(keyed, entry, keyGroup);
    if (problem !== null) return `has a wrong key: ${problem}`;
    const decoded = kind.decode(entry.value);
    if (decoded === undefined) return `was not written by an operator of this kind`;
    writeEntry(keyed, kind, index, mapKeyOf(entry.key), decoded);
    armTimers(keyed, kind, entry.key, decoded);
  }
  return null;
}

function checkGroup(keyed: KeyedState<unknown>, entry: KeyedEntry, keyGroup: number): string | null {
  const right = keyGroupOf(entry.key, keyed.maxParallelism);
  return right === keyGroup ? null : `${showKey(entry.key)} belongs to key group ${right}`;
}
