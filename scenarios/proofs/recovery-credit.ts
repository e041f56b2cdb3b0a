// One JobManager, and records that come all at once into channels with credit for one.
import { recoveryScenario } from './recovery.ts';

export const scenario = recoveryScenario(
  'recovery-credit',
  'A short job sends more records at once than it has credit for.',
  1,
  {
    records: Array.from({ length: 8 }, () => 'wheel'),
    recordsPerSecond: 100_000, // all at once
    options: { creditsPerChannel: 1, batchSizeRecords: 1 },
  },
);
