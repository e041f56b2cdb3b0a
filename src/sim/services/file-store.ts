// Files on the disk of each node, with the semantics of fsync. When the node dies, the changes of a file that were not synced may be lost, the
// latest first, and of the oldest lost one the first bytes may remain: a file that was written anew may be empty. Names (a file that was made,
// renamed or deleted) are not the file's but the folder's: they may be lost too, the latest first, until the folder is synced.
import type { Address } from '../../core/base/machine.ts';
import type { Service } from '../service.ts';
import { contentOf, createDisk, deleteFile, fileAt, moveFile, syncFolder, tearDisk, writeFile } from './disk.ts';
import type { Disk } from './disk.ts';
import { aboutBytes } from './size.ts';

/** What a machine asks of a `fileStore`: each node has its own disk. `sync`: the file's content is durable when it is answered. */
export type FileRequest =
  /** In place of what the file has; makes it if it is not there. */
  | { readonly kind: 'file-write'; readonly path: string; readonly content: Uint8Array; readonly sync: boolean }
  /** Behind what the file has; makes it if it is not there. */
  | { readonly kind: 'file-append'; readonly path: string; readonly content: Uint8Array; readonly sync: boolean }
  | { readonly kind: 'file-read'; readonly path: string }
  /** At once, in place of a file that has the other name: nobody sees neither. */
  | { readonly kind: 'file-rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'file-delete'; readonly path: string }
  /** All names that begin like this, in order; an empty text: all. */
  | { readonly kind: 'file-list'; readonly prefix: string }
  /** The content of a file is durable when this is answered; its name may not be. */
  | { readonly kind: 'file-sync'; readonly path: string }
  /** All names are durable when this is answered. */
  | { readonly kind: 'folder-sync' };

/** What a `fileStore` answers. */
export type FileAnswer =
  /** Written or appended: so many bytes are in the file now. */
  | { readonly kind: 'file-written'; readonly path: string; readonly sizeBytes: number }
  /** Null: there is no such file. */
  | { readonly kind: 'file-content'; readonly path: string; readonly content: Uint8Array | null }
  | { readonly kind: 'file-renamed'; readonly from: string; readonly to: string }
  /** It is not there; also if it never was. */
  | { readonly kind: 'file-deleted'; readonly path: string }
  | { readonly kind: 'file-names'; readonly paths: readonly string[] }
  | { readonly kind: 'file-synced'; readonly path: string }
  | { readonly kind: 'folder-synced' }
  /** To rename or sync what is not there. */
  | { readonly kind: 'file-missing'; readonly path: string };

/** State of a file store: the disks of all nodes. */
export interface FileState {
  readonly disks: Map<Address, Disk>;
}

type RequestOf<K> = Extract<FileRequest, { readonly kind: K }>;

/**
 * A disk for each node. A file that is replaced safely is written beside, synced, renamed, and the folder is synced; each step waits for the answer
 * to the one before, as requests may overtake each other:
 *
 *     out.request(1, { kind: 'file-write', path: 'vote.new', content: bytes, sync: true });
 *     out.request(2, { kind: 'file-rename', from: 'vote.new', to: 'vote' }); // when 1 was answered
 *     out.request(3, { kind: 'folder-sync' }); // when 2 was answered; 3 being answered, the vote may be sent
 *
 * @param name of the service, in decision streams and for `view.service(name)`.
 */
export function fileStore(name = 'files'): Service<FileState, FileRequest> {
  return {
    name,
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
    isLocal: true,
    create: () => ({ disks: new Map() }),
    apply: (state, request, caller) => [{ caller, answer: answerOf(diskOf(state, caller.node), request) }],
    forget: () => {},
    sizeOf: (request) =>
      request.kind === 'file-write' || request.kind === 'file-append' ? aboutBytes(request.content) : 0,
    writes: ({ kind }) => kind !== 'file-read' && kind !== 'file-list',
    onCrash: (state, node, choose) => {
      const lost = tearDisk(diskOf(state, node), choose);
      return lost.length === 0 ? null : lost.join(', ');
    },
  };
}

/** What a node would read from a file of its disk; null: there is none. */
export function fileContent(state: FileState, node: Address, path: string): Uint8Array | null {
  const disk = state.disks.get(node);
  return disk === undefined ? null : contentOf(disk, path);
}

function diskOf(state: FileState, node: Address): Disk {
  const disk = state.disks.get(node) ?? createDisk();
  state.disks.set(node, disk);
  return disk;
}

function answerOf(disk: Disk, request: FileRequest): FileAnswer {
  switch (request.kind) {
    case 'file-write':
    case 'file-append':
      return write(disk, request);
    case 'file-read':
      return { kind: 'file-content', path: request.path, content: contentOf(disk, request.path) };
    case 'file-rename':
      return rename(disk, request);
    case 'file-delete':
      if (fileAt(disk, request.path) !== null) deleteFile(disk, request.path);
      return { kind: 'file-deleted', path: request.path };
    case 'file-list':
      return {
        kind: 'file-names',
        paths: [...disk.names.keys()].filter((path) => path.startsWith(request.prefix)).sort(),
      };
    case 'file-sync':
      return sync(disk, request.path);
    case 'folder-sync':
      syncFolder(disk);
      return { kind: 'folder-synced' };
  }
}

function write(
  disk: Disk,
  { kind, path, content, sync: isSynced }: RequestOf<'file-write' | 'file-append'>,
): FileAnswer {
  const sizeBytes = writeFile(disk, path, content, kind === 'file-append');
  if (isSynced) sync(disk, path);
  return { kind: 'file-written', path, sizeBytes };
}

function rename(disk: Disk, { from, to }: RequestOf<'file-rename'>): FileAnswer {
  if (fileAt(disk, from) === null) return { kind: 'file-missing', path: from };
  moveFile(disk, from, to);
  return { kind: 'file-renamed', from, to };
}

function sync(disk: Disk, path: string): FileAnswer {
  const file = fileAt(disk, path);
  if (file === null) return { kind: 'file-missing', path };
  file.unsynced = [];
  return { kind: 'file-synced', path };
}
