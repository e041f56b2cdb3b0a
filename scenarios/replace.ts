// A job is replaced while it runs, twice, by one with other parallelism that starts from a savepoint of it and writes to the same sinks. The first one is
// cancelled behind its savepoint, the second one stopped with it. The first successor owns its savepoint, which goes behind its first checkpoint. Another job beside them must not notice.
import { defineScenario, type SubmittedJob } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { linesTopic, wordCount } from './word-count.ts';

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

export const scenario = defineScenario({
  ...twoJobs,
  name: 'replace',
  about:
    'Replaces a job that counts words by one with other parallelism, twice, from savepoints, while another job counts tolls.',
  jobs: [
    { job: wordCount({ counters: 2 }) },
    {
      job: wordCount({ readers: 1, counters: 1 }),
      follows: { job: 1, atMs: { from: 200, to: 1_600 }, by: 'cancel', claimMode: 'CLAIM' },
    },
    { job: wordCount(), follows: { job: 2, atMs: { from: 1_200, to: 3_000 } } },
    { ...tolls, submitAtMs: 0 },
  ] satisfies SubmittedJob[],
  input: (given) => ({
    ...twoJobs.input(given),
    lines: linesTopic((split) => given.pick(`lines-${split}`, 1_024), 4 * given.times),
  }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  real: { ...quickReal, strike: 'tm-crash' },
  excuses,
});
