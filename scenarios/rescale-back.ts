// A job gets more subtasks, and fewer again before a checkpoint may have the new shape, while TaskManagers die. Writers of sinks that only the larger shape had are in
// no checkpoint, and no task follows them: what they left open is closed by the leader.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { scenario as rescale } from './rescale.ts';

const [parts] = rescale.jobs ?? [];
if (parts === undefined) throw new Error('rescale has lost its job');

const counters = (count: number): Record<string, number> => ({ count, counts: count });
const copiers = (count: number): Record<string, number> => ({ notices: count, copy: count, copies: count });

export const scenario = defineScenario({
  ...rescale,
  name: 'rescale-back',
  about: 'Gives parts of a job more subtasks and takes them back at once, while TaskManagers die.',
  jobs: [
    {
      job: parts.job,
      rescale: [
        { atMs: { from: 300, to: 700 }, parallelism: { ...copiers(4), ...counters(4) } },
        { atMs: { from: 500, to: 1_100 }, parallelism: { ...copiers(2), ...counters(2) } },
        { atMs: { from: 1_500, to: 1_900 }, parallelism: { ...copiers(3), ...counters(3) } },
        { atMs: { from: 1_700, to: 2_300 }, parallelism: { ...copiers(2), ...counters(2) } },
      ],
    },
  ],
  options: { ...quickOptions, checkpointTimeoutMs: 600, checkpointIntervalMs: 400 },
  sim: { ...quickSim, storageLatencyUs: 8_000 },
  faults: { ...rescale.faults, 'tm-crash': 1.5 },
});
