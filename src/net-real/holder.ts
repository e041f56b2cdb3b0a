// A file that says which process holds a name or a folder: a second one is refused with a sentence. A holder that was killed holds nothing.
// Processes of other hosts are believed to live: their files say the host, and a person removes them.
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { codeOf, makeFolderSync, PRIVATE_FILE } from './disk.ts';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Of the process, as the system counts it: ids come again. Null: the system does not tell. */
  readonly began: string | null;
  /** UTC, for people. */
  readonly since: string;
}

export type Held = { readonly ok: true; readonly release: () => void } | { readonly ok: false; readonly by: Holder };

/** Takes the file for this process, or says who has it. Its folder is made. */
export function hold(path: string): Held {
  makeFolderSync(dirname(path));
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    began: beganOf(process.pid),
    since: new Date().toISOString(),
  };
  const fresh = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(fresh, `${JSON.stringify(own)}\n`, { mode: PRIVATE_FILE });
  try {
    return take(path, fresh, own);
  } finally {
    rmSync(fresh, { force: true });
  }
}

const TRIES_MAX = 10; // each but the last found a holder that had ended

function take(path: string, fresh: string, own: Holder): Held {
  for (let tries = 0; ; tries++) {
    if (linked(fresh, path)) return { ok: true, release: () => release(path, own) };
    const by = readHolder(path);
    if (by === null) continue; // it went away meanwhile
    if (tries >= TRIES_MAX || isAlive(by)) return { ok: false, by };
    setAside(path, by);
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Another process may have done so, and taken the file, between the look at it and this: then it gets its file back. */
function setAside(path: string, dead: Holder): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved !== null && !isSame(moved, dead)) linked(aside, path);
  rmSync(aside, { force: true });
}

function release(path: string, own: Holder): void {
  const by = readHolder(path);
  if (by !== null && isSame(by, own)) rmSync(path, { force: true });
}

/** Null: nobody. A file that is no holder is one of a process that is gone: it is never half-written. */
export function readHolder(path: string): Holder | null {
  try {
    const { pid, host, began, since } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    if (typeof pid !== 'number' || typeof host !== 'string') return NOBODY;
    return { pid, host, began: began ?? null, since: since ?? 'some time' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (error instanceof SyntaxError) return NOBODY;
    throw error;
  }
}

/** No process has this id. */
const NOBODY: Holder = { pid: 0, host: hostname(), began: null, since: '' };

export function isAlive({ pid, host, began }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid <= 0 || !isRunning(pid)) return false;
  return began === null || beganOf(pid) === began;
}

function isSame(a: Holder, b: Holder): boolean {
  return a.pid === b.pid && a.host === b.host && a.began === b.began && a.since === b.since;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // somebody else's
  }
}

/** Of the fields behind the name of the program in /proc/<pid>/stat, from 0. */
const STATE = 0;
const STARTTIME = 19;

export function beganOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[STATE] === 'Z' ? 'ended' : (fields[STARTTIME] ?? null); // whoever started it has not asked how it ended
  } catch {
    return null;
  }
}

/** `process 4711 on this host, since 2026-11-30T01:21:09.000Z`. */
export function describeHolder({ pid, host, since }: Holder): string {
  return `process ${pid} on ${host === hostname() ? 'this host' : host}, since ${since}`;
}
