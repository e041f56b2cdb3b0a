// A function that answers by chance: behind a restart it gives something else for the same record.
import { defineJob, defineScenario } from 'millrace/scenario';

type Row = { readonly n: number };

export const scenario = defineScenario({
  name: 'fickle-calls',
  about: 'Rates rows by chance.',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job: defineJob('fickle-calls', (env) =>
    env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1, recordsPerSecond: 100 })
      .mapAsync('rated', async ({ n }) => ({ n, rate: Math.random() }))
      .sinkTo('out', { sink: 'out' }),
  ),
  input: () => ({ rows: { splits: [Array.from({ length: 20 }, (_, n) => ({ n }))] } }),
  faults: {},
  reference: true,
});
