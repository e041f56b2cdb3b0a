// Loaded into a process before all else (`--import`), with the place of a file behind `?file=`: while that file is there, the system disturbs the
// process as it says. What is disturbed is Node's own file system and clock, so that no code of Millrace is passed over. Files beside the folders
// of the cluster (traces, logs) are left alone.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What the file says. */
export type Disturbance = 'disk-full' | 'disk-read-only' | 'sync-fails' | 'sync-slow' | 'clocks-jump';

/** Likewise, as a part of another strike: no output of a sink becomes visible. */
export type Hold = 'commits-held';

function disturb(place: string): void {
  const current = (): string => {
    try {
      return real.readFileSync(place, 'utf8');
    } catch {
      return '';
    }
  };
  const disturbed = ['ha', 'storage', 'sinks', 'work'].map((name) => join(dirname(place), name) + sep);
  const isOurs = (path: unknown): boolean => {
    const text = path instanceof URL ? fileURLToPath(path) : path;
    return typeof text === 'string' && disturbed.some((folder) => `${resolve(text)}${sep}`.startsWith(folder));
  };
  const output = join(dirname(place), 'sinks') + sep;
  const isOutput = (path: unknown): boolean => typeof path === 'string' && `${resolve(path)}${sep}`.startsWith(output);
  /** Of an operation that makes a name, or takes one away. */
  const refusalOf = (operation: string, path: unknown, makes: boolean): Error | null => {
    if (!isOurs(path)) return null;
    const now = current();
    if (now === 'disk-read-only') return systemError('EROFS', operation, path as string);
    return now === 'disk-full' && makes ? systemError('ENOSPC', operation, path as string) : null;
  };
  disturbPromises(current, isOurs, isOutput, refusalOf);
  disturbSync(current, isOurs, refusalOf);
  disturbClock(current);
  syncBuiltinESMExports();
}

const real = { ...fs, promises: { ...fs.promises }, now: Date.now };

type Current = () => string;
type IsOurs = (path: unknown) => boolean;
type RefusalOf = (operation: string, path: unknown, makes: boolean) => Error | null;

const TEXTS = {
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EIO: 'i/o error',
} as const;

