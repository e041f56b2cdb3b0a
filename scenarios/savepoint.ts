// Savepoints and checkpoints are taken of a job at any moment of its life, by several clients, and one savepoint is disposed. They outlive the job, which is cancelled in the
// end or finishes. Another job beside it must not notice.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { wordCount } from './word-count.ts';

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

export const scenario = defineScenario({
  ...twoJobs,
  name: 'savepoint',
  about:
    'Takes savepoints and checkpoints of a job that counts words, and disposes one, while another job counts tolls.',
  jobs: [
    {
      job: wordCount(),
      cancelAtMs: { from: 1_000, to: 9_000 },
      takeCheckpointAtMs: [
        { from: 200, to: 2_600 },
        { from: 300, to: 6_000 },
      ],
      savepointAtMs: [
        { from: 200, to: 2_600 },
        { from: 300, to: 2_600 },
        { from: 300, to: 2_600 },
      ],
      disposeAtMs: { from: 400, to: 6_000 },
    },
    { ...tolls, submitAtMs: 0 },
  ],
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  real: { ...quickReal, times: 3 },
  excuses,
});
