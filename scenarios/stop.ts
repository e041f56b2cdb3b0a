// Two jobs are stopped with savepoints at any moment of their lives, each by two clients that want different ones, and one of them is cancelled now and then
// before it is done. No window of the second fires by that: its sink holds what the savepoint covers.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { wordCount } from './word-count.ts';

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

export const scenario = defineScenario({
  ...twoJobs,
  name: 'stop',
  about: 'Stops two jobs with savepoints at any moment, while everything fails; one of them may be cancelled before.',
  jobs: [
    {
      job: wordCount(),
      stopAtMs: [
        { from: 0, to: 2_600 },
        { from: 200, to: 3_000 },
      ],
      cancelAtMs: { from: 400, to: 9_000 },
      savepointAtMs: { from: 300, to: 2_600 },
    },
    {
      ...tolls,
      submitAtMs: 0,
      stopAtMs: [
        { from: 0, to: 2_000 },
        { from: 500, to: 2_600 },
      ],
      statusAtMs: { from: 0, to: 5_000 },
    },
  ],
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  real: { ...quickReal, times: 3 },
  excuses,
});
