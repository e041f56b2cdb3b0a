// SIGSTOP for a test that relies on it: it returns when all threads of the process stand still. A thread stops when it is scheduled the next time, so that
// on a busy machine the process answers for some ms after the signal.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const STILL_MS = 10_000;

export function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  const folder = `/proc/${pid}/task`;
  if (!existsSync(folder)) return; // no Linux
  const until = Date.now() + STILL_MS;
  while (!readdirSync(folder).every((thread) => isStill(join(folder, thread))))
    if (Date.now() > until) throw new Error(`process ${pid} does not stop`);
}

function isStill(thread: string): boolean {
  try {
    const stat = readFileSync(join(thread, 'stat'), 'utf8');
    return stat[stat.lastIndexOf(')') + 2] === 'T';
  } catch {
    return true; // it ended after it was listed
  }
}
