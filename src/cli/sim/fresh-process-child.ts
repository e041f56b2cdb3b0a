// The other side of fresh-process.ts: runs one seed and sends back what was asked for.
import { noteEvents } from '../../sim/search/determinism.ts';
import type { FreshAnswer, FreshRequest } from './fresh-process.ts';
import { outcomeOf } from './outcome.ts';
import { runSeed, setUp } from './run-seed.ts';
import { stateAfter } from './state-after.ts';

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
    outcome: outcomeOf(setup.guest, run),
    events: noted.notes,
    state: state?.state() ?? null,
  };
  process.send?.(sent);
}
