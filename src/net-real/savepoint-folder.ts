// A savepoint as its files, wherever they lie: the folder `<job>/chk-<n>` of checkpoint storage, or a copy of it. All else may be gone: the cluster, its HA
// service, the rest of the storage. Whether it is whole is decided by the checksums in its metadata.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Result } from '../core/base/value.ts';
import { parseBlobName } from '../core/checkpoint/blob-names.ts';
import { checkHandle, handleOf } from '../core/checkpoint/handles.ts';
import { decodeMetadata } from '../core/checkpoint/metadata-codec.ts';
import type { CheckpointMetadata } from '../core/checkpoint/metadata.ts';
import { decodeTaskSnapshot } from '../core/checkpoint/snapshot-codec.ts';
import type { JobGraph } from '../core/graph/job-graph.ts';
import { savepointKey } from '../core/protocol/ha-keys.ts';
import { describeReason } from '../core/protocol/describe-reason.ts';
import type { SavepointRecord } from '../core/protocol/ha-records.ts';
import type { SnapshotHandle } from '../core/protocol/messages.ts';
import { decodeSavepoint, encodeSavepoint } from '../core/protocol/records-codec.ts';
import { keepArtifact } from './artifact-store.ts';
import { codeOf } from './disk.ts';
import type { HaService } from './ha-scheme.ts';
import { jobInArtifact } from './job-in-artifact.ts';
import { storageDirectory } from './storage-directory.ts';

/** A blob, and the file that holds it. */
interface FoundBlob {
  readonly handle: SnapshotHandle;
  readonly path: string;
}

/** Code that fits the savepoint, as an artifact. */
interface FoundCode {
  readonly path: string;
  /** Of its job. */
  readonly name: string;
}

export interface SavepointFolder {
  readonly metadata: CheckpointMetadata;
  /** The metadata first, then the snapshots. */
  readonly blobs: readonly FoundBlob[];
  /** When it was completed, in ms of wall time, as its file has it. */
  readonly completedAt: number;
  /** None: the job is to be submitted from its file. */
  readonly code: readonly FoundCode[];
  /** Artifacts beside it whose bytes are not those of their names. Nobody runs or copies them. */
  readonly damagedCode: readonly string[];
}

/** A savepoint that is whole, or what is wrong with it, as a sentence with the place. */
export function readSavepointFolder(folder: string): Result<SavepointFolder> {
  const found = findMetadata(folder);
  if (!found.ok) return found;
  const { path, epoch } = found.value;
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  const decoded = decodeMetadata(bytes.value);
  if (!decoded.ok) return refuse(`${path}: ${decoded.reason}`);
  const metadata = decoded.value;
  const name = `${metadata.jobId}/chk-${metadata.checkpointId}/${basename(path)}`;
  if (metadata.epoch !== epoch)
    return refuse(`${path} is the metadata of epoch ${metadata.epoch}: the file was renamed`);
  const own: FoundBlob = { handle: handleOf(name, bytes.value), path };
  const snapshots: FoundBlob[] = [];
  for (const { handle } of metadata.subtasks) {
    const snapshot = findSnapshot(folder, metadata, handle);
    if (!snapshot.ok) return snapshot;
    snapshots.push({ handle, path: snapshot.value });
  }
  const completedAt = Math.floor(statSync(path).mtimeMs);
  return { ok: true, value: { metadata, blobs: [own, ...snapshots], completedAt, ...findCode(folder, metadata) } };
}

const refuse = (reason: string): { readonly ok: false; readonly reason: string } => ({ ok: false, reason });

function findMetadata(folder: string): Result<{ readonly path: string; readonly epoch: number }> {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return refuse(`${folder} cannot be read (${codeOf(error)}): ${WHERE}`);
  }
  const found = names.flatMap((name) => {
    const blob = parseBlobName(`job/chk-1/${name}`);
    return blob?.kind === 'metadata' ? [{ name, blob }] : [];
  });
  const latest = found.toSorted((a, b) => b.blob.epoch - a.blob.epoch)[0]; // that of an earlier leader was never completed
  if (latest === undefined) return refuse(`${folder} holds no metadata of a savepoint: ${WHERE}`);
  return { ok: true, value: { path: join(folder, latest.name), epoch: latest.blob.epoch } };
}

const WHERE = 'a savepoint is the folder JOB/chk-NUMBER of the checkpoint storage, with a file metadata-eNUMBER in it';

function readBytes(path: string): Result<Uint8Array> {
  try {
    return { ok: true, value: new Uint8Array(readFileSync(path)) };
  } catch (error) {
    return refuse(`${path} cannot be read (${codeOf(error)})`);
  }
}

/** Its path, if it is whole. A retained checkpoint may need files that were written for others. */
function findSnapshot(
  folder: string,
  { jobId, checkpointId }: CheckpointMetadata,
  handle: SnapshotHandle,
): Result<string> {
  const isOwn = handle.name.startsWith(`${jobId}/chk-${checkpointId}/`);
  const path = isOwn ? join(folder, basename(handle.name)) : join(folder, '..', '..', handle.name);
  if (!existsSync(path)) return refuse(`${path} is missing: the savepoint needs it, and cannot be restored without it`);
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  const { length } = bytes.value;
  if (length !== handle.sizeBytes)
    return refuse(`${path} has ${length} bytes in place of ${handle.sizeBytes}: it was not copied whole`);
  const opened = decodeTaskSnapshot(bytes.value);
  if (!opened.ok) return refuse(`${path}: ${opened.reason}`);
  return checkHandle(handle, bytes.value).ok
    ? { ok: true, value: path }
    : refuse(`${path} is whole, and not the file that the metadata names: it is of another savepoint`);
}

