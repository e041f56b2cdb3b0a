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

/** null: no blob of a checkpoint has this name. */
export function parseBlobName(name: string): BlobName | null {
  const blob = readMetadataName(name) ?? readSnapshotName(name);
  return blob !== null && nameOf(blob) === name ? blob : null; // leading zeros would give one blob two names
}

function readMetadataName(name: string): MetadataBlob | null {
  const found = /^([^/]+)\/chk-(\d{1,15})\/metadata-e(\d{1,15})$/.exec(name);
  if (found === null) return null;
  const [, jobId = '', checkpointId, epoch] = found;
  return { kind: 'metadata', jobId, checkpointId: Number(checkpointId), epoch: Number(epoch) };
}

function readSnapshotName(name: string): SnapshotBlob | null {
  const found = /^([^/]+)\/chk-(\d{1,15})\/(\d{1,15})-(\d{1,15})-e(\d{1,15})-a(\d{1,15})$/.exec(name);
  if (found === null) return null;
  const [, jobId = '', ...numbers] = found;
  const [checkpointId = 0, vertex = 0, subtask = 0, epoch = 0, attempt = 0] = numbers.map(Number);
  return { kind: 'snapshot', jobId, checkpointId, epoch, vertex, subtask, attempt };
}

function nameOf(blob: BlobName): string {
  const { jobId, checkpointId, epoch } = blob;
  return blob.kind === 'metadata' ? metadataName(jobId, checkpointId, epoch) : snapshotName(blob, checkpointId, epoch);
}
