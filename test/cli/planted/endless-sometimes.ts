// User code that does not come back in some runs: in those whose input holds a certain record.
import { defineJob, defineScenario } from 'millrace/scenario';

const ENDLESS = 3;

export const scenario = defineScenario({
  name: 'endless-sometimes',
  about: 'A job whose code does not come back from one record of four.',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job: defineJob('planted', (env) =>
    env
      .fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 100 })
      .map('sinner', (number) => {
        if (number === ENDLESS) for (;;);
        return number;
      })
      .sinkTo('out', { sink: 'out' }),
  ),
  input: ({ pick }) => ({ numbers: { splits: [[pick('number', ENDLESS + 1)]] } }),
  faults: {},
  reference: true,
});
