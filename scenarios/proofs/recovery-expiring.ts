// One JobManager, and checkpoints that expire while what they wait for is late.
import { recoveryScenario } from './recovery.ts';

export const scenario = recoveryScenario(
  'recovery-expiring',
  'A short job whose checkpoints expire before a late message comes.',
  1,
  { options: { checkpointTimeoutMs: 5_000 }, aim: { 'message-delay': { longestMs: 15_000 } } },
);
