// A worker thread of a sweep: runs the seeds that it is sent, one after the other, and answers with their outcomes.
import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../../core/base/assert.ts';
import { ScenarioMistake } from '../../sim/cluster/scenario-mistake.ts';
import type { SeedOutcome } from '../../sim/search/sweep.ts';
import { UsageError } from '../exit-codes.ts';
import { outcomeOf } from './outcome.ts';
import { runSeed, setUp } from './run-seed.ts';
import type { RunPlan } from './run-seed.ts';

/** To the worker: the next seed. */
export type ToWorker = { readonly seed: number };
/** From the worker: it is ready, a seed is done, or the tool itself failed. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly outcome: SeedOutcome }
  | { readonly kind: 'failed'; readonly seed: number | null; readonly error: string; readonly isUsage: boolean };

const port = must(parentPort, 'the port to the main thread');
const answer = (message: FromWorker): void => port.postMessage(message);
const fail = (seed: number | null, error: unknown): void => {
  const isUsage = error instanceof UsageError || error instanceof ScenarioMistake;
  answer({ kind: 'failed', seed, error: String(isUsage ? error.message : ((error as Error).stack ?? error)), isUsage });
};

try {
  const setup = await setUp(workerData as RunPlan);
  port.on('message', ({ seed }: ToWorker) => {
    try {
      answer({ kind: 'done', outcome: outcomeOf(runSeed(setup, seed)) });
    } catch (error) {
      fail(seed, error);
    }
  });
  answer({ kind: 'ready' });
} catch (error) {
  fail(null, error);
}
