// One job is cancelled at any moment of its life, by two clients: before it is known, while it is written, deployed, restarted or recovered, behind its
// last checkpoint. Another job beside it must not notice.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { wordCount } from './word-count.ts';

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

export const scenario = defineScenario({
  ...twoJobs,
  name: 'cancel',
  about: 'Cancels a job that counts words at any moment, twice, while another one counts tolls.',
  jobs: [
    {
      job: wordCount(),
      cancelAtMs: [
        { from: 0, to: 2_600 },
        { from: 200, to: 3_000 },
      ],
    },
    { ...tolls, submitAtMs: 0 },
  ],
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  excuses,
});
