// A leader is stopped, or cut off from the HA service, for longer than its lease. Another one takes over; the old one lives on, and whatever
// it still sends or writes must be refused, as must what it sent before and comes late.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

export const scenario = defineScenario({
  name: 'zombie-job-manager',
  about: 'Counts words while leaders outlive their lease: stopped, or cut off from the HA service.',
  cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  options: quickOptions,
  sim: quickSim,
  faults: { pause: 1, 'lease-loss': 1, 'message-delay': 1 },
  aim: { pause: { roles: ['job-manager'], shortestMs: 700, longestMs: 2_000 } },
  reference: true,
  real: { strike: 'jm-pause', times: 5 },
});
