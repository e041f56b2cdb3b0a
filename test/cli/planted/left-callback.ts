// A callback that is left behind: no run waits for it, and a deployment would call it between any two steps.
import { plantedScenario } from './planted-job.ts';

let answers = 0;

export const scenario = plantedScenario('left-callback', () => {
  void Promise.resolve().then(() => (answers += 1));
  return answers;
});
