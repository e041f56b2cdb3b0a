// The same with one source: what it sends to the other TaskManager is all that arrives there.
import { recoveryScenario } from './recovery.ts';

export const scenario = recoveryScenario(
  'recovery-fan-out',
  'A short job with one source, whose checkpoints expire before a late message comes.',
  1,
  { splits: 1, options: { checkpointTimeoutMs: 5_000 }, aim: { 'message-delay': { longestMs: 15_000 } } },
);
