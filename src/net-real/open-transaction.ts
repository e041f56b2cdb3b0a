// A transaction under construction: chunks as text in a file, as the format of its sink has them, strictly in their order. It lives in the memory of the process that writes
// it, as the attempt does that it belongs to: without both it is given up.
import { crc32 } from 'node:zlib';
import type { Value } from '../core/base/value.ts';
import type { EncodedChunk, SinkMemo } from './connectors/connector.ts';
import type { Disk, DiskFile } from './disk.ts';
import { describeError } from './port-answers.ts';
import { Refusal } from './refusal.ts';

export interface OpenTransaction {
  readonly path: string;
  readonly file: DiskFile;
  chunks: number;
  /** What the format of the sink keeps from chunk to chunk. */
  memo: SinkMemo | null;
  /** What counts; a torn chunk may lie behind it, and the next one is written over it. */
  sizeBytes: number;
  /** Of what counts, as it was before it was written. */
  crc32: number;
  /** Nothing is added any more, and the file is closed. */
  synced: boolean;
  /** A sync failed: the system may have dropped what it could not write, and would say nothing at the next one. */
  lost: boolean;
}

/** Throws a sentence where the format cannot say a record. */
export type EncodeChunk = (records: readonly Value[], memo: SinkMemo | null) => EncodedChunk;

export async function beginTransaction(disk: Disk, path: string): Promise<OpenTransaction> {
  const nothing = { chunks: 0, memo: null, sizeBytes: 0, crc32: 0 };
  return { path, file: await disk.openEmpty(path), ...nothing, synced: false, lost: false };
}

/** False: a chunk is missing before this one. One that is there already stays as it is. */
export async function addChunk(
  open: OpenTransaction,
  chunk: number,
  records: readonly Value[],
  encode: EncodeChunk,
): Promise<boolean> {
  if (chunk !== open.chunks) return chunk < open.chunks;
  const { text, memo } = encodedBy(encode, records, open.memo);
  const bytes = encoder.encode(text);
  await open.file.writeAt(open.sizeBytes, bytes);
  open.sizeBytes += bytes.length;
  open.crc32 = crc32(bytes, open.crc32);
  open.chunks += 1;
  open.memo = memo;
  return true;
}

function encodedBy(encode: EncodeChunk, records: readonly Value[], memo: SinkMemo | null): EncodedChunk {
  try {
    return encode(records, memo);
  } catch (error) {
    throw new Refusal(describeError(error), { cause: error }); // the same records would meet it again
  }
}

/** The content survives from here on. */
export async function syncTransaction(open: OpenTransaction): Promise<void> {
  if (open.synced) return;
  await open.file.truncate(open.sizeBytes);
  try {
    await open.file.sync();
  } catch (error) {
    open.lost = true;
    throw error;
  }
  await closeTransaction(open);
}

/** It takes no more; what it has so far is of no use unless it is synced. */
export async function closeTransaction(open: OpenTransaction): Promise<void> {
  if (open.synced) return;
  open.synced = true;
  await open.file.close();
}

const encoder = new TextEncoder();
