// The byte formats of Millrace, read a second time: oracles must not believe the decoders of those whom they judge.
// A blob is: string format, varint version, varint length, value, CRC-32 of all before it (4 bytes, little endian).
// In a snapshot, the entries of a key group are bytes: a varint count, the column of the keys, the column of the values (read-bytes.ts).
import type { Key, Result } from '../../core/base/value.ts';
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import type { KeyedEntry, PendingTransaction, TaskSnapshot } from '../../core/checkpoint/snapshot.ts';
import type {
  CheckpointsRecord,
  CounterRecord,
  DrainsRecord,
  JobRecord,
  LeaderRecord,
  ResultRecord,
  SavepointRecord,
  UnreachedRecord,
} from '../../core/protocol/ha-records.ts';
import type { SnapshotHandle } from '../../core/protocol/messages.ts';
import {
  byteAt,
  columnAt,
  skipUnits,
  skipValue,
  stringAt,
  Unreadable,
  valueAt,
  varintAt,
  wordAt,
} from './read-bytes.ts';

/** A snapshot with the entries of all its key groups. */
export type ReadSnapshot = Omit<TaskSnapshot, 'operators'> & { readonly operators: readonly ReadOperator[] };

interface ReadOperator {
  readonly operator: string;
  readonly keyGroups: readonly { readonly keyGroup: number; readonly entries: readonly KeyedEntry[] }[];
}

export const readLeader = (bytes: Uint8Array): Result<LeaderRecord> =>
  readKnown<LeaderRecord>('millrace-leader', bytes, 2);
export const readPointers = (bytes: Uint8Array): Result<CheckpointsRecord> =>
  readKnown<CheckpointsRecord>('millrace-checkpoints', bytes);
export const readCounter = (bytes: Uint8Array): Result<CounterRecord> =>
  readKnown<CounterRecord>('millrace-counter', bytes);
export const readResult = (bytes: Uint8Array): Result<ResultRecord> =>
  readKnown<ResultRecord>('millrace-result', bytes, 20);

export const readDrains = (bytes: Uint8Array): Result<DrainsRecord> =>
  readKnown<DrainsRecord>('millrace-drains', bytes);
export const readUnreached = (bytes: Uint8Array): Result<UnreachedRecord> =>
  readKnown<UnreachedRecord>('millrace-unreached', bytes);
export const readSavepoint = (bytes: Uint8Array): Result<SavepointRecord> =>
  readKnown<SavepointRecord>('millrace-savepoint', bytes, 2);

/** Its graph is another matter. */
export const readJob = (bytes: Uint8Array): Result<Omit<JobRecord, 'graph'>> =>
  readKnown<Omit<JobRecord, 'graph'>>('millrace-job', bytes, 6);

/** The record of a job says so. */
export function isToBeDrained(bytes: Uint8Array): boolean {
  const record = readJob(bytes);
  return record.ok && record.value.wanted.kind === 'STOPPED' && record.value.wanted.drain;
}

/** A snapshot is read when its checkpoint is complete, and again when tasks restore it. */
const knownSnapshots = new WeakMap<Uint8Array, Result<ReadSnapshot>>();

export function readSnapshot(bytes: Uint8Array): Result<ReadSnapshot> {
  const before = knownSnapshots.get(bytes);
  if (before !== undefined) return before;
  const read = decodeSnapshot(bytes);
  knownSnapshots.set(bytes, read);
  return read;
}

function decodeSnapshot(bytes: Uint8Array): Result<ReadSnapshot> {
  const sealed = readSealed<TaskSnapshot>('millrace-snapshot', bytes, 3);
  if (!sealed.ok) return sealed;
  return attempt('millrace-snapshot', () => ({
    ...sealed.value,
    operators: sealed.value.operators.map(({ operator, keyGroups }) => ({
      operator,
      keyGroups: keyGroups.map(({ keyGroup, entries }) => ({ keyGroup, entries: entriesIn(entries) })),
    })),
  }));
}

function entriesIn(bytes: Uint8Array): readonly KeyedEntry[] {
  const cursor = { bytes, at: 0 };
  const count = varintAt(cursor);
  const keys = columnAt(cursor, count) as readonly Key[];
  const values = columnAt(cursor, count);
  if (cursor.at !== bytes.length) throw new Unreadable(`its entries end at byte ${cursor.at}, not ${bytes.length}`);
  return values.map((value, index) => ({ key: keys[index] as Key, value }));
}

export const readMetadata = (bytes: Uint8Array): Result<CheckpointMetadata> =>
  readKnown<CheckpointMetadata>('millrace-checkpoint', bytes, 3);

/** Transactions that a snapshot remembers; of no use to anybody if it cannot be read. */
const knownTransactions = new WeakMap<Uint8Array, readonly PendingTransaction[]>();

export function readTransactions(bytes: Uint8Array): readonly PendingTransaction[] {
  const before = knownTransactions.get(bytes);
  if (before !== undefined) return before;
  const transactions = findTransactions(bytes);
  knownTransactions.set(bytes, transactions);
  return transactions;
}

/** Walks over everything else: the keyed state before them is long, and nobody asked for it. */
function findTransactions(bytes: Uint8Array): readonly PendingTransaction[] {
  try {
    const cursor = { bytes, at: 0 };
    skipUnits(cursor);
    varintAt(cursor);
    varintAt(cursor);
    if (byteAt(cursor) !== 9) return [];
    for (let left = varintAt(cursor); left > 0; left--) {
      if (stringAt(cursor) === 'transactions') return valueAt(cursor) as unknown as readonly PendingTransaction[];
      skipValue(cursor);
    }
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof RangeError)) throw error;
  }
  return [];
}

