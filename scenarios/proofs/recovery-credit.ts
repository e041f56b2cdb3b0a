// One JobManager, and a channel of which each record needs credit of its own.
import { recoveryScenario } from './recovery.ts';

export const scenario = recoveryScenario(
  'recovery-credit',
  'A short job sends record after record through one channel, with credit for one.',
  1,
  { records: Array.from({ length: 8 }, () => 'wheel'), options: { creditsPerChannel: 1, batchSizeRecords: 1 } },
);
