// As `stop`, and drained: the sources end before the savepoint, so that all windows fire with what they have. Clients ask for checkpoints now meanwhile.
import { defineScenario } from 'millrace/scenario';
import { scenario as stop } from './stop.ts';

export const scenario = defineScenario({
  ...stop,
  name: 'stop-drained',
  about: 'Stops two jobs with savepoints at any moment, drained: their windows fire with what was read.',
  jobs: (stop.jobs ?? []).map((one) => ({
    ...one,
    drain: true,
    takeCheckpointAtMs: { from: 300, to: 2_600 },
  })),
});
