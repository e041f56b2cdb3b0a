// The thread that watches over a TaskManager: the main thread cannot, while code of a job does not return. It has nothing but the shared cells, and what it
// is told of tasks.
import { parentPort, workerData } from 'node:worker_threads';
import { createAtWork } from '../../core/base/at-work.ts';
import { writeDeath } from './death-file.ts';
import { createWatch, look, setTasks, type WatchedTask } from './watch.ts';
import { LOOK_MS, signsIn, type WatchdogData } from './watchdog.ts';

const { bytes, folder, timeoutMs, heapBytes } = workerData as WatchdogData;
const cells = createAtWork(bytes);
const signs = signsIn(bytes);
const watch = createWatch({ looksMax: Math.ceil(timeoutMs / LOOK_MS), heapBytes });
let suspected = '';

parentPort?.on('message', (tasks: readonly WatchedTask[]) => setTasks(watch, tasks));

setInterval(() => {
  const verdict = look(watch, { cells, signs: signs[0] as number, usedBytes: process.memoryUsage.rss() });
  if (verdict.kind === 'fine') return;
  if (verdict.kind === 'suspect') {
    const text = JSON.stringify(verdict.death);
    if (text !== suspected) writeDeath(folder, 'suspected', verdict.death);
    suspected = text;
    return;
  }
  if (verdict.death !== null) writeDeath(folder, 'certain', verdict.death);
  process.kill(process.pid, 'SIGKILL');
}, LOOK_MS);
