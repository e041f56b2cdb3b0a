// A worker thread of a sweep: runs the seeds that it is sent, one after the other, and answers with their outcomes.
import { parentPort } from 'node:worker_threads';
import { must } from '../../core/base/assert.ts';
import { stoodOutcome, type SeedOutcome } from '../../sim/search/sweep.ts';
import { Standstill } from '../exit-codes.ts';
import { keepLastWord } from '../last-word.ts';
import { outcomeOf } from './outcome.ts';
import { keyOf, runSeed, setUp } from './run-seed.ts';
import type { RunPlan, RunSetup } from './run-seed.ts';
import { failedOf, type Failed } from './whose.ts';

/** To the worker: the next seed. */
export type ToWorker = { readonly plan: RunPlan; readonly seed: number };
/** From the worker: it is ready, a seed is done, code of the scenario did not come back (the worker is of no use any more), or the tool itself failed. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly outcome: SeedOutcome }
  | { readonly kind: 'stood'; readonly outcome: SeedOutcome }
  | (Failed & { readonly kind: 'failed'; readonly seed: number | null });

const port = must(parentPort, 'the port to the main thread');
const answer = (message: FromWorker): void => port.postMessage(message);
const fail = (seed: number | null, thrown: unknown): void => answer({ kind: 'failed', seed, ...failedOf(thrown) });

let running: number | null = null;
keepLastWord(({ sentence, whose }) =>
  answer({ kind: 'failed', seed: running, error: sentence, whose: whose === 'user' ? 'usage' : 'internal' }),
);

/** By plan. */
const setups = new Map<string, RunSetup>();

port.on('message', (next: ToWorker) => void runNext(next));
answer({ kind: 'ready' });

async function runNext({ plan, seed }: ToWorker): Promise<void> {
  running = null;
  try {
    const setup = setups.get(keyOf(plan)) ?? (await setUp(plan));
    setups.set(keyOf(plan), setup);
    runOne(setup, seed);
  } catch (error) {
    fail(running, error);
  }
}

function runOne(setup: RunSetup, seed: number): void {
  running = seed;
  try {
    answer({ kind: 'done', outcome: outcomeOf(setup.guest, runSeed(setup, seed)) });
  } catch (error) {
    if (!(error instanceof Standstill)) throw error;
    answer({ kind: 'stood', outcome: stoodOutcome(seed, error.message, error.what) });
  }
}
