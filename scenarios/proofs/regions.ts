// A job of two subtasks that pass records on, each a region of its own on a TaskManager of its own: one restarts, and the other runs on.
import { defineJob, defineScenario } from 'millrace/scenario';
import { recoveryScenario } from './recovery.ts';

const { job: _, ...base } = recoveryScenario(
  'regions',
  'Of two regions of a short job one is struck at any moment.',
  1,
);

export const scenario = defineScenario({
  ...base,
  job: defineJob(
    'regions',
    (env) =>
      env
        .fromSource<string>('lines', { topic: 'lines', splits: 2, recordsPerSecond: 4 })
        .map('copy', (word) => ({ word }))
        .sinkTo('copies', { sink: 'copies' }),
    { parallelism: 2 },
  ),
});
