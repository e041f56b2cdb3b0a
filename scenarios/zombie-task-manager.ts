// A TaskManager is stopped for longer than its leader waits for a sign of life. Its tasks are started elsewhere; then it goes on, with all
// that it had in its queues, and believes that nothing happened.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

export const scenario = defineScenario({
  name: 'zombie-task-manager',
  about: 'Counts words while TaskManagers are stopped for so long that their tasks run elsewhere when they go on.',
  cluster: { jobManagers: 1, taskManagers: 4, slotsPerTaskManager: 1 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  options: quickOptions,
  sim: quickSim,
  faults: { pause: 1.5 },
  aim: { pause: { roles: ['task-manager'], shortestMs: 900, longestMs: 2_000 } },
  reference: true,
  real: { strike: 'tm-pause', times: 5 },
});