function systemError(code: keyof typeof TEXTS, syscall: string, path?: string): Error {
  const where = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${TEXTS[code]}, ${syscall}${where}`), {
    code,
    syscall,
    ...(path === undefined ? {} : { path }),
  });
}

// ---- Names

/** Operations on names, and whether they need room. An empty file, a link and a rename have it: their folder has a block already. */
const OPERATIONS = { mkdir: true, link: false, rename: false, unlink: false, rmdir: false, rm: false } as const;

// Node types each overload of its functions; a replacement takes whatever comes.
// oxlint-disable-next-line typescript/no-explicit-any
type Anything = (...given: any[]) => any;

function disturbPromises(current: Current, isOurs: IsOurs, isOutput: IsOurs, refusalOf: RefusalOf): void {
  const promises = fs.promises as unknown as Record<string, Anything>;
  const before = real.promises as unknown as Record<string, Anything>;
  for (const [operation, makes] of Object.entries(OPERATIONS))
    promises[operation] = async (...given) => {
      const refusal = refusalOf(operation, operation === 'link' ? given[1] : given[0], makes);
      if (refusal !== null) throw refusal;
      if (operation === 'link' && current() === 'commits-held' && isOutput(given[1])) await never();
      return before[operation]!(...given) as unknown;
    };
  promises['open'] = async (path, flags, mode) => {
    const refusal = writes(flags) ? refusalOf('open', path, false) : null;
    if (refusal !== null) throw refusal;
    const handle = await real.promises.open(path as string, flags as string, mode as number);
    if (isOurs(path)) disturbHandle(handle, current);
    return handle;
  };
  promises['appendFile'] = async (path, data, options) => {
    const refusal = typeof path === 'string' ? refusalOf('open', path, true) : null;
    if (refusal !== null) throw refusal;
    return real.promises.appendFile(path as string, data as Uint8Array, options as 'utf8');
  };
}

/** Until its process is killed. */
function never(): Promise<never> {
  return new Promise(() => {});
}

function disturbHandle(handle: fs.promises.FileHandle, current: Current): void {
  const before = {
    write: handle.write.bind(handle) as Anything,
    writeFile: handle.writeFile.bind(handle) as Anything,
    sync: handle.sync.bind(handle),
    truncate: handle.truncate.bind(handle),
  };
  const target = handle as unknown as Record<string, Anything>;
  target['write'] = async (...given) => {
    refuseWrite(current);
    return before.write(...given) as unknown;
  };
  target['writeFile'] = async (data: Uint8Array, ...given) => {
    if (current() === 'disk-full') await before.writeFile(data.subarray(0, data.length / 2));
    refuseWrite(current);
    return before.writeFile(data, ...given) as unknown;
  };
  target['sync'] = async () => {
    const now = current();
    if (now === 'sync-fails') throw systemError('EIO', 'fsync');
    if (now === 'sync-slow') await sleep(SLOW_SYNC_MS);
    return before.sync();
  };
  target['truncate'] = async (size: number) => {
    if (current() === 'disk-read-only') throw systemError('EROFS', 'ftruncate');
    return before.truncate(size);
  };
}

const SLOW_SYNC_MS = 1_000;

function refuseWrite(current: Current): void {
  const now = current();
  if (now === 'disk-full') throw systemError('ENOSPC', 'write');
  if (now === 'disk-read-only') throw systemError('EROFS', 'write');
}

function writes(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0;
  return typeof flags === 'string' && /[wa+]/.test(flags);
}

// ---- What a process does as it starts and ends

const SYNC_OPERATIONS = {
  writeFileSync: true,
  appendFileSync: true,
  mkdirSync: true,
  linkSync: false,
  renameSync: false,
  rmSync: false,
} as const;

function disturbSync(current: Current, isOurs: IsOurs, refusalOf: RefusalOf): void {
  const target = fs as unknown as Record<string, Anything>;
  const before = real as unknown as Record<string, Anything>;
  for (const [operation, makes] of Object.entries(SYNC_OPERATIONS))
    target[operation] = (...given) => {
      const refusal = refusalOf(operation.replace('Sync', ''), operation === 'linkSync' ? given[1] : given[0], makes);
      if (refusal !== null) throw refusal;
      return before[operation]!(...given) as unknown;
    };
  const ours = new Set<number>();
  target['openSync'] = (path, flags, mode) => {
    const refusal = writes(flags) ? refusalOf('open', path, false) : null;
    if (refusal !== null) throw refusal;
    const descriptor = real.openSync(path as string, flags as string, mode as number);
    if (isOurs(path)) ours.add(descriptor);
    else ours.delete(descriptor);
    return descriptor;
  };
  target['fsyncSync'] = (descriptor: number) => {
    if (ours.has(descriptor) && current() === 'sync-fails') throw systemError('EIO', 'fsync');
    real.fsyncSync(descriptor);
  };
}

// ---- The clock

const HOUR_MS = 3_600_000;
const LOOK_MS = 20; // how late a jump may be: machines ask for the time at each step

/** Of one process it jumps forward, of the next one back. */
function disturbClock(current: Current): void {
  const jumpMs = process.pid % 2 === 0 ? HOUR_MS : -HOUR_MS;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let offsetMs = 0;
  Date.now = () => {
    if (performance.now() - lookedAt > LOOK_MS) {
      lookedAt = performance.now();
      offsetMs = current() === 'clocks-jump' ? jumpMs : 0;
    }
    return real.now() + offsetMs;
  };
}

const file = new URL(import.meta.url).searchParams.get('file');
if (file !== null) disturb(resolve(file));
