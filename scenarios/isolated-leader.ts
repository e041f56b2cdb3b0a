// The leader and the TaskManagers cannot reach each other, while it reaches the HA service and renews its lease. TaskManagers say so there, the leader
// resigns, and another one leads; then that one is cut off, or all are.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

export const scenario = defineScenario({
  name: 'isolated-leader',
  about: 'Counts words while leaders are cut off from the TaskManagers, but not from the HA service.',
  cluster: { jobManagers: 3, taskManagers: 2, slotsPerTaskManager: 2 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), 2 * times) }),
  options: quickOptions,
  sim: quickSim,
  faults: { 'isolated-leader': 3, 'jm-crash': 0.3, 'tm-crash': 0.3, 'store-unknown': 1, 'rare-moment': 1 },
  atLeastFaults: 2,
  reference: true,
  real: { strike: 'jm-isolated', times: 5 },
});
