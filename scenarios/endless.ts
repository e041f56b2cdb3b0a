// Two jobs read what never ends, and end because a client stops them: one with what its savepoint covers, one drained. A split of each has nothing yet when
// they begin. The first checkpoint comes late, so that TaskManagers also die before it: then all is read again from its beginning. Whoever was not stopped is cancelled.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { wordCount } from './word-count.ts';

const LATE_MS = 900;

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

export const scenario = defineScenario({
  ...twoJobs,
  name: 'endless',
  about:
    'Counts words and tolls that never end, and are not there at once, until clients stop both jobs, while TaskManagers die.',
  jobs: [
    {
      job: wordCount(),
      stopAtMs: { from: 1_000, to: 3_000 },
      cancelAtMs: { from: 6_000, to: 9_000 },
      checkpointsAtMs: [
        { from: 500, to: 2_000 },
        { from: 1_500, to: 4_000 },
      ],
      exceptionsAtMs: { from: 500, to: 4_000 },
    },
    {
      ...tolls,
      submitAtMs: 0,
      stopAtMs: { from: 1_000, to: 3_000 },
      drain: true,
      cancelAtMs: { from: 6_000, to: 9_000 },
    },
  ],
  lookAtMs: [
    { from: 0, to: 2_000 },
    { from: 1_000, to: 4_000 },
  ],
  input: (given) => {
    const { lines, carts } = twoJobs.input(given);
    const late = (question: string): number[] => [0, given.pick(question, LATE_MS)];
    return {
      lines: { splits: lines?.splits ?? [], endless: true, fromMs: late('late-lines') },
      carts: { splits: carts?.splits ?? [], endless: true, fromMs: late('late-carts') },
    };
  },
  options: { ...quickOptions, checkpointIntervalMs: 900, checkpointTimeoutMs: 600 },
  sim: quickSim,
  faults: { ...twoJobs.faults, 'tm-crash': 1 },
  excuses,
});
