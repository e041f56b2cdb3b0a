// Nodes cannot reach each other, in one direction or both, or cannot reach the HA service or the storage, for a moment or for very long.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

export const scenario = defineScenario({
  name: 'partition',
  about: 'Counts words while parts of the cluster cannot reach each other, or their stores, and connections break.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 1 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  options: { ...quickOptions, tolerableFailedCheckpoints: 1_000 }, // no restart for those: it would start a channel again that stands still
  sim: quickSim,
  faults: { partition: 1.5, 'connection-break': 2 },
  reference: true,
  real: { strike: 'partition', times: 5 },
});
