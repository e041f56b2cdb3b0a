// Every message that a checkpoint is made of is lost once in a while: triggers, barriers in transit, barriers that were never emitted,
// acknowledgements, aborts and notifications. Others come when their checkpoint has expired. Checkpoints may fail; the output may not.
import { defineScenario } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

export const scenario = defineScenario({
  name: 'barrier-loss',
  about:
    'Counts words while triggers, barriers, acknowledgements, aborts and notifications of checkpoints get lost or late.',
  cluster: { jobManagers: 1, taskManagers: 3, slotsPerTaskManager: 1 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  options: { ...quickOptions, checkpointTimeoutMs: 300 },
  sim: quickSim,
  draw: { maxConcurrentCheckpoints: [1, 3] },
  faults: { 'barrier-loss': 4, 'message-delay': 2 },
  reference: true,
  real: { strike: 'barrier-loss', times: 5 },
});
