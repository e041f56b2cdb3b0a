// The other side of guard.ts: takes orders, one JSON line each, until its standard input ends; then it cleans up.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { GuardOrder } from './guard.ts';

const processes = new Set<number>();
const folders = new Set<string>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // it leaves last

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as GuardOrder;
  if ('pid' in order) keep(processes, order.do, order.pid);
  else keep(folders, order.do, order.folder);
}
for (const pid of processes) kill(pid);
// A process that is dying may still write into a folder that is being removed.
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });

function keep<T>(set: Set<T>, what: GuardOrder['do'], one: T): void {
  if (what === 'watch') set.add(one);
  else set.delete(one);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone already
  }
}
