// Who listens on a port, where the system tells: on Linux the sockets of the host, and those of the processes that this user may look at.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from './disk.ts';

/** Why nobody can listen there: of a port in use who has it, where that is known; else what the system says. */
export function whyNotThere(error: Error, port: number): string {
  if (codeOf(error) !== 'EADDRINUSE') return error.message;
  const owner = describeOwner(port);
  return `the port is in use${owner === null ? '' : ` by ${owner}`}`;
}

const LISTENS = '0A';

/** `process 4711 (node)`; or null, if it cannot be known. */
export function describeOwner(port: number, proc = '/proc'): string | null {
  try {
    const inodes = new Set([...listeners(`${proc}/net/tcp`, port), ...listeners(`${proc}/net/tcp6`, port)]);
    const pid = inodes.size === 0 ? undefined : readdirSync(proc).find((name) => holds(`${proc}/${name}/fd`, inodes));
    if (pid === undefined) return null;
    const name = readFileSync(`${proc}/${pid}/comm`, 'utf8').trim();
    return `process ${pid} (${name})`;
  } catch {
    return null; // another system, or another user's
  }
}

/** Inodes of sockets that listen there. Columns: number, local, remote, state, queues, timer, retransmits, user, timeout, inode. */
function listeners(file: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, local = '', , state]) => state === LISTENS && local.endsWith(`:${wanted}`))
    .map((row) => row[9] ?? '');
}

function holds(folder: string, inodes: ReadonlySet<string>): boolean {
  if (!/\/\d+\/fd$/.test(folder)) return false;
  try {
    return readdirSync(folder).some((name) => {
      const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(readlink(`${folder}/${name}`)) ?? [];
      return inodes.has(inode);
    });
  } catch {
    return false; // it is gone, or another user's
  }
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
