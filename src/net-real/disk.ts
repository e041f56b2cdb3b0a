// The few things that stores do to a disk, so that tests can stop a store between any two of them, let one fail, or take away what was
// never synced. Errors are those of Node, with their `code`. Nothing here waits on the host's loop: all of it runs in Node's thread pool.
import { constants, existsSync, mkdirSync, statSync } from 'node:fs';
import {
  appendFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rmdir,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { crc32 } from 'node:zlib';

export interface DiskEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
}

/** A file under construction. */
export interface DiskFile {
  writeAt(position: number, bytes: Uint8Array): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** What was written survives; the file's name does not yet. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Of the content of a file. */
export interface Checksum {
  readonly sizeBytes: number;
  readonly crc32: number;
}

export interface Disk {
  /** With all that lie above it. Its name survives only when the folder around it is synced. */
  makeFolder(path: string): Promise<void>;
  /** None if the folder is not there. */
  list(path: string): Promise<readonly DiskEntry[]>;
  /** null: there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** null: there is no such file. */
  sizeOf(path: string): Promise<number | null>;
  /** Of what it holds; null: there is no such file. */
  checksumOf(path: string): Promise<Checksum | null>;
  /** A new file (`EEXIST` if it is there), its content synced. */
  create(path: string, bytes: Uint8Array): Promise<void>;
  /** Not synced. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Empty: what was there is gone. */
  openEmpty(path: string): Promise<DiskFile>;
  /** As it is; a new file if it is not there. */
  openKept(path: string): Promise<DiskFile>;
  /** A second name for a file; `EEXIST` if that is taken. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Its time of change is now; false: there is no such file. */
  touch(path: string): Promise<boolean>;
  /** No error if there is no such file. */
  remove(path: string): Promise<void>;
  /** False if it is not empty, or not there. */
  removeFolder(path: string): Promise<boolean>;
  isFile(path: string): Promise<boolean>;
  isFolder(path: string): Promise<boolean>;
  /** Two names of one file. False if one of them is not there. */
  areOneFile(a: string, b: string): Promise<boolean>;
  /** The names in a folder survive. */
  syncFolder(path: string): Promise<void>;
}

/** What a cluster keeps for itself: nobody but its user reads it. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
/** For readers of its output: as the umask of its user allows. */
const SHARED_FILE = 0o666;
export const SHARED_FOLDER = 0o777;

const withoutModes: Omit<Disk, 'makeFolder' | 'create' | 'append' | 'openEmpty' | 'openKept'> = {
  list: (path) => orElse(listEntries(path), ['ENOENT', 'ENOTDIR'], []),
  read: (path) => orElse(readBytes(path), ['ENOENT', 'ENOTDIR', 'EISDIR'], null),
  sizeOf: async (path) => orElse(sizeOf(path), ['ENOENT'], null),
  checksumOf: async (path) => orElse(checksumOf(path), ['ENOENT'], null),
  link,
  rename,
  touch: (path) => orElse(touch(path), ['ENOENT'], false),
  remove: (path) => orElse(unlink(path), ['ENOENT', 'ENOTDIR', 'EISDIR'], undefined),
  removeFolder: (path) => orElse(removeFolder(path), ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'], false),
  isFile: async (path) => (await kindOf(path)) === 'file',
  isFolder: async (path) => (await kindOf(path)) === 'folder',
  areOneFile: (a, b) => orElse(areOneFile(a, b), ['ENOENT'], false),
  syncFolder,
};

/** All that it makes is private. */
export const nodeDisk: Disk = diskWith(PRIVATE_FILE, () => PRIVATE_FOLDER);

/**
 * Of sinks, whose parts others read. A part is a second name of the file that was written, and so has its mode: what is not committed is hidden by the folder
 * around it.
 */
export const sinkDisk: Disk = diskWith(SHARED_FILE, (path) =>
  path.split(sep).includes(WRITERS_FOLDER) ? PRIVATE_FOLDER : SHARED_FOLDER,
);

/** All of a sink but its parts. */
export const WRITERS_FOLDER = '.writers';

function diskWith(fileMode: number, folderMode: (path: string) => number): Disk {
  return {
    ...withoutModes,
    makeFolder: (path) => makeFolder(path, folderMode),
    create: (path, bytes) => create(path, bytes, fileMode),
    append: (path, bytes) => appendFile(path, bytes, { mode: fileMode }),
    openEmpty: (path) => openFile(path, 'w', fileMode),
    openKept: (path) => openFile(path, constants.O_RDWR | constants.O_CREAT, fileMode),
  };
}

const MAKES_MAX = 10; // each but the last found that a folder above it had gone meanwhile

/**
 * Not with Node's `recursive`, which does not end on some file systems. What stands in the way is said by the attempt to make the highest folder that is
 * missing.
 */
async function makeFolder(path: string, modeOf: (path: string) => number): Promise<void> {
  for (let makes = 1; ; makes++) {
    const missing: string[] = [];
    for (let at = resolve(path); (await kindOrNothing(at)) === 'nothing' && dirname(at) !== at; at = dirname(at))
      missing.unshift(at);
    try {
      for (const folder of missing) await unlessFolder(folder, mkdir(folder, modeOf(folder)));
      if (missing.length === 0) await unlessFolder(path, mkdir(path, modeOf(path))); // something is there
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || makes === MAKES_MAX) throw error;
    }
  }
}

async function unlessFolder(path: string, made: Promise<void>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if ((await kindOrNothing(path)) !== 'folder') throw error;
  }
}

