// What a cluster counts on of the file system under each of its folders, tried there before a process starts: where a promise is not kept, a cluster
// would work until the day on which it matters. Whatever is written to try it goes again.
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from './disk.ts';
import { beganOf, isAlive } from './holder.ts';

/** Folders of which something is promised. */
export type PromisedFolder = 'ha' | 'storage' | 'sinks' | 'work' | 'logs';

/** What trying does to a disk, so that tests can break each promise. Errors are those of Node. */
export interface TriedDisk {
  /** A new folder in this one. */
  makeIn(folder: string): string;
  /** Removes what processes left there that were killed while they tried. */
  sweep(folder: string): void;
  write(path: string, text: string): void;
  append(path: string, text: string): void;
  /** Null: it is not there. */
  read(path: string): string | null;
  link(from: string, to: string): void;
  rename(from: string, to: string): void;
  areOneFile(a: string, b: string): boolean;
  list(folder: string): readonly string[];
  syncFolder(path: string): void;
  remove(folder: string): void;
  /** Another string for each file system. */
  systemOf(path: string): string;
  /** Of the file system, as `mount` has it; empty: not known. */
  typeOf(path: string): string;
  /** None of its inodes is free, where they are counted. */
  lacksInodes(path: string): boolean;
}

export interface Broken {
  /** Where it was tried: the folder, or, if that is not there yet, the next one above it. */
  readonly at: string;
  /** A clause: what is wrong. */
  readonly says: string;
  /** What to do. */
  readonly advice: string;
}

/** Null: all that is counted on of this folder is kept. A folder that is not there yet is made when it is needed: the one above it counts. */
export function brokenPromise(name: PromisedFolder, folder: string, disk: TriedDisk = nodeTriedDisk): Broken | null {
  const at = nearestFolder(folder);
  let probe: string | null = null;
  try {
    const unsynced = name === 'logs' || SYNCS.has(disk.typeOf(at)) ? null : codeOfAttempt(() => disk.syncFolder(at));
    if (unsynced !== null && NO_SYNC.has(unsynced))
      return { at, says: `${onType(disk, at)}${notSynced(unsynced)}`, advice: MOVE };
    disk.sweep(at);
    probe = disk.makeIn(at);
    const broken = tryPromises(disk, probe, name);
    return broken === null ? null : { at, says: `${onType(disk, at)}${broken}`, advice: MOVE };
  } catch (error) {
    return unwritable(disk, at, error);
  } finally {
    if (probe !== null) removeQuietly(disk, probe);
  }
}

/** The first promise that a start would break, as one sentence; null: none. One file system is tried once; of more folders on it, whether they can be written. */
export function whyNoFolder(
  folders: readonly (readonly [PromisedFolder, string])[],
  disk: TriedDisk = nodeTriedDisk,
): string | null {
  const [places, systems] = [new Set<string>(), new Set<string>()];
  for (const [name, folder] of folders) {
    const at = nearestFolder(folder);
    if (places.has(at)) continue;
    const system = disk.systemOf(at);
    const broken = brokenPromise(systems.has(system) ? 'logs' : name, folder, disk);
    if (broken !== null) return describeBroken(name, folder, broken);
    places.add(at);
    systems.add(system);
  }
  return null;
}

function describeBroken(name: PromisedFolder, folder: string, { at, says, advice }: Broken): string {
  const where = at === folder ? '' : `, which is to be made in ${at},`;
  return `the folder ${folder} (${name})${where} cannot be used: ${says}; ${advice}`;
}

const MOVE = 'put it on a file system that keeps to POSIX: a local disk (ext4, xfs, btrfs), or NFS of version 4';

/** What would break of each folder, if a name could be taken twice. */
const TAKEN_TWICE: Readonly<Record<PromisedFolder, string>> = {
  ha: 'two leaders could write the same entry of its log',
  storage: 'two attempts could write one file of a checkpoint',
  sinks: 'output could be replaced by other output',
  work: 'two processes could have one name',
  logs: '',
};

/** A clause, or null. */
function tryPromises(disk: TriedDisk, probe: string, name: PromisedFolder): string | null {
  const path = (file: string): string => join(probe, file);
  if (name === 'logs') return null; // they are appended to, and renamed
  disk.write(path('first'), 'first');
  disk.write(path('second'), ''); // ext4 writes what a renamed file holds to the disk at once, and whoever removes it waits
  const refusal = codeOfAttempt(() => disk.link(path('first'), path('linked')));
  if (refusal !== null) {
    if (NO_LINKS.has(refusal)) return `it has no hard links (${refusal}), and without them ${TAKEN_TWICE[name]}`;
    throw Object.assign(new Error(`${refusal}: a link`), { code: refusal });
  }
  if (!disk.list(probe).includes('linked'))
    return 'a listing does not show what was just linked: what was written would be overlooked';
  if (disk.read(path('linked')) !== 'first' || !disk.areOneFile(path('first'), path('linked')))
    return 'a link is another file: what was written under one name would be missing under the other';
  if (codeOfAttempt(() => disk.link(path('second'), path('linked'))) !== 'EEXIST')
    return `a link takes a name that is taken, so that ${TAKEN_TWICE[name]}`;
  disk.append(path('first'), ', again');
  if (disk.read(path('linked')) !== 'first, again')
    return 'what is appended under one name does not show under the other';
  disk.rename(path('second'), path('first'));
  if (disk.read(path('second')) !== null || disk.read(path('first')) !== '')
    return 'a rename does not replace a file whole: whoever reads then may find half of it, or none';
  return null;
}

