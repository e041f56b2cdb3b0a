// Whether the folders of a cluster can be written, and whether their file system keeps what stores count on: a link fails if its name is taken, a
// rename replaces, a sync comes back. Whatever is written here goes again.
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterFolder } from '../../net-real/cluster-folder.ts';
import { codeOf } from '../../net-real/disk.ts';
import { isHaFolder } from '../../net-real/ha-service.ts';
import { shownPath } from '../files.ts';
import { describeBytes, fail, ok, warn, type Finding } from './check.ts';

const FOLDERS = ['storage', 'sinks', 'work', 'logs'] as const;

/** @param ha as `readHa` returns it */
export function checkFolders(folder: ClusterFolder, ha: string): readonly Finding[] {
  const own = FOLDERS.map((name) => checkFolder(`folder ${name}`, folder[name]));
  return isHaFolder(ha) ? [checkFolder('folder ha', ha), ...own] : own;
}

/** What stores do with files: synced, linked once, renamed. A folder that is not there yet is made when it is needed: the one above it counts. */
export function checkFolder(about: string, path: string): Finding {
  const there = nearest(path);
  const where = `${shownPath(path)}${there === path ? '' : `, which is not there yet; looked at ${shownPath(there)}`}`;
  let probe: string;
  try {
    probe = mkdtempSync(join(there, '.doctor-'));
  } catch (error) {
    return fail(about, `${where}: cannot be written (${codeOf(error)})`, adviceOn(codeOf(error), there));
  }
  try {
    const broken = brokenPromise(probe);
    if (broken !== null)
      return fail(
        about,
        `${where}: ${broken}`,
        'put it on a file system that keeps to POSIX: a local disk, or NFS of version 4',
      );
    const syncMs = timeOf(() => syncOnce(probe));
    if (syncMs > SLOW_SYNC_MS)
      return warn(
        about,
        `${where}: a sync takes ${Math.round(syncMs)} ms`,
        'each write of the HA service waits for two: use a faster disk, or a longer leaseMs',
      );
    return ok(
      about,
      `${where}: writable, link, rename and sync are as they must be (a sync takes ${syncMs.toFixed(1)} ms)`,
    );
  } catch (error) {
    return fail(about, `${where}: ${(error as Error).message}`, adviceOn(codeOf(error), there));
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

const SLOW_SYNC_MS = 200; // leases of 1.5 s are renewed by writes that sync twice

function brokenPromise(folder: string): string | null {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  writeFileSync(first, 'first');
  writeFileSync(second, 'second');
  linkSync(first, join(folder, 'linked'));
  if (statSync(first).ino !== statSync(join(folder, 'linked')).ino) return 'a link is another file';
  if (!refuses(() => linkSync(second, join(folder, 'linked')))) return 'a link takes a name that is taken';
  renameSync(second, first);
  if (existsSync(second)) return 'a file that was renamed is there under its old name';
  return null;
}

function refuses(link: () => void): boolean {
  try {
    link();
    return false;
  } catch (error) {
    return codeOf(error) === 'EEXIST';
  }
}

function syncOnce(folder: string): void {
  const file = openSync(join(folder, 'synced'), 'w');
  writeFileSync(file, 'synced');
  fsyncSync(file);
  closeSync(file);
  const around = openSync(folder, 'r');
  fsyncSync(around);
  closeSync(around);
}

function timeOf(work: () => void): number {
  const begunAt = performance.now();
  work();
  return performance.now() - begunAt;
}

const ADVICE: Readonly<Partial<Record<string, string>>> = {
  EROFS: 'its file system is read-only: mount it for writing, or name another folder with --cluster',
  EACCES: `give the user of this process (${process.getuid?.() ?? '?'}) the right to write there, or name another folder`,
  EDQUOT: 'the quota of the user is used up: make room, or raise it',
  ENOTDIR: 'something that is no folder is in its place: remove it, or name another folder',
};

function adviceOn(code: string, folder: string): string {
  if (code === 'ENOSPC') return adviceOnNoRoom(statfsSync(folder));
  return ADVICE[code] ?? 'see to it that the folder can be written, or name another one with --cluster';
}

/** @param free as `statfs` says it; a file system without a bound of inodes says that it has none at all */
export function adviceOnNoRoom({ files, ffree }: { readonly files: number; readonly ffree: number }): string {
  return files > 0 && ffree === 0
    ? 'the file system has no inodes left: remove files, however small they are'
    : 'the disk is full: make room';
}

function nearest(path: string): string {
  let at = path;
  while (!existsSync(at)) at = dirname(at);
  return at;
}

const ROOM_BYTES = { warn: 1_073_741_824, fail: 67_108_864 };
const INODES = { warn: 10_000, fail: 500 };

/** Free room and inodes, once for each file system. */
export function checkRoom(folder: ClusterFolder, ha: string): readonly Finding[] {
  const paths = [...(isHaFolder(ha) ? [ha] : []), ...FOLDERS.map((name) => folder[name])].map(nearest);
  const places = new Map(paths.map((path) => [statSync(path).dev, path]));
  return [...places.values()].map((path) => roomOf(path, statfsSync(path)));
}

/** @param free as `statfs` says it */
export function roomOf(
  path: string,
  free: { readonly bavail: number; readonly bsize: number; readonly files: number; readonly ffree: number },
): Finding {
  const bytes = free.bavail * free.bsize;
  const hasInodes = free.files > 0; // file systems without a fixed number of them say 0
  const says = `${shownPath(path)}: ${describeBytes(bytes)} free${hasInodes ? `, ${free.ffree} inodes` : ''}`;
  const advice = 'checkpoints and the HA log need room, and each checkpoint some files: make room, or move the folder';
  if (bytes < ROOM_BYTES.fail || (hasInodes && free.ffree < INODES.fail)) return fail('disk', says, advice);
  if (bytes < ROOM_BYTES.warn || (hasInodes && free.ffree < INODES.warn)) return warn('disk', says, advice);
  return ok('disk', says);
}
