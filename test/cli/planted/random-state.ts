// Chance that touches nothing but state.
import { plantedScenario } from './planted-job.ts';

export const scenario = plantedScenario('random-state', (noise) => {
  noise.update(Math.random());
  return 0;
});
