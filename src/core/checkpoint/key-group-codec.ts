// The entries of a key group as bytes: how many, then their keys and their values as columns. Packed when they are captured and unpacked when
// they are restored, so that no step of a task has to do with more than some groups, and no object outlives its step.
import {
  createByteWriter,
  MalformedBytes,
  readVarint,
  takeBytes,
  writeVarint,
  type ByteReader,
  type ByteWriter,
} from '../base/bytes.ts';
import { readColumn, writeColumn } from '../base/columns.ts';
import type { Key, Result, Value } from '../base/value.ts';
import type { KeyedEntry, KeyGroupSnapshot } from './snapshot.ts';

/** Written into for one call at a time; it keeps its size, so that no group makes it grow again. */
// millrace-lint-ignore module-state: scratch, emptied before it is written
const scratch: ByteWriter = createByteWriter(65_536);

export function packKeyGroup(keyGroup: number, entries: readonly KeyedEntry[]): KeyGroupSnapshot {
  return packColumns(keyGroup, entries.length, (writer) => {
    writeColumn(writer, entries.map(keyOf));
    writeColumn(writer, entries.map(valueOf));
  });
}

/** The same of so many entries whose keys, then values, are written by the function. Frozen, so that copies of a state share it. */
export function packColumns(keyGroup: number, count: number, write: (writer: ByteWriter) => void): KeyGroupSnapshot {
  scratch.length = 0;
  writeVarint(scratch, count);
  write(scratch);
  return Object.freeze({ keyGroup, entries: takeBytes(scratch) });
}

const keyOf = (entry: KeyedEntry): Value => entry.key;
const valueOf = (entry: KeyedEntry): Value => entry.value;

/** The entries, or what is wrong with the bytes. Whether the keys are keys, and of this group, is the affair of whoever restores them. */
export function unpackKeyGroup({ entries }: KeyGroupSnapshot): Result<readonly KeyedEntry[]> {
  const reader = { bytes: entries, at: 0 };
  try {
    const value = readEntries(reader);
    if (reader.at === entries.length) return { ok: true, value };
    return { ok: false, reason: `has ${entries.length - reader.at} bytes too many` };
  } catch (error) {
    if (error instanceof MalformedBytes) return { ok: false, reason: `is damaged: ${error.message}` };
    throw error;
  }
}

function readEntries(reader: ByteReader): readonly KeyedEntry[] {
  const count = readVarint(reader);
  const keys = readColumn(reader, count) as Key[];
  const values = readColumn(reader, count);
  return keys.map((key, index) => ({ key, value: values[index] as Value }));
}
