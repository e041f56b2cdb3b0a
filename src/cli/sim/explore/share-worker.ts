// A worker thread that explores one share of all runs of a plan, and answers with what came of it.
import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../../../core/base/assert.ts';
import type { Share } from '../../../sim/search/explore/world/world-system.ts';
import { keepLastWord } from '../../last-word.ts';
import { setUp, type RunPlan } from '../run-seed.ts';
import { failedOf, type Failed } from '../whose.ts';
import { exploreOnce, type Tried } from './explore-once.ts';
import type { ExplorePlan, InputLimits } from './explore-plan.ts';

/** What is explored, as it crosses. */
export interface ShareRequest {
  readonly run: RunPlan;
  readonly plan: Omit<ExplorePlan, 'setup'>;
  readonly share: Share;
  readonly inputLimits: InputLimits;
  /** From when on there is no time, in ms since 1970; `Infinity`: never. */
  readonly until: number;
}

export type FromShare =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'done'; readonly tried: Tried }
  | (Failed & { readonly kind: 'failed' });

const port = must(parentPort, 'the port to the main thread');
const answer = (message: FromShare): void => port.postMessage(message);
keepLastWord(({ sentence, whose }) =>
  answer({ kind: 'failed', error: sentence, whose: whose === 'user' ? 'usage' : 'internal' }),
);
port.on('message', () => {}); // without a listener a thread that waits for nothing would end with Node's own warning

void explore(workerData as ShareRequest);

async function explore({ run, plan, share, inputLimits, until }: ShareRequest): Promise<void> {
  try {
    const { search } = plan;
    const shared = {
      ...plan,
      setup: await setUp(run),
      search: { ...search, shortcuts: { ...search.shortcuts, share } },
    };
    const terminal = { progress: (text: string): void => answer({ kind: 'progress', text }) };
    const tried = await exploreOnce(shared, inputLimits, { hasTime: () => Date.now() < until, terminal });
    answer({ kind: 'done', tried });
  } catch (error) {
    answer({ kind: 'failed', ...failedOf(error) });
  }
}
