// Files under construction, in a folder of their own that nobody reads. Those of processes that are gone are removed when a store is opened, and
// where whoever collects garbage lists what there is, as a killed process may not come back to open it; a writer whose file vanished gets an
// ENOENT at its link, so removing too many costs a repetition and nothing else.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { codeOf, type Disk } from './disk.ts';

export interface TemporaryFiles {
  /** A new file with this content, synced. Returns its path. */
  create(bytes: Uint8Array): Promise<string>;
  /** Removes what dead processes of this host left. */
  sweep(): Promise<void>;
}

export function temporaryFiles(disk: Disk, folder: string): TemporaryFiles {
  const host = hostPrefix();
  const owner = `${host}${process.pid}-${randomUUID()}`;
  let created = 0;
  return {
    async create(bytes) {
      created += 1;
      const path = join(folder, `${owner}-${created}`);
      try {
        await disk.create(path, bytes);
      } catch (error) {
        await disk.remove(path).catch(() => undefined); // on a full disk, half a file keeps room from everybody
        throw error;
      }
      return path;
    },
    async sweep() {
      for (const { name } of await disk.list(folder)) {
        if (isOfDeadProcess(name, host)) await disk.remove(join(folder, name));
      }
    },
  };
}

/** Of this host: process numbers of others mean nothing here. */
export function hostPrefix(): string {
  return `${encodeURIComponent(hostname())}-pid-`;
}

function isOfDeadProcess(name: string, host: string): boolean {
  if (!name.startsWith(host)) return false;
  const pid = Number.parseInt(name.slice(host.length), 10);
  return Number.isSafeInteger(pid) && pid > 0 && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
