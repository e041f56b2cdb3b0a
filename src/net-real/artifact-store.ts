// Artifacts in the storage folder: `<storage>/artifacts/<sha256>.mjs`, a bundled module, written as a blob is. The collection of checkpoints takes no
// name for a blob that holds no checkpoint; old ones go by `artifact-sweep.ts`.
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Disk } from './disk.ts';
import { nodeDisk } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { storageDirectory } from './storage-directory.ts';

const FOLDER = 'artifacts';

/** A file beside them, in the storage folder: which artifact jobs had that are gone (artifact-sweep.ts). */
export const ARTIFACT_USERS = `${FOLDER}/users.json`;

export interface ArtifactPlace {
  /** The folder of checkpoint storage, which all processes of a cluster share. */
  readonly storage: string;
  /** For tests. */
  readonly disk?: Disk;
}

/** What is there under the name of a hash. */
export type FoundArtifact =
  | { readonly kind: 'whole'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'missing'; readonly path: string }
  /** `found`: the hash of its bytes. */
  | { readonly kind: 'damaged'; readonly path: string; readonly found: string };

/** Keeps an artifact, and returns its hash when it is durable. One that is there already stays; a damaged one is replaced. Throws what the disk says. */
export async function keepArtifact({
  storage,
  bytes,
  disk = nodeDisk,
}: ArtifactPlace & { readonly bytes: Uint8Array }): Promise<string> {
  const hash = hashOf(bytes);
  const there = await readArtifact({ storage, hash, disk });
  if (there.kind === 'damaged') await disk.remove(there.path);
  const store = storageDirectory({ folder: storage, disk });
  const put = () => store.request({ kind: 'storage-put', name: `${FOLDER}/${hash}.mjs`, bytes });
  let answer = await put();
  if (answer.kind === 'stored' && !(await disk.touch(there.path))) answer = await put(); // one that was there was swept meanwhile
  await store.close();
  if (answer.kind === 'stored') return hash;
  const why = answer.kind === 'failed' && answer.reason.kind === 'io' ? answer.reason.text : answer.kind;
  throw new Error(`the artifact ${hash} cannot be kept in ${there.path}: ${why}`);
}

/** @param hash a SHA-256, as 64 hexadecimal digits */
export async function readArtifact({
  storage,
  hash,
  disk = nodeDisk,
}: ArtifactPlace & { readonly hash: string }): Promise<FoundArtifact> {
  const path = artifactPath(storage, hash);
  const bytes = await disk.read(path);
  if (bytes === null) return { kind: 'missing', path };
  const found = hashOf(bytes);
  return found === hash ? { kind: 'whole', path, bytes } : { kind: 'damaged', path, found };
}

/** Hashes of all artifacts that are there. */
export async function listArtifacts({ storage, disk = nodeDisk }: ArtifactPlace): Promise<readonly string[]> {
  const names = (await disk.list(join(storage, FOLDER))).map(({ name }) => name);
  return names.flatMap((name) => /^([0-9a-f]{64})\.mjs$/.exec(name)?.[1] ?? []).sort();
}

/** Removes an artifact; nothing happens if it is not there. Jobs that run it cannot be deployed again. */
export async function removeArtifact({
  storage,
  hash,
  disk = nodeDisk,
}: ArtifactPlace & { readonly hash: string }): Promise<void> {
  const path = artifactPath(storage, hash);
  await makeDurableFolder(disk, resolve(storage), join(resolve(storage), FOLDER));
  await disk.remove(path);
  await disk.syncFolder(join(resolve(storage), FOLDER));
}

/** It is used now: whoever sweeps old ones leaves it (artifact-sweep.ts). False: it is not there. */
export function touchArtifact({
  storage,
  hash,
  disk = nodeDisk,
}: ArtifactPlace & { readonly hash: string }): Promise<boolean> {
  return disk.touch(artifactPath(storage, hash));
}

/** Whether the name of a file in the storage folder is that of an artifact. */
export function isArtifactName(name: string): boolean {
  return /^artifacts\/[0-9a-f]{64}\.mjs$/.test(name);
}

/** Whether a line of a stack is in an artifact, wherever the storage folder lies, and by whichever name. */
export function isInArtifact(frame: string): boolean {
  return /\/artifacts\/[0-9a-f]{64}\.mjs\b/.test(frame);
}

export function artifactPath(storage: string, hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error(`"${hash}" is no SHA-256 of an artifact`);
  return join(resolve(storage), FOLDER, `${hash}.mjs`);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
