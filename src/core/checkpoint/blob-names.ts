// The names of blobs in storage: each is made here, and taken apart here. README.md shows them.
//
// A name holds the epoch of its leader, that of a snapshot the attempt as well: nobody writes under a name that another may use. It says who
// wrote the blob for which checkpoint, and never which checkpoints need it: that is said by the metadata that name it.
import type { AttemptId } from '../protocol/messages.ts';

/** Who wrote a blob, and for which checkpoint. */
interface WrittenFor {
  readonly jobId: string;
  readonly checkpointId: number;
  /** Of the leader under which it was written. */
  readonly epoch: number;
}

/** The metadata of a checkpoint. */
export interface MetadataBlob extends WrittenFor {
  readonly kind: 'metadata';
}

/** The snapshot of one attempt of a subtask. */
export interface SnapshotBlob extends WrittenFor {
  readonly kind: 'snapshot';
  readonly vertex: number;
  readonly subtask: number;
  readonly attempt: number;
}

/** What the name of a blob says. */
export type BlobName = MetadataBlob | SnapshotBlob;

/** What the names of all blobs of a job begin with. A job id has no `/`. */
export function blobPrefix(jobId: string): string {
  return `${jobId}/`;
}

/** What the names of all blobs begin with that were written for a checkpoint. */
export function blobPrefixOfCheckpoint(jobId: string, checkpointId: number): string {
  return `${blobPrefix(jobId)}chk-${checkpointId}/`;
}

export function metadataName(jobId: string, checkpointId: number, epoch: number): string {
  return `${blobPrefixOfCheckpoint(jobId, checkpointId)}metadata-e${epoch}`;
}

export function snapshotName(
  { jobId, vertex, subtask, attempt }: AttemptId,
  checkpointId: number,
  epoch: number,
): string {
  return `${blobPrefixOfCheckpoint(jobId, checkpointId)}${vertex}-${subtask}-e${epoch}-a${attempt}`;
}

/** null: no blob of a checkpoint has this name. Each listing asks for all names, so that none is matched by an expression. */
export function parseBlobName(name: string): BlobName | null {
  const slash = name.indexOf('/');
  if (slash <= 0 || !name.startsWith('chk-', slash + 1)) return null;
  const cursor: NameCursor = { name, at: slash + 1 + 'chk-'.length };
  const checkpointId = numberAt(cursor);
  if (checkpointId === NO_NUMBER || !isPassed(cursor, '/')) return null;
  const jobId = name.slice(0, slash);
  return isPassed(cursor, 'metadata-e')
    ? metadataAt(cursor, jobId, checkpointId)
    : snapshotAt(cursor, jobId, checkpointId);
}

interface NameCursor {
  readonly name: string;
  at: number;
}

function metadataAt(cursor: NameCursor, jobId: string, checkpointId: number): MetadataBlob | null {
  const epoch = numberAt(cursor);
  return epoch !== NO_NUMBER && isAtEnd(cursor) ? { kind: 'metadata', jobId, checkpointId, epoch } : null;
}

function snapshotAt(cursor: NameCursor, jobId: string, checkpointId: number): SnapshotBlob | null {
  const vertex = numberAt(cursor);
  const subtask = vertex !== NO_NUMBER && isPassed(cursor, '-') ? numberAt(cursor) : NO_NUMBER;
  const epoch = subtask !== NO_NUMBER && isPassed(cursor, '-e') ? numberAt(cursor) : NO_NUMBER;
  const attempt = epoch !== NO_NUMBER && isPassed(cursor, '-a') ? numberAt(cursor) : NO_NUMBER;
  if (attempt === NO_NUMBER || !isAtEnd(cursor)) return null;
  return { kind: 'snapshot', jobId, checkpointId, epoch, vertex, subtask, attempt };
}

const NO_NUMBER = -1;
const DIGITS_MAX = 15; // all such numbers are exact

/** The number that stands here, as it is written in a name, and moves behind it; NO_NUMBER: none does. Leading zeros would give one blob two names. */
function numberAt(cursor: NameCursor): number {
  const { name, at } = cursor;
  let end = at;
  let value = 0;
  for (let digit = digitAt(name, end); digit >= 0; digit = digitAt(name, end)) {
    value = value * 10 + digit;
    end += 1;
  }
  const digits = end - at;
  if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && digitAt(name, at) === 0)) return NO_NUMBER;
  cursor.at = end;
  return value;
}

const ZERO = 48;

/** 0 to 9, or -1. */
function digitAt(name: string, at: number): number {
  const digit = name.charCodeAt(at) - ZERO; // NaN behind the end
  return digit >= 0 && digit <= 9 ? digit : -1;
}

function isPassed(cursor: NameCursor, text: string): boolean {
  if (!cursor.name.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

function isAtEnd({ name, at }: NameCursor): boolean {
  return at === name.length;
}
