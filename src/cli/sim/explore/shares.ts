// One exploration in several threads: each looks at its share of all runs. Which thread is faster must not matter.
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { cachedEnv, programs } from '../../../layout.ts';
import type { Terminal } from '../../terminal.ts';
import { planOf } from '../run-seed.ts';
import { errorOf } from '../whose.ts';
import type { Tried } from './explore-once.ts';
import type { ExplorePlan, InputLimits } from './explore-plan.ts';
import { joinShares } from './join-shares.ts';
import type { FromShare, ShareRequest } from './share-worker.ts';

/**
 * Of several shares in which something is wrong the first one counts: those behind it are ended, those before it are not.
 *
 * @param until as of `performance.now()`. Rejects if the tool itself failed.
 */
export async function exploreInShares(
  { setup, ...plan }: ExplorePlan,
  inputLimits: InputLimits,
  until: number,
  terminal: Pick<Terminal, 'progress'>,
): Promise<Tried> {
  const request = { run: planOf(setup), plan, inputLimits, until: performance.timeOrigin + until };
  const threads: ShareThread[] = [];
  for (let index = 0; index < plan.shares; index++) {
    const thread = startShare({ ...request, share: { index, of: plan.shares } }, terminal);
    threads.push(thread);
    const endOthers = (tried: Tried | null): void => {
      if (tried?.explored?.outcome === 'violated') for (const other of threads.slice(index + 1)) other.end();
    };
    thread.tried.then(endOthers, () => {}); // a failure is seen below
  }
  try {
    const tried = await Promise.all(threads.map((thread) => thread.tried));
    return joinShares(tried.filter((one) => one !== null));
  } finally {
    for (const thread of threads) thread.end();
    terminal.progress('');
  }
}

interface ShareThread {
  /** Null: it was ended before. */
  readonly tried: Promise<Tried | null>;
  end(): void;
}

const BYTES_PER_MB = 1_048_576;

function startShare(request: ShareRequest, terminal: Pick<Terminal, 'progress'>): ShareThread {
  const worker = new Worker(programs.shareWorker, {
    workerData: request,
    stdout: true,
    env: cachedEnv(),
    resourceLimits: { maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / BYTES_PER_MB) },
  });
  worker.stdout.pipe(process.stderr, { end: false }); // what code of users prints there is no part of the verdict
  let isEnded = false;
  const tried = new Promise<Tried | null>((resolve, reject) => {
    worker.on('message', (message: FromShare) => {
      if (message.kind === 'progress') terminal.progress(`thread ${request.share.index + 1}: ${message.text}`);
      if (message.kind === 'failed') reject(errorOf(message, ''));
      if (message.kind === 'done') resolve(message.tried);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (isEnded) resolve(null);
      else reject(new Error(`a worker thread of the exploration ended with code ${code}`));
    });
  });
  const end = (): void => {
    isEnded = true;
    void worker.terminate();
  };
  return { tried, end };
}