/** What is wrong with the blob behind a handle, or null if it is there, whole, and the one that the handle was made for. */
export function damageOf(handle: SnapshotHandle, blobs: ReadonlyMap<string, Uint8Array>): string | null {
  const bytes = blobs.get(handle.name);
  if (bytes === undefined) return `${handle.name} is missing`;
  if (bytes.length !== handle.sizeBytes)
    return `${handle.name} has ${bytes.length} bytes, its handle says ${handle.sizeBytes}`;
  if (blobChecksum(bytes) !== handle.checksum) return `${handle.name} has another checksum than its handle`;
  return null;
}

/** The metadata that a pointer names, or why it cannot be read. */
export function metadataBehind(
  handle: SnapshotHandle,
  blobs: ReadonlyMap<string, Uint8Array>,
): Result<CheckpointMetadata> {
  const bytes = blobs.get(handle.name);
  return bytes === undefined ? { ok: false, reason: `${handle.name} is missing` } : readMetadata(bytes);
}

interface Known {
  readonly format: string;
  readonly version: number;
  readonly read: Result<unknown>;
}

/** Several oracles look at the same record; what is stored never changes, so what was read from it is kept beside it. */
const known = new WeakMap<Uint8Array, Known>();

function readKnown<T>(format: string, bytes: Uint8Array, version = 1): Result<T> {
  const before = known.get(bytes);
  if (before?.format === format && before.version === version) return before.read as Result<T>;
  const read = readSealed<T>(format, bytes, version);
  known.set(bytes, { format, version, read });
  return read;
}

function readSealed<T>(format: string, bytes: Uint8Array, version = 1): Result<T> {
  return attempt(format, () => unsealed(format, bytes, version) as T);
}

function unsealed(format: string, bytes: Uint8Array, version: number): unknown {
  const cursor = { bytes, at: 0 };
  const found = stringAt(cursor);
  const foundVersion = varintAt(cursor);
  if (found !== format || foundVersion !== version)
    throw new Unreadable(`version ${version} was expected, found ${found} ${foundVersion}`);
  const length = varintAt(cursor);
  const end = cursor.at + length;
  if (end + 4 !== bytes.length) throw new Unreadable(`${bytes.length} bytes, ${end + 4} expected`);
  const sealed = wordAt({ bytes, at: end });
  if (sealed !== blobChecksum(bytes)) throw new Unreadable('the checksum does not match');
  const value = valueAt(cursor);
  if (cursor.at !== end) throw new Unreadable(`its value ends at byte ${cursor.at}, not ${end}`);
  return value;
}

/** What is read, or why these bytes are not one of this format. */
function attempt<T>(format: string, read: () => T): Result<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof RangeError)) throw error;
    return { ok: false, reason: `${format}: ${error.message}` };
  }
}

/** What a byte comes to; then what it comes to when one, two, three zeros follow it. */
const checksumSteps = new Int32Array(4 * 256);
for (let at = 0; at < checksumSteps.length; at++) {
  let rest = at < 256 ? at : (checksumSteps[at - 256] as number);
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ ((rest & 1) * 0xedb88320);
  checksumSteps[at] = rest;
}

function stepOf(zeros: number, byte: number): number {
  return checksumSteps[zeros * 256 + (byte & 255)] as number;
}

const knownChecksums = new WeakMap<Uint8Array, number>();

const SEAL_BYTES = 4; // CRC-32 of all before it: with it, all whole blobs come to the same number

/** CRC-32 of what a blob holds, computed once; what its seal has to say. */
export function blobChecksum(bytes: Uint8Array): number {
  const before = knownChecksums.get(bytes);
  if (before !== undefined) return before;
  const checksum = checksumOf(bytes, Math.max(0, bytes.length - SEAL_BYTES));
  knownChecksums.set(bytes, checksum);
  return checksum;
}

/** CRC-32 (IEEE 802.3) of the first `length` bytes, four a turn. */
export function checksumOf(bytes: Uint8Array, length: number): number {
  let rest = -1;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    rest ^= (bytes[index] as number) | ((bytes[index + 1] as number) << 8);
    rest ^= ((bytes[index + 2] as number) << 16) | ((bytes[index + 3] as number) << 24);
    rest = stepOf(3, rest) ^ stepOf(2, rest >>> 8) ^ stepOf(1, rest >>> 16) ^ stepOf(0, rest >>> 24);
  }
  for (; index < length; index++) rest = stepOf(0, rest ^ (bytes[index] as number)) ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** Flink's key group of a key: Java's hash code of it through one round of MurmurHash3, modulo the number of groups. */
export function keyGroupFor(key: Key, maxParallelism: number): number {
  let word = Math.imul(javaHash(key), 0xcc9e2d51);
  word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
  word = (Math.imul((word << 13) | (word >>> 19), 5) + 0xe6546b64) ^ 4;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  word ^= word >>> 16;
  return (word === -(2 ** 31) ? 0 : Math.abs(word)) % maxParallelism;
}

/** The subtask that owns a key group. */
export function ownerOf(keyGroup: number, maxParallelism: number, parallelism: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism);
}

function javaHash(key: Key): number {
  if (typeof key === 'boolean') return key ? 1231 : 1237;
  if (typeof key === 'string') return javaHashOfText(key);
  if (typeof key === 'object') return folded(key.map(javaHash));
  if (typeof key === 'bigint') return Number(BigInt.asIntN(32, key ^ (key >> 32n)));
  if (Number.isInteger(key) && key >= -(2 ** 31) && key < 2 ** 31) return key | 0;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, key);
  return bits.getInt32(0) ^ bits.getInt32(4);
}

function javaHashOfText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

function folded(hashes: readonly number[]): number {
  return hashes.reduce((hash, next) => (Math.imul(hash, 31) + next) | 0, 0);
}
