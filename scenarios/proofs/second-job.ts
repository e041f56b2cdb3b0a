// One job takes its first checkpoint while another one is submitted and cancelled.
import { defineScenario } from 'millrace/scenario';
import { checkpointScenario } from './checkpoint.ts';
import { countWords } from './count-words.ts';

const { job, ...base } = checkpointScenario('second-job', 1);

/** The moment at which the checkpoint is triggered. */
const TRIGGERED_AT_MS = 510;

export const scenario = defineScenario({
  ...base,
  about: 'While a job takes a checkpoint another one is submitted and cancelled.',
  cluster: { ...base.cluster, taskManagers: 2 },
  jobs: [
    ...(job === undefined ? [] : [{ job }]),
    {
      job: countWords('second-job-2', 1, 20, 1, 'other-counts'),
      submitAtMs: TRIGGERED_AT_MS,
      cancelAtMs: TRIGGERED_AT_MS,
    },
  ],
});