function notSynced(code: string): string {
  return `a folder cannot be synced (${code}): names would be lost when the power fails`;
}

/** How file systems say that they have no hard links: vfat and exfat, FUSE and 9p without them, some network shares. */
const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EINVAL',
  'EXDEV',
]);
const NO_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR', 'EPERM', 'EBADF']);

/** The code of what it threw; null: nothing. */
function codeOfAttempt(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    const code = codeOf(error);
    if (code === '') throw error;
    return code;
  }
}

function onType(disk: TriedDisk, at: string): string {
  const type = disk.typeOf(at);
  return type === '' ? '' : `its file system is ${type}; `;
}

function removeQuietly(disk: TriedDisk, probe: string): void {
  try {
    disk.remove(probe);
  } catch {
    // that it cannot be written was told; what is left is an empty folder
  }
}

// ---- A folder that cannot be written

function unwritable(disk: TriedDisk, at: string, error: unknown): Broken {
  const code = codeOf(error);
  if (code === '') throw error;
  return { at, says: `it cannot be written (${code})`, advice: adviceOn(code, disk, at) };
}

const ADVICE: Readonly<Partial<Record<string, string>>> = {
  EROFS: 'its file system is read-only: mount it for writing, or name another folder',
  EACCES: `give the user of this process (${process.getuid?.() ?? '?'}) the right to write there, or name another folder`,
  EDQUOT: 'the quota of the user is used up: make room, or raise it',
  ENOTDIR: 'something that is no folder is in its place: remove it, or name another folder',
  EIO: 'the disk does not do what it is told: look at the log of the system, and move the folder',
};

function adviceOn(code: string, disk: TriedDisk, at: string): string {
  if (code === 'ENOSPC') return adviceOnNoRoom(disk.lacksInodes(at));
  return ADVICE[code] ?? 'see to it that the folder can be written, or name another one';
}

function adviceOnNoRoom(lacksInodes: boolean): string {
  return lacksInodes
    ? 'the file system has no inodes left: remove files, however small they are'
    : 'the disk is full: make room';
}

/** The folder, or the next one above it that is there. */
export function nearestFolder(path: string): string {
  let at = path;
  while (!existsSync(at)) at = dirname(at);
  return at;
}

// ---- The disk

/** By the number that `statfs` tells. */
const TYPES: Readonly<Record<number, string>> = {
  0x4d44: 'vfat',
  0x2011bab0: 'exfat',
  0x65735546: 'FUSE',
  0x01021997: '9p',
  0x794c7630: 'overlay',
  0x6969: 'NFS',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB',
  0x01021994: 'tmpfs',
  0xef53: 'ext',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0xf2f52010: 'f2fs',
  0x2fc12fc1: 'zfs',
};

/** Known to sync folders: the first sync behind a change waits for the disk, which no start need do. */
const SYNCS: ReadonlySet<string> = new Set(['ext', 'xfs', 'btrfs', 'f2fs', 'zfs', 'tmpfs']);

export const nodeTriedDisk: TriedDisk = {
  makeIn: (folder) => mkdtempSync(join(folder, `${TRIED}${ownName()}-`)),
  sweep: sweepTried,
  write: (path, text) => writeFileSync(path, text),
  append: (path, text) => appendFileSync(path, text),
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  },
  link: linkSync,
  rename: renameSync,
  areOneFile(a, b) {
    const [first, second] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
    return first.ino === second.ino && first.dev === second.dev;
  },
  list: (folder) => readdirSync(folder),
  syncFolder,
  remove: (folder) => rmSync(folder, { recursive: true, force: true }),
  systemOf: (path) => String(statSync(path).dev),
  typeOf: (path) => TYPES[statfsSync(path).type] ?? '',
  lacksInodes(path) {
    const { files, ffree } = statfsSync(path);
    return files > 0 && ffree === 0; // a file system without a bound of inodes says that it has none at all
  },
};

// ---- What killed processes left

const TRIED = '.tried-';
const DAY_MS = 86_400_000;

/** Of this process. Whoever finds its folder knows from it whether it lives. */
function ownName(): string {
  return `${process.pid}-${beganOf(process.pid) ?? ''}-${encodeURIComponent(hostname())}`;
}

/** Housekeeping: what stays does no harm. */
function sweepTried(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (name.startsWith(TRIED) && isLeft(path, name)) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // somebody else removes it too, or it cannot be read, which the attempt to write there tells
  }
}

/** Nobody who lives made it. Of a process of another host that is not known, so it is left for a day: to try takes some ms. */
function isLeft(path: string, name: string): boolean {
  const [, pid = '', began = '', host = ''] = /^\.tried-(\d+)-(\d*)-(.+)-\w{6}$/.exec(name) ?? [];
  if (pid !== '' && decodeURIComponent(host) === hostname())
    return !isAlive({ pid: Number(pid), began: began === '' ? null : began, host: hostname(), since: '' });
  return statSync(path).mtimeMs < Date.now() - DAY_MS;
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
