// A counter in the module of the user's code: a second run in the same process goes on where the first one ended.
import { plantedScenario } from './planted-job.ts';

let calls = 0;

export const scenario = plantedScenario('module-counter', () => {
  calls += 1;
  return calls;
});
