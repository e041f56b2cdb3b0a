// Everything that befalls a cluster, several at a time: each run draws which kinds of faults there are. There is a node to spare of each role, so
// that one may also be lost for good.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

export const scenario = defineScenario({
  name: 'hostile',
  about: 'Counts words in a hostile world: each run draws which kinds of faults strike, a few or nearly all of them.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: { ...quickSim, recordCostUs: 500, slowestFactor: 1 },
  faults: {
    'tm-crash': 0.5,
    'jm-crash': 0.5,
    'lease-loss': 0.5,
    'barrier-loss': 0.5,
    'message-delay': 0.5,
    'connection-break': 0.5,
    partition: 0.5,
    pause: 0.5,
    'store-fail': 0.5,
    'store-unknown': 0.5,
    'tm-loss': 1,
    'jm-loss': 1,
    'isolated-leader': 0.5,
    'client-crash': 1,
    'wall-clock': 1,
    'clock-drift': 1,
    'clock-jump': 0.5,
    'rack-loss': 0.5,
    'slow-node': 0.5,
    'gray-node': 0.5,
  },
  swarm: true,
  pauses: 3,
  reference: true,
});
