// About how many bytes the keyed state of a chain takes in memory: an estimate in bounded time, for whoever must choose among several.
import type { Value } from '../base/value.ts';
import type { ChainState } from './chain-state.ts';
import type { KeyGroup } from './keyed-state.ts';
import type { KeyTable } from './key-table.ts';
import type { StateColumn } from './state-column.ts';

/** Entries that are looked at; what the others take is extrapolated from these. */
const ENTRIES_MAX = 262_144;
/** Items of a list that are looked at, spread over it. */
const ITEMS_MAX = 16;
const DEPTH_MAX = 8;

/** Of V8 on 64 bits: a pointer or a number in place; the head of an object or array; one entry of a map beside its key and value. */
const WORD_BYTES = 8;
const HEAD_BYTES = 16;
const ENTRY_BYTES = 3 * WORD_BYTES;

export function stateBytesOf({ keyed }: ChainState): number {
  if (keyed === null) return 0;
  const groups = (keyed.state.groups as readonly (KeyGroup<unknown> | null)[]).flatMap((one) => one ?? []);
  const tables = groups.flatMap((one) => (one instanceof Map ? [] : [one]));
  const columns = tables.reduce((sum, table) => sum + bytesOfTable(table), 0);
  return columns + bytesOfMaps(groups.filter((one) => one instanceof Map));
}

function bytesOfMaps(groups: readonly ReadonlyMap<unknown, unknown>[]): number {
  let [entries, seen, bytes] = [0, 0, 0];
  for (const group of groups) entries += group.size;
  const share = Math.ceil(ENTRIES_MAX / Math.max(1, groups.length)); // of each group, so that no group is passed over
  for (const group of groups) {
    let left = share;
    for (const [key, entry] of group) {
      if (left === 0) break;
      bytes += ENTRY_BYTES + bytesOf(key, 0) + bytesOf(entry, 0);
      left -= 1;
      seen += 1;
    }
  }
  return seen === 0 ? 0 : Math.round((bytes * entries) / seen);
}

function bytesOfTable({ index, crowded, keys, columns, present, rest }: KeyTable): number {
  const all = [keys, ...columns, ...present.filter((one) => one !== null)];
  const cells = all.reduce((sum, column) => sum + bytesOfColumn(column), 0);
  return index.byteLength + crowded.size * ENTRY_BYTES + cells + bytesOfRest(rest);
}

function bytesOfColumn({ kind, cells, fields }: StateColumn): number {
  if (kind === 'fields') return fields.reduce((sum, field) => sum + bytesOfColumn(field), 0);
  return Array.isArray(cells) ? bytesOfList(cells, 0) : cells.byteLength;
}

/** Of some, what is extrapolated to all. */
function bytesOfRest(rest: ReadonlyMap<number, Value>): number {
  const some = [...rest.values()].slice(0, ITEMS_MAX);
  return some.length === 0 ? 0 : rest.size * (ENTRY_BYTES + bytesOf(some, 0) / some.length);
}

function bytesOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return HEAD_BYTES + value.length;
  if (typeof value === 'bigint') return HEAD_BYTES + WORD_BYTES;
  if (typeof value !== 'object' || value === null) return WORD_BYTES;
  if (ArrayBuffer.isView(value)) return HEAD_BYTES + value.byteLength;
  if (depth === DEPTH_MAX) return HEAD_BYTES;
  return Array.isArray(value) ? bytesOfList(value, depth) : bytesOfFields(value, depth);
}

function bytesOfList(items: readonly unknown[], depth: number): number {
  const looks = Math.min(items.length, ITEMS_MAX);
  let bytes = 0;
  for (let look = 0; look < looks; look++)
    bytes += WORD_BYTES + bytesOf(items[Math.floor((look * items.length) / looks)], depth + 1);
  return HEAD_BYTES + (looks === 0 ? 0 : (bytes * items.length) / looks);
}

function bytesOfFields(value: object, depth: number): number {
  let bytes = HEAD_BYTES;
  for (const field of Object.values(value)) bytes += WORD_BYTES + bytesOf(field, depth + 1);
  return bytes;
}
