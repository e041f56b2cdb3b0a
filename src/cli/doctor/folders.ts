// Whether the folders of a cluster can be written, and whether their file system keeps what stores count on: a link fails if its name is taken, a
// rename replaces, a sync comes back. Whatever is written here goes again.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterFolder } from '../../net-real/cluster-folder.ts';
import { brokenPromise, nearestFolder, type PromisedFolder } from '../../net-real/folder-promises.ts';
import { isHaFolder } from '../../net-real/ha-service.ts';
import { quote, shownPath } from '../files.ts';
import { describeBytes, fail, ok, warn, type Finding } from './check.ts';

const FOLDERS = ['storage', 'sinks', 'work', 'logs'] as const;

/** @param ha as `readHa` returns it */
export function checkFolders(folder: ClusterFolder, ha: string): readonly Finding[] {
  const own = FOLDERS.map((name) => checkFolder(name, folder[name]));
  return isHaFolder(ha) ? [checkFolder('ha', ha), ...own] : own;
}

const OTHERS = 0o077;

/** Folders that a cluster keeps for its user, and that others can look into: a Millrace before this one made them so. Those of sinks are for readers. */
export function checkModes(folder: ClusterFolder, ha: string): readonly Finding[] {
  const paths = [...(isHaFolder(ha) ? [ha] : []), folder.storage, folder.work, folder.logs, folder.rest];
  return paths.flatMap((path) => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & OTHERS) === 0) return [];
    const says = `${shownPath(path)} is open to others on this host (mode ${(mode & 0o777).toString(8)})`;
    return [warn('modes', says, `take that away: chmod -R go-rwx ${quote(shownPath(path))}`)];
  });
}

/** What a process tries as it starts, and how long a sync takes. */
export function checkFolder(name: PromisedFolder, path: string): Finding {
  const about = `folder ${name}`;
  const there = nearestFolder(path);
  const where = `${shownPath(path)}${there === path ? '' : `, which is not there yet; looked at ${shownPath(there)}`}`;
  const broken = brokenPromise(name, path);
  if (broken !== null) return fail(about, `${where}: ${broken.says}`, broken.advice);
  const syncMs = timeOfSync(there);
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
}

const SLOW_SYNC_MS = 200; // leases of 1.5 s are renewed by writes that sync twice

function timeOfSync(folder: string): number {
  const probe = mkdtempSync(join(folder, '.doctor-'));
  try {
    const begunAt = performance.now();
    syncOnce(probe);
    return performance.now() - begunAt;
  } finally {
    rmSync(probe, { recursive: true, force: true });
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

const ROOM_BYTES = { warn: 1_073_741_824, fail: 67_108_864 };
const INODES = { warn: 10_000, fail: 500 };

/** Free room and inodes, once for each file system. */
export function checkRoom(folder: ClusterFolder, ha: string): readonly Finding[] {
  const paths = [...(isHaFolder(ha) ? [ha] : []), ...FOLDERS.map((name) => folder[name])].map(nearestFolder);
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