// ---- Code

/** Artifacts in the folder, or in that of artifacts where the storage was copied, whose job has all operators of the savepoint. */
function findCode(folder: string, metadata: CheckpointMetadata): Pick<SavepointFolder, 'code' | 'damagedCode'> {
  const ids = metadata.vertices.flatMap(({ operators }) => operators.map(({ id }) => id));
  const [code, damagedCode]: [FoundCode[], string[]] = [[], []];
  for (const path of [folder, join(dirname(dirname(folder)), 'artifacts')].flatMap(modulesIn)) {
    const bytes = readBytes(path);
    if (!bytes.ok) continue;
    const job = jobInArtifact(bytes.value);
    if (!isAsNamed(path, bytes.value)) damagedCode.push(path);
    else if (job.ok && hasAll(job.value, ids)) code.push({ path, name: job.value.name });
  }
  return { code, damagedCode };
}

/** Under a name of somebody's own it may hold anything. */
function isAsNamed(path: string, bytes: Uint8Array): boolean {
  const hash = /^([0-9a-f]{64})\.mjs$/.exec(basename(path))?.[1];
  return hash === undefined || hash === createHash('sha256').update(bytes).digest('hex');
}

function modulesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => join(folder, name));
}

function hasAll({ operators }: JobGraph, ids: readonly string[]): boolean {
  const known = new Set(operators.map(({ id }) => id));
  return ids.every((id) => known.has(id));
}

// ---- Into another cluster

export interface Adoption {
  readonly savepointId: string;
  /** The folder of checkpoint storage of the cluster, none of whose processes runs. */
  readonly storage: string;
  readonly ha: HaService;
  /** Of whoever does it. */
  readonly work: string;
}

/** Makes the savepoint one of a cluster: files first, then the record that names them. Repeated, it does nothing. Rejects with a sentence. */
export async function adoptSavepoint(
  found: SavepointFolder,
  { savepointId, storage, ha, work }: Adoption,
): Promise<void> {
  const store = storageDirectory({ folder: storage });
  for (const { handle, path } of found.blobs) {
    const bytes = readBytes(path);
    if (!bytes.ok) throw new Error(bytes.reason);
    const answer = await store.request({ kind: 'storage-put', name: handle.name, bytes: bytes.value });
    if (answer.kind !== 'stored')
      throw new Error(`${path} cannot be copied to ${storage}: ${whyNot(answer)}${adviceOn(answer, found)}`);
  }
  await store.close();
  for (const { path } of found.code) await keepArtifact({ storage, bytes: new Uint8Array(readFileSync(path)) });
  await ha.clusterId(work);
  const port = ha.open();
  try {
    const record = recordOf(found, savepointId);
    const key = savepointKey(record.jobId, savepointId);
    const value = encodeSavepoint(record);
    const answer = await port.request({ kind: 'ha-write', key, value, ifRevision: 0, ifEpoch: null });
    if (answer.kind === 'ha-written') return;
    if (answer.kind !== 'ha-conflict') throw new Error(`the HA service does not take the savepoint: ${whyNot(answer)}`);
    if (answer.entry === null || !isSame(answer.entry.value, record))
      throw new Error(
        `this cluster has another savepoint ${savepointId} of job ${record.jobId}: give this one another name`,
      );
  } finally {
    await port.close();
  }
}

/** But for the time of its file, which is another one when it was copied again. */
function isSame(value: Uint8Array, record: SavepointRecord): boolean {
  const there = decodeSavepoint(value);
  if (!there.ok) return false;
  const completedAt = 0;
  return (
    Buffer.compare(encodeSavepoint({ ...there.value, completedAt }), encodeSavepoint({ ...record, completedAt })) === 0
  );
}

function recordOf({ metadata, blobs, completedAt }: SavepointFolder, savepointId: string): SavepointRecord {
  const { jobId, checkpointId } = metadata;
  const [own] = blobs as readonly [FoundBlob];
  const isWhole = blobs.every(({ handle }) => handle.name.startsWith(`${jobId}/chk-${checkpointId}/`));
  const kind = isWhole ? 'savepoint' : 'checkpoint';
  return { kind, jobId, savepointId, checkpointId, metadata: own.handle, completedAt, disposed: false };
}

type Answer = Awaited<ReturnType<ReturnType<HaService['open']>['request']>>;

/** Of two jobs with one id, whose checkpoints have the same numbers. */
function adviceOn(answer: Answer, { metadata: { jobId, checkpointId } }: SavepointFolder): string {
  if (answer.kind !== 'failed' || answer.reason.kind !== 'name-taken') return '';
  return `; this storage has a checkpoint ${checkpointId} of another job ${jobId}: adopt it in a cluster with a storage of its own`;
}

function whyNot(answer: Answer): string {
  return answer.kind === 'failed' ? describeReason(answer.reason) : `it answered ${answer.kind}`;
}
