// Checkpoint storage in a directory: a blob is a file under its name, published whole by a `link`, which fails if the name is taken. It never
// changes afterwards. Files under construction lie in `.temporary`, so nobody sees a torn one. Names with slashes become folders.
import { dirname, join, resolve } from 'node:path';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import { codeOf, nodeDisk, type Disk } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { onceDone } from './lanes.ts';
import { mistakeInName } from './path-names.ts';
import { afterPublishing, createPort, failed, publishing } from './port-answers.ts';
import type { Port } from './port.ts';
import { temporaryFiles, type TemporaryFiles } from './temporary-files.ts';

const FOLDER_TRIES_MAX = 10; // a folder may be tidied away while it is made, or before the link, each time by another deletion
/** How that looks. `ENOTDIR`: Node looks for a folder that it could not make because it was there, and is not any more. */
const TIDIED_AWAY: ReadonlySet<string> = new Set(['EEXIST', 'ENOENT', 'ENOTDIR']);

export interface StorageDirectoryOptions {
  readonly folder: string;
  /** For tests. */
  readonly disk?: Disk;
}

type StorageRequest = Extract<PortRequest, { readonly kind: `storage-${string}` }>;

interface StorageDirectory {
  readonly disk: Disk;
  readonly folder: string;
  readonly temporary: TemporaryFiles;
  readonly prepare: () => Promise<void>;
}

export function storageDirectory({ folder: place, disk = nodeDisk }: StorageDirectoryOptions): Port {
  const folder = resolve(place); // tidying stops there
  const temporaryFolder = join(folder, '.temporary');
  const temporary = temporaryFiles(disk, temporaryFolder);
  const prepare = onceDone(async () => {
    await makeDurableFolder(disk, folder, temporaryFolder);
    await temporary.sweep();
  });
  const storage = { disk, folder, temporary, prepare };
  return createPort(
    ['storage-put', 'storage-get', 'storage-list', 'storage-delete'],
    (request) => answerTo(storage, request),
    async () => {},
  );
}

async function answerTo(storage: StorageDirectory, request: StorageRequest): Promise<PortAnswer | PortFailed> {
  await storage.prepare();
  if (request.kind === 'storage-list') {
    await storage.temporary.sweep().catch(() => undefined); // housekeeping: the next listing tries again
    return { kind: 'listed', names: await list(storage, request.prefix) };
  }
  const mistake = mistakeInName(request.name);
  if (mistake !== null) return failed('not-applied', { kind: 'malformed-request', text: mistake });
  switch (request.kind) {
    case 'storage-put':
      return put(storage, request.name, request.bytes);
    case 'storage-get':
      return get(storage, request.name);
    case 'storage-delete':
      return remove(storage, request.name);
  }
}

// ---- Put

async function put(storage: StorageDirectory, name: string, bytes: Uint8Array): Promise<PortAnswer | PortFailed> {
  const path = join(storage.folder, name);
  const written = await storage.temporary.create(bytes);
  try {
    const there = await publish(storage, written, path);
    if (there !== null && !sameBytes(there, bytes)) return failed('not-applied', { kind: 'name-taken', name });
    await afterPublishing(storage.disk.syncFolder(dirname(path)));
    return { kind: 'stored' };
  } finally {
    await storage.disk.remove(written).catch(() => undefined); // else it is swept when the store is opened
  }
}

/** Gives the file its name. Returns the bytes that have that name already, null if it was free. */
async function publish(storage: StorageDirectory, written: string, path: string): Promise<Uint8Array | null> {
  const { disk } = storage;
  for (let tries = 1; ; tries++) {
    try {
      await makeDurableFolder(disk, storage.folder, dirname(path)); // which others may tidy away at any moment
      await publishing(disk.link(written, path));
      return null;
    } catch (error) {
      const there = codeOf(error) === 'EEXIST' ? await disk.read(path) : null;
      if (there !== null) return there;
      if (tries === FOLDER_TRIES_MAX || !TIDIED_AWAY.has(codeOf(error))) throw error;
    }
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

// ---- Get, list, delete

async function get(storage: StorageDirectory, name: string): Promise<PortAnswer> {
  const bytes = await storage.disk.read(join(storage.folder, name));
  return bytes === null ? { kind: 'not-found' } : { kind: 'loaded', bytes };
}

async function list(storage: StorageDirectory, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await storage.disk.list(join(storage.folder, folder))) {
      const name = folder + entry.name;
      if (entry.name.startsWith('.')) continue;
      if (entry.kind === 'file' && name.startsWith(prefix)) names.push(name);
      if (entry.kind === 'folder' && mayHold(`${name}/`, prefix)) folders.push(`${name}/`);
    }
  }
  return names.sort();
}

/** Whether names below a folder can begin with the prefix. */
function mayHold(folder: string, prefix: string): boolean {
  return folder.startsWith(prefix) || prefix.startsWith(folder);
}

async function remove(storage: StorageDirectory, name: string): Promise<PortAnswer> {
  const path = join(storage.folder, name);
  await publishing(storage.disk.remove(path));
  await afterPublishing(tidy(storage, dirname(path)));
  return { kind: 'deleted' };
}

/** Removes folders that became empty, and syncs the first that stays: the names below it are gone for good. */
async function tidy(storage: StorageDirectory, from: string): Promise<void> {
  const { disk } = storage;
  let folder = from;
  while (folder !== storage.folder && (await isGone(disk, folder))) folder = dirname(folder);
  await disk.syncFolder(folder).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error; // another deletion tidied it away
  });
}

async function isGone(disk: Disk, folder: string): Promise<boolean> {
  return (await disk.removeFolder(folder)) || !(await disk.isFolder(folder));
}
