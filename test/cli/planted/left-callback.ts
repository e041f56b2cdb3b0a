// Work that is left behind: no run waits for it, and a deployment would do it between any two steps.
import { plantedScenario } from './planted-job.ts';

let answers = 0;

async function answer(): Promise<void> {
  await Promise.resolve();
  answers += 1;
}

export const scenario = plantedScenario('left-callback', () => {
  void answer();
  return answers;
});
