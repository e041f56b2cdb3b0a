// The other side of fresh-process.ts: runs one seed and sends back what was asked for.
import { exitCodes } from '../exit-codes.ts';
import { keepLastWord } from '../last-word.ts';
import { noteEvents } from '../../sim/search/determinism.ts';
import type { FreshAnswer, FreshEnd, FreshRequest } from './fresh-process.ts';
import { outcomeOf } from './outcome.ts';
import { runSeed, setUp } from './run-seed.ts';
import { stateAfter } from './state-after.ts';

const lastWord = keepLastWord(({ sentence, whose }) =>
  process.send?.({ kind: 'ended', sentence, whose } satisfies FreshEnd),
);
process.once('message', (message) => {
  void answer(message as FreshRequest);
});

async function answer({ plan, seed, wanted }: FreshRequest): Promise<void> {
  const setup = await setUp(plan);
  const noted = noteEvents();
  const state = typeof wanted === 'number' ? stateAfter(wanted) : null;
  const onEvent = state?.onEvent ?? noted.onEvent;
  const run = runSeed(setup, seed, wanted === 'outcome' ? {} : { onEvent });
  const sent: FreshAnswer = {
    kind: 'answer',
    outcome: outcomeOf(setup.guest, run),
    events: noted.notes,
    state: state?.state() ?? null,
  };
  process.send?.(sent, () => lastWord.over(exitCodes.pass));
}
