// A job gets another parallelism while it runs, six times, up and down. Its state, splits and the transactions of its sinks move with the key groups. Stores are slow,
// so that it often happens between a checkpoint and the commit of what that covers. Another job beside it must not notice.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { linesTopic, wordCount } from './word-count.ts';

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

const counters = (count: number): Record<string, number> => ({ count, counts: count });
const readers = (count: number): Record<string, number> => ({ lines: count, split: count });

export const scenario = defineScenario({
  ...twoJobs,
  name: 'rescale',
  about: 'Gives a job that counts words fewer and more subtasks while it runs, and while another job counts tolls.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  jobs: [
    {
      job: wordCount(),
      rescale: [
        { atMs: { from: 0, to: 800 }, parallelism: { ...readers(1), ...counters(2) } },
        { atMs: { from: 500, to: 1_300 }, parallelism: { ...readers(2), ...counters(4) } },
        { atMs: { from: 1_000, to: 1_800 }, parallelism: counters(1) },
        { atMs: { from: 1_500, to: 2_300 }, parallelism: { ...readers(1), ...counters(3) } },
        { atMs: { from: 2_000, to: 2_800 }, parallelism: counters(2) },
        { atMs: { from: 2_500, to: 3_300 }, parallelism: { ...readers(2), ...counters(4) } },
      ],
    },
    { ...tolls, submitAtMs: 0 },
  ],
  input: (given) => ({
    ...twoJobs.input(given),
    lines: linesTopic((split) => given.pick(`lines-${split}`, 1_024), 3 * given.times),
  }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: { ...quickSim, storageLatencyUs: 8_000 },
  excuses,
});
