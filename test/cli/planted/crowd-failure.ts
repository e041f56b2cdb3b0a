// Fails only in a process that ran it before: a sweep sees it fail, a fresh process does not.
import { plantedScenario } from './planted-job.ts';

let runs = 0;

export const scenario = {
  ...plantedScenario('crowd-failure', () => runs),
  input: () => {
    runs += 1;
    return { numbers: { splits: [Array.from({ length: 40 }, (_, number) => number)] } };
  },
  check: () => (runs > 1 ? `this is run ${runs} of the process` : null),
};
