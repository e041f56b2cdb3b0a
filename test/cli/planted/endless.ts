// User code that does not come back.
import { plantedScenario } from './planted-job.ts';

export const scenario = plantedScenario('endless', () => {
  for (;;);
});
