// Chance that touches nothing but state: numbers that look random, from a seed that was drawn when the module was loaded.
import { plantedScenario } from './planted-job.ts';

let luck = Math.floor(Math.random() * 1_000_000);

export const scenario = plantedScenario('random-state', (noise) => {
  luck = (luck * 48_271 + 1) % 2_147_483_647;
  noise.update(luck);
  return 0;
});
