// One job is cancelled at any moment of its life, by two clients: before it is known, while it is written, deployed, restarted or recovered, behind its
// last checkpoint. Another job beside it must not notice; it is removed when it is over. Clients ask for one job and for all.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
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
      statusAtMs: { from: 0, to: 5_000 },
    },
    { ...tolls, submitAtMs: 0, removeAtMs: [{ from: 500, to: 6_000 }, 8_000] },
  ],
  listAtMs: [
    { from: 0, to: 3_000 },
    { from: 2_000, to: 8_000 },
  ],
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  real: { ...quickReal, strike: 'jm-crash', times: 6 },
  excuses,
});
