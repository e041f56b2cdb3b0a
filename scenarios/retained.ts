// A job is cancelled while it runs, and another one goes on from the checkpoint that is kept of it, with other parallelism and to the same sinks; then the
// same again, which owns what it starts from. Another job beside them must not notice.
import { defineScenario, type SubmittedJob } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { linesTopic, wordCount } from './word-count.ts';

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

export const scenario = defineScenario({
  ...twoJobs,
  name: 'retained',
  about:
    'Cancels a job that counts words, twice, and goes on from the checkpoint that is kept of it, while another job counts tolls.',
  jobs: [
    { job: wordCount({ counters: 2 }) },
    {
      job: wordCount({ readers: 1, counters: 1 }),
      follows: { job: 1, atMs: { from: 200, to: 1_600 }, by: 'retained' },
    },
    { job: wordCount(), follows: { job: 2, atMs: { from: 1_200, to: 3_000 }, by: 'retained', claimMode: 'CLAIM' } },
    { ...tolls, submitAtMs: 0 },
  ] satisfies SubmittedJob[],
  input: (given) => ({
    ...twoJobs.input(given),
    lines: linesTopic((split) => given.pick(`lines-${split}`, 1_024), 4 * given.times),
  }),
  options: { ...quickOptions, checkpointTimeoutMs: 600, externalizedCheckpointRetention: 2 },
  sim: quickSim,
  excuses,
});
