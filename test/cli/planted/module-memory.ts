// Says the same in each fresh process, and something else in a process that ran it before, as the runs of the shrinker do.
import { plantedScenario } from './planted-job.ts';

let sins = 0;

export const scenario = {
  ...plantedScenario('module-memory', () => (sins += 1)),
  check: () => 'always wrong',
};
