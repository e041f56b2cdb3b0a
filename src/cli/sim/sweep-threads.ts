// Runs the seeds of a range in worker threads, each seed as soon as a thread is free. Which thread runs a seed must not matter.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { programs } from '../../layout.ts';
import type { SeedRange } from '../../sim/search/seed-range.ts';
import type { SeedOutcome } from '../../sim/search/sweep.ts';
import type { RunPlan } from './run-seed.ts';
import type { FromWorker, ToWorker } from './sweep-worker.ts';
import { errorOf } from './whose.ts';

/** Calls `onOutcome` for each seed, in the order in which they end. Rejects if the tool itself failed. */
export async function runSeeds(
  plan: RunPlan,
  seeds: SeedRange,
  onOutcome: (outcome: SeedOutcome) => void,
): Promise<void> {
  const remaining = nextSeeds(seeds);
  const threads = Math.min(availableParallelism(), seeds.last - seeds.first + 1);
  const workers: Worker[] = [];
  try {
    await Promise.all(Array.from({ length: threads }, () => runThread(plan, remaining, onOutcome, workers)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function* nextSeeds({ first, last }: SeedRange): Generator<number, undefined> {
  for (let seed = first; seed <= last; seed++) yield seed;
}

function runThread(
  plan: RunPlan,
  remaining: Generator<number, undefined>,
  onOutcome: (outcome: SeedOutcome) => void,
  workers: Worker[],
): Promise<void> {
  const worker = new Worker(programs.sweepWorker, { workerData: plan, stdout: true });
  worker.stdout.pipe(process.stderr, { end: false }); // what code of users prints there is no part of the summary
  workers.push(worker);
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const { value: seed } = remaining.next();
      if (seed === undefined) resolve();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is not a window
      else worker.postMessage({ seed } satisfies ToWorker);
    };
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'failed')
        return reject(errorOf(message, message.seed === null ? '' : `seed ${message.seed}: `));
      if (message.kind === 'done') onOutcome(message.outcome);
      next();
    });
    worker.on('error', (error) => reject(error));
    worker.on('exit', (code) => reject(new Error(`a worker thread of the sweep ended with code ${code}`)));
  });
}
