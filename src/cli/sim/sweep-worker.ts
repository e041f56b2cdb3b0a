// A worker thread of a sweep: runs the seeds that it is sent, one after the other, and answers with their outcomes.
import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../../core/base/assert.ts';
import type { SeedOutcome } from '../../sim/search/sweep.ts';
import { keepLastWord } from '../last-word.ts';
import { outcomeOf } from './outcome.ts';
import { runSeed, setUp } from './run-seed.ts';
import type { RunPlan, RunSetup } from './run-seed.ts';
import { failedOf, type Failed } from './whose.ts';

/** To the worker: the next seed. */
export type ToWorker = { readonly seed: number };
/** From the worker: it is ready, a seed is done, or the tool itself failed. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly outcome: SeedOutcome }
  | (Failed & { readonly kind: 'failed'; readonly seed: number | null });

const port = must(parentPort, 'the port to the main thread');
const answer = (message: FromWorker): void => port.postMessage(message);
const fail = (seed: number | null, thrown: unknown): void => answer({ kind: 'failed', seed, ...failedOf(thrown) });

let running: number | null = null;
keepLastWord(({ sentence, whose }) =>
  answer({ kind: 'failed', seed: running, error: sentence, whose: whose === 'user' ? 'usage' : 'internal' }),
);

void start(); // awaited here, a thread that waits for nothing would end with Node's own warning

async function start(): Promise<void> {
  try {
    const setup = await setUp(workerData as RunPlan);
    port.on('message', ({ seed }: ToWorker) => runOne(setup, seed));
    answer({ kind: 'ready' });
  } catch (error) {
    fail(null, error);
  }
}

function runOne(setup: RunSetup, seed: number): void {
  running = seed;
  try {
    answer({ kind: 'done', outcome: outcomeOf(setup.guest, runSeed(setup, seed)) });
  } catch (error) {
    fail(seed, error);
  }
}