/** What cannot be looked at is told by the attempt to make it. */
async function kindOrNothing(path: string): Promise<DiskEntry['kind'] | 'nothing'> {
  return kindOf(path).catch(() => 'nothing' as const);
}

/** The same for the start of a process. Returns the highest folder that was made; undefined: all were there. */
export function makeFolderSync(path: string, mode: number = PRIVATE_FOLDER): string | undefined {
  for (let makes = 1; ; makes++) {
    const missing: string[] = [];
    for (let at = resolve(path); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
    try {
      for (const folder of missing) makeUnlessFolder(folder, mode);
      if (missing.length === 0) makeUnlessFolder(path, mode); // something is there
      return missing[0];
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || makes === MAKES_MAX) throw error;
    }
  }
}

function makeUnlessFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (!isFolderSync(path)) throw error;
  }
}

function isFolderSync(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // the attempt to make it told more
  }
}

const PIECE_BYTES = 262_144;

/** Piece by piece: a file may be larger than what a process is to hold. */
async function checksumOf(path: string): Promise<Checksum> {
  const file = await open(path, 'r');
  try {
    const piece = new Uint8Array(PIECE_BYTES);
    let [sizeBytes, crc] = [0, 0];
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length, sizeBytes);
      if (bytesRead === 0) return { sizeBytes, crc32: crc };
      crc = crc32(piece.subarray(0, bytesRead), crc);
      sizeBytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** The code of an error of Node: `ENOENT` and the like; '' if it has none. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

async function orElse<T>(result: Promise<T>, codes: readonly string[], otherwise: T): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (codes.includes(codeOf(error))) return otherwise;
    throw error;
  }
}

async function listEntries(path: string): Promise<readonly DiskEntry[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.map((entry) => ({
    name: entry.name,
    kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other',
  }));
}

/** Plain bytes, not a Buffer: slices of those share memory, and a value that holds one is refused. */
async function readBytes(path: string): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function touch(path: string): Promise<boolean> {
  const now = new Date();
  await utimes(path, now, now);
  return true;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

async function create(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await naming(path, file.writeFile(bytes));
    await naming(path, file.sync());
  } finally {
    await file.close();
  }
}

async function openFile(path: string, flags: string | number, mode: number): Promise<DiskFile> {
  const file = await open(path, flags, mode);
  return {
    async writeAt(position, bytes) {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await naming(path, file.write(bytes, done, bytes.length - done, position + done));
        done += bytesWritten;
      }
    },
    truncate: (sizeBytes) => naming(path, file.truncate(sizeBytes)),
    sync: () => naming(path, file.sync()),
    close: () => file.close(),
  };
}

/** Of an operation on a file that is open the system names no file: whoever reads of it would not know which disk is full. */
async function naming<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (!(error instanceof Error) || 'path' in error) throw error;
    throw Object.assign(error, { path, message: `${error.message} '${path}'` });
  }
}

async function removeFolder(path: string): Promise<boolean> {
  await rmdir(path);
  return true;
}

async function kindOf(path: string): Promise<DiskEntry['kind'] | 'nothing'> {
  const found = await orElse(stat(path), ['ENOENT', 'ENOTDIR'], null);
  if (found === null) return 'nothing';
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
}

async function areOneFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(a, { bigint: true }), stat(b, { bigint: true })]);
  return first.ino === second.ino && first.dev === second.dev;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await naming(path, folder.sync());
  } finally {
    await folder.close();
  }
}
