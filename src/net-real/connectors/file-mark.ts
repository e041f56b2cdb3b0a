// A mark in a file of rows, `row:offset:fingerprint`: where the next row begins, and what the file is known by up to there. It goes into checkpoints, so
// that who is restored enters the file at that byte, and hears of it if the file is another one.
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Refusal } from '../refusal.ts';
import { enterAt, type RowIndex } from './row-index.ts';

const PRINT_BYTES = 1_024;

export async function markAt({ file, cursor }: RowIndex): Promise<string> {
  return `${cursor.row}:${cursor.offset}:${await fingerprint(file, cursor.offset)}`;
}

/** Enters a file at a mark, if the row that is wanted lies behind it. Throws where the bytes before the mark are not those that were read. */
export async function enterByMark(index: RowIndex, mark: string, first: number): Promise<void> {
  const [, row, offset, print] = /^(\d{1,15}):(\d{1,15}):([0-9a-f]+)$/.exec(mark) ?? [];
  if (row === undefined) throw new Refusal(`the mark of a checkpoint is none of a file: "${mark.slice(0, 80)}"`);
  const bytes = Number(offset);
  if (bytes > index.sizeBytes || (await fingerprint(index.file, bytes)) !== print)
    throw new Refusal(`it is not the file that was read: ${bytes} bytes were, and its first ${bytes} bytes are others`);
  if (Number(row) <= first) enterAt(index, Number(row), bytes);
}

/** Of the first and the last bytes before an offset, and of how many there are. */
async function fingerprint(file: FileHandle, offset: number): Promise<string> {
  const hash = createHash('sha256').update(`${offset}:`);
  hash.update(await bytesAt(file, 0, Math.min(PRINT_BYTES, offset)));
  if (offset > PRINT_BYTES) hash.update(await bytesAt(file, offset - PRINT_BYTES, PRINT_BYTES));
  return hash.digest('hex').slice(0, 32);
}

export async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}
