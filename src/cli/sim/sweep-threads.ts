// Runs seeds in worker threads, each as soon as a thread is free. Which thread runs a seed must not matter.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { cachedEnv, programs } from '../../layout.ts';
import type { SeedOutcome } from '../../sim/search/sweep.ts';
import type { RunPlan } from './run-seed.ts';
import type { FromWorker, ToWorker } from './sweep-worker.ts';
import { errorOf } from './whose.ts';

/** One seed of one scenario. */
export interface SeedTask {
  readonly plan: RunPlan;
  readonly seed: number;
}

/** Seeds of one scenario that may stand still; its others are not run then. Each costs 20 s of a core. */
export const STANDSTILLS_MAX = 10;

/** What all threads of a sweep share. */
interface Pool {
  readonly tasks: Iterator<SeedTask, void>;
  readonly onOutcome: (task: SeedTask, outcome: SeedOutcome) => void;
  /** Times that a seed stood still, by file of the scenario. */
  readonly standstills: Map<string, number>;
  readonly workers: Worker[];
}

/**
 * Calls `onOutcome` for each seed, in the order in which they end. Rejects if the tool itself failed.
 *
 * @param threads at the most. Default: one for each core
 */
export async function runSeeds(
  tasks: readonly SeedTask[],
  onOutcome: (task: SeedTask, outcome: SeedOutcome) => void,
  threads = availableParallelism(),
): Promise<void> {
  const pool: Pool = { tasks: tasks.values(), onOutcome, standstills: new Map(), workers: [] };
  const length = Math.min(threads, tasks.length);
  try {
    await Promise.all(Array.from({ length }, () => runThread(pool)));
  } finally {
    await Promise.all(pool.workers.map((worker) => worker.terminate()));
  }
}

/** A thread whose code does not come back is replaced. */
async function runThread(pool: Pool): Promise<void> {
  while ((await runWorker(pool)) === 'stood'); // oxlint-disable-line no-await-in-loop -- one worker after the other
}

function runWorker(pool: Pool): Promise<'done' | 'stood'> {
  const worker = new Worker(programs.sweepWorker, { stdout: true, env: cachedEnv() });
  worker.stdout.pipe(process.stderr, { end: false }); // what code of users prints there is no part of the summary
  pool.workers.push(worker);
  return new Promise((resolve, reject) => {
    let running: SeedTask | null = null;
    const next = (): void => {
      running = nextTask(pool);
      if (running === null) resolve('done');
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is not a window
      else worker.postMessage(running satisfies ToWorker);
    };
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'failed')
        return reject(errorOf(message, message.seed === null ? '' : `seed ${message.seed}: `));
      if (running !== null && message.kind !== 'ready') pool.onOutcome(running, message.outcome);
      if (running === null || message.kind !== 'stood') return next();
      noteStandstill(pool, running);
      resolve('stood');
      void worker.terminate();
    });
    worker.on('error', (error) => reject(error));
    worker.on('exit', (code) => reject(new Error(`a worker thread of the sweep ended with code ${code}`)));
  });
}

function noteStandstill({ standstills }: Pool, { plan: { file } }: SeedTask): void {
  standstills.set(file, (standstills.get(file) ?? 0) + 1);
}

/** The next task of a scenario that did not stand still too often; null: none is left. */
function nextTask({ tasks, standstills }: Pool): SeedTask | null {
  for (;;) {
    const { value: task } = tasks.next();
    if (task === undefined) return null;
    if ((standstills.get(task.plan.file) ?? 0) < STANDSTILLS_MAX) return task;
  }
}
