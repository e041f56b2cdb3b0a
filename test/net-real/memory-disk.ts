// A disk in memory that forgets, when the power fails, what was not synced: contents of files and names in folders, each for itself. Processes
// on it can be stopped before any of their operations.
import { posix } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Disk, DiskEntry, DiskFile } from '../../src/net-real/disk.ts';

interface File {
  readonly kind: 'file';
  data: Uint8Array;
  synced: Uint8Array;
}

interface Folder {
  readonly kind: 'folder';
  names: Map<string, Inode>;
  synced: Map<string, Inode>;
  /** Whoever found it before gets no name into it any more. */
  removed: boolean;
}

type Inode = File | Folder;

/** What becomes of names and contents that were not synced. `even` and `odd`: of every other name. */
export interface PowerLoss {
  readonly names: 'kept' | 'lost' | 'even' | 'odd';
  readonly contents: 'kept' | 'lost';
}

export const powerLosses: readonly PowerLoss[] = [
  { names: 'lost', contents: 'lost' },
  { names: 'kept', contents: 'lost' },
  { names: 'lost', contents: 'kept' },
  { names: 'kept', contents: 'kept' },
  { names: 'even', contents: 'lost' },
  { names: 'odd', contents: 'lost' },
];

export interface MemoryDisk {
  /**
   * The disk as a process sees it that is stopped before its operation number `stopsAt`, counted from 0.
   *
   * @param inLink a link that has found its folder, and does not hold it yet, waits for it
   */
  process(stopsAt?: number, inLink?: () => Promise<void>): Disk & { readonly operations: () => number };
  losePower(loss: PowerLoss): void;
}

export function createMemoryDisk(): MemoryDisk {
  const root = newFolder();
  return {
    process(stopsAt = Number.POSITIVE_INFINITY, inLink = async () => {}) {
      let operations = 0;
      const tick = (): void => {
        operations += 1;
        if (operations > stopsAt) throw new Error('the process was stopped');
      };
      return { ...diskOn(root, tick, inLink), operations: () => operations };
    },
    losePower: (loss) => lose(root, loss),
  };
}

function newFolder(): Folder {
  return { kind: 'folder', names: new Map(), synced: new Map(), removed: false };
}

function lose(inode: Inode, loss: PowerLoss): void {
  if (inode.kind === 'file') {
    inode.data = loss.contents === 'kept' ? inode.data : inode.synced;
    inode.synced = inode.data;
    return;
  }
  inode.names = namesAfter(inode, loss.names);
  inode.synced = new Map(inode.names);
  for (const child of inode.names.values()) lose(child, loss);
}

function namesAfter({ names, synced }: Folder, fate: PowerLoss['names']): Map<string, Inode> {
  if (fate === 'kept') return new Map(names);
  const after = new Map(synced);
  const changed = [...new Set([...names.keys(), ...synced.keys()])].filter(
    (name) => names.get(name) !== synced.get(name),
  );
  for (const [index, name] of changed.entries()) {
    const now = names.get(name);
    if (fate === 'lost' || index % 2 !== (fate === 'even' ? 0 : 1)) continue;
    if (now === undefined) after.delete(name);
    else after.set(name, now);
  }
  return after;
}

