// The processes of this machine. On Linux from /proc: `ps` is no part of a bare machine.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, the command among them. */
  readonly words: string;
}

/** All that live: who is dead and was not waited for yet is none. */
export function listProcesses(): ListedProcess[] {
  const all = process.platform === 'linux' ? fromProc() : fromPs();
  return all.flatMap(({ state, ...listed }) => (state.startsWith('Z') ? [] : [listed]));
}

type Row = ListedProcess & { readonly state: string };

function fromProc(): Row[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // behind the name, which may hold anything
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(pid), parent: Number(parent), state, words }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function fromPs(): Row[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).trim().split('\n');
  return rows.flatMap((row) => {
    const [, pid, parent, state = '', words = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(row) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), state, words }];
  });
}
