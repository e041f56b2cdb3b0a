// The main thread's side of the watchdog: what it shares with the thread, and what it tells it.
import { getHeapStatistics } from 'node:v8';
import { messageOf } from '../../core/base/stack-lines.ts';
import { Worker } from 'node:worker_threads';
import { atWorkBytes, createAtWork, type AtWork } from '../../core/base/at-work.ts';
import type { WatchedTask } from './watch.ts';

export interface WatchdogData {
  readonly bytes: SharedArrayBuffer;
  readonly folder: string;
  readonly timeoutMs: number;
  readonly heapBytes: number;
}

/** Between two looks of the thread, and two signs of the main thread. */
export const LOOK_MS = 100;

const SIGNS_BYTES = 4;

/** Behind the cells: how often the main thread gave a sign. */
export function signsIn(bytes: SharedArrayBuffer): Int32Array {
  return new Int32Array(bytes, atWorkBytes, 1);
}

export interface Watchdog {
  readonly atWork: AtWork;
  tell(tasks: readonly WatchedTask[]): void;
  stop(): Promise<void>;
}

/** @param thread the file of its module. @param folder where it notes whose code it was. @param timeoutMs behind which it ends this process with SIGKILL, if nothing moves. */
export function startWatchdog(
  thread: string,
  { folder, timeoutMs }: Pick<WatchdogData, 'folder' | 'timeoutMs'>,
  log: (line: string) => void,
): Watchdog {
  const bytes = new SharedArrayBuffer(atWorkBytes + SIGNS_BYTES);
  const signs = signsIn(bytes);
  const heapBytes = getHeapStatistics().heap_size_limit;
  const workerData: WatchdogData = { bytes, folder, timeoutMs, heapBytes };
  const worker = new Worker(thread, { workerData });
  worker.on('error', (error) => log(`nobody watches over code of jobs any more: ${messageOf(error)}`));
  worker.unref();
  const beat = setInterval(() => (signs[0] = (signs[0] as number) + 1), LOOK_MS).unref();
  return {
    atWork: createAtWork(bytes),
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is not a window
    tell: (tasks) => worker.postMessage(tasks),
    async stop() {
      clearInterval(beat);
      await worker.terminate();
    },
  };
}
