// A short job on one of two TaskManagers, which is drained at one of four moments between the submission of the job and its end: what runs there goes on at the
// other one, from a checkpoint or from nothing, and never comes back.
import { defineJob, defineScenario } from 'millrace/scenario';
import { recoveryScenario } from './recovery.ts';

const RECORDS_PER_SECOND = 10;
/** By then the JobManager leads. */
const SUBMITTED_AT_MS = 1_000;
const STEP_MS = 160;
const STEPS = 3;

const { job: _, ...base } = recoveryScenario('drain', 'A TaskManager is drained while a short job runs on it.', 1);

export const scenario = defineScenario({
  ...base,
  input: () => ({ words: { splits: [['mill', 'weir', 'mill']] } }),
  jobs: [
    {
      job: defineJob('drain', (env) =>
        env
          .fromSource<string>('words', { topic: 'words', splits: 1, recordsPerSecond: RECORDS_PER_SECOND })
          .map('one', (word) => ({ word, count: 1 }))
          .keyBy(({ word }) => word)
          .reduce('count', (sum, { word, count }) => ({ word, count: sum.count + count }))
          .sinkTo('counts', { sink: 'counts' }),
      ),
      submitAtMs: SUBMITTED_AT_MS,
    },
  ],
  drains: [{ taskManager: 1, atMs: { from: SUBMITTED_AT_MS, to: SUBMITTED_AT_MS + STEPS * STEP_MS, stepMs: STEP_MS } }],
});
