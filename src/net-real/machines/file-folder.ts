// The real port of `fileStore`: a folder of one node, flat, as names of the store are no folders. Requests run one after the other. The first one
// syncs what a process before left: what is read once is not lost later.
import { join, resolve } from 'node:path';
import type { Failed } from '../../core/base/vocabulary.ts';
import type { FileAnswer, FileRequest } from '../../sim/services/file-store.ts';
import { codeOf, nodeDisk, type Disk } from '../disk.ts';
import { makeDurableFolder } from '../durable-folders.ts';
import type { HostPort } from '../host.ts';
import { createLane, onceDone } from '../lanes.ts';
import { afterPublishing, answered } from '../port-answers.ts';

export interface FileFolderOptions {
  /** Of one node; made if it is not there. */
  readonly folder: string;
  /** For tests. */
  readonly disk?: Disk;
}

export interface FileVocabulary {
  readonly bodies: object;
  readonly request: FileRequest;
  readonly answer: FileAnswer;
}

type RequestOf<K> = Extract<FileRequest, { readonly kind: K }>;

export function fileStoreFolder({ folder: place, disk = nodeDisk }: FileFolderOptions): HostPort<FileVocabulary> {
  const folder = resolve(place);
  const lane = createLane();
  const prepare = onceDone(() => prepareFolder(disk, folder));
  return {
    serves: [
      'file-write',
      'file-append',
      'file-read',
      'file-rename',
      'file-delete',
      'file-list',
      'file-sync',
      'folder-sync',
    ],
    request: (request) => answered(() => lane(() => prepare().then(() => answer(disk, folder, request)))),
    close: () => lane(async () => {}),
  };
}

async function prepareFolder(disk: Disk, folder: string): Promise<void> {
  await makeDurableFolder(disk, folder, folder);
  for (const { name, kind } of await disk.list(folder)) if (kind === 'file') await syncFile(disk, join(folder, name));
  await disk.syncFolder(folder);
}

async function syncFile(disk: Disk, path: string): Promise<void> {
  const file = await disk.openKept(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function answer(disk: Disk, folder: string, request: FileRequest): Promise<FileAnswer | Failed> {
  const at = (name: string): string => join(folder, fileNameOf(name));
  switch (request.kind) {
    case 'file-write':
    case 'file-append':
      return write(disk, at(request.path), request);
    case 'file-read':
      return { kind: 'file-content', path: request.path, content: await disk.read(at(request.path)) };
    case 'file-rename':
      return rename(disk, request, at);
    case 'file-delete':
      await afterPublishing(disk.remove(at(request.path)));
      return { kind: 'file-deleted', path: request.path };
    case 'file-list':
      return { kind: 'file-names', paths: await list(disk, folder, request.prefix) };
    case 'file-sync':
      return sync(disk, at(request.path), request.path);
    case 'folder-sync':
      await afterPublishing(disk.syncFolder(folder));
      return { kind: 'folder-synced' };
  }
}

const PREFIX = 'file-'; // so that no name is `..`

function fileNameOf(path: string): string {
  return PREFIX + encodeURIComponent(path);
}

async function write(
  disk: Disk,
  file: string,
  { kind, path, content, sync: isSynced }: RequestOf<'file-write' | 'file-append'>,
): Promise<FileAnswer> {
  await afterPublishing(kind === 'file-append' ? disk.append(file, content) : rewrite(disk, file, content));
  if (isSynced) await afterPublishing(syncFile(disk, file));
  return { kind: 'file-written', path, sizeBytes: (await disk.sizeOf(file)) ?? 0 };
}

async function rewrite(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const file = await disk.openEmpty(path);
  try {
    await file.writeAt(0, content);
  } finally {
    await file.close();
  }
}

async function rename(
  disk: Disk,
  { from, to }: RequestOf<'file-rename'>,
  at: (name: string) => string,
): Promise<FileAnswer> {
  try {
    await disk.rename(at(from), at(to));
    return { kind: 'file-renamed', from, to };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'file-missing', path: from };
    return afterPublishing(Promise.reject(error as Error));
  }
}

async function list(disk: Disk, folder: string, prefix: string): Promise<readonly string[]> {
  const names = (await disk.list(folder)).map(({ name }) => decodeURIComponent(name.slice(PREFIX.length)));
  return names.filter((name) => name.startsWith(prefix)).sort();
}

async function sync(disk: Disk, file: string, path: string): Promise<FileAnswer> {
  if (!(await disk.isFile(file))) return { kind: 'file-missing', path };
  await afterPublishing(syncFile(disk, file));
  return { kind: 'file-synced', path };
}
