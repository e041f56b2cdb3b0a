// The leader dies, or loses its lease while it lives on; a standby takes over from what is stored, and the job goes on where it was.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

export const scenario = defineScenario({
  name: 'jm-failover',
  about: 'Counts words while leaders die or lose their lease, and standbys take over.',
  cluster: { jobManagers: 3, taskManagers: 2, slotsPerTaskManager: 2 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  options: quickOptions,
  sim: quickSim,
  faults: { 'jm-crash': 1.5, 'lease-loss': 0.7 },
  pauses: 3,
  lookAtMs: [
    { from: 0, to: 1_500 },
    { from: 1_000, to: 3_000 },
  ],
  reference: true,
  real: { strike: 'jm-crash', times: 5 },
});