function diskOn(root: Folder, tick: () => void, inLink: () => Promise<void>): Disk {
  const at = (path: string): Inode | undefined => find(root, path);
  return {
    async makeFolder(path) {
      tick();
      makeFolders(root, path);
    },
    async list(path) {
      tick();
      const folder = at(path);
      if (folder?.kind !== 'folder') return [];
      return [...folder.names].map(([name, { kind }]): DiskEntry => ({ name, kind }));
    },
    async read(path) {
      tick();
      const file = at(path);
      return file?.kind === 'file' ? file.data.slice() : null;
    },
    async sizeOf(path) {
      tick();
      const file = at(path);
      return file?.kind === 'file' ? file.data.length : null;
    },
    async checksumOf(path) {
      tick();
      const file = at(path);
      return file?.kind === 'file' ? { sizeBytes: file.data.length, crc32: crc32(file.data) } : null;
    },
    async create(path, bytes) {
      tick();
      if (at(path) !== undefined) throw failure('EEXIST', path);
      const file: File = { kind: 'file', data: new Uint8Array(), synced: new Uint8Array() };
      folderOf(root, path).names.set(posix.basename(path), file);
      tick(); // stopped here, it is there without its content
      file.data = bytes.slice();
      file.synced = file.data;
    },
    async append(path, bytes) {
      tick();
      const file = at(path) ?? newFile(root, path);
      if (file.kind === 'file') file.data = Uint8Array.from([...file.data, ...bytes]);
    },
    async openEmpty(path) {
      tick();
      return openFile(newFile(root, path), tick);
    },
    async openKept(path) {
      tick();
      const there = at(path);
      return openFile(there?.kind === 'file' ? there : newFile(root, path), tick);
    },
    async link(from, to) {
      tick();
      const file = at(from);
      if (file === undefined) throw failure('ENOENT', from);
      const folder = folderOf(root, to);
      await inLink();
      if (folder.removed) throw failure('ENOENT', to);
      if (folder.names.has(posix.basename(to))) throw failure('EEXIST', to);
      folder.names.set(posix.basename(to), file);
    },
    async rename(from, to) {
      tick();
      const file = at(from);
      if (file === undefined) throw failure('ENOENT', from);
      if (file.kind === 'file' && from.endsWith('/')) throw failure('ENOTDIR', from);
      folderOf(root, to).names.set(posix.basename(to), file);
      folderOf(root, from).names.delete(posix.basename(from));
    },
    async touch(path) {
      tick();
      return at(path)?.kind === 'file';
    },
    async remove(path) {
      tick();
      if (at(path)?.kind === 'file') folderOf(root, path).names.delete(posix.basename(path));
    },
    async removeFolder(path) {
      tick();
      const folder = at(path);
      if (folder?.kind !== 'folder' || folder.names.size > 0) return false;
      folder.removed = true;
      return folderOf(root, path).names.delete(posix.basename(path));
    },
    async isFile(path) {
      tick();
      return at(path)?.kind === 'file';
    },
    async isFolder(path) {
      tick();
      return at(path)?.kind === 'folder';
    },
    async areOneFile(a, b) {
      tick();
      return at(a) !== undefined && at(a) === at(b);
    },
    async syncFolder(path) {
      tick();
      const folder = at(path);
      if (folder?.kind !== 'folder') throw failure('ENOENT', path);
      folder.synced = new Map(folder.names);
    },
  };
}

function newFile(root: Folder, path: string): File {
  const there = find(root, path);
  if (there?.kind === 'file') {
    there.data = new Uint8Array();
    return there;
  }
  const file: File = { kind: 'file', data: new Uint8Array(), synced: new Uint8Array() };
  folderOf(root, path).names.set(posix.basename(path), file);
  return file;
}

function openFile(file: File, tick: () => void): DiskFile {
  return {
    async writeAt(position, bytes) {
      tick();
      const data = new Uint8Array(Math.max(file.data.length, position + bytes.length));
      data.set(file.data);
      data.set(bytes, position);
      file.data = data;
    },
    async truncate(sizeBytes) {
      tick();
      file.data = file.data.slice(0, sizeBytes);
    },
    async sync() {
      tick();
      file.synced = file.data;
    },
    async close() {
      tick();
    },
  };
}

function find(root: Folder, path: string): Inode | undefined {
  let at: Inode | undefined = root;
  for (const name of segmentsOf(path)) at = at?.kind === 'folder' ? at.names.get(name) : undefined;
  return at;
}

function makeFolders(root: Folder, path: string): void {
  let at = root;
  for (const name of segmentsOf(path)) {
    const next = at.names.get(name) ?? newFolder();
    if (next.kind === 'file') throw failure('ENOTDIR', path);
    at.names.set(name, next);
    at = next;
  }
}

function folderOf(root: Folder, path: string): Folder {
  const folder = find(root, posix.dirname(path));
  if (folder?.kind !== 'folder') throw failure('ENOENT', path);
  return folder;
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
