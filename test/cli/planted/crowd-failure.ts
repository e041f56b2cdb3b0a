// Fails only in a process that ran it before: a sweep sees it fail, a fresh process does not.
import { plantedScenario } from './planted-job.ts';

let runs = 0;

export const scenario = {
  ...plantedScenario('crowd-failure', () => (runs > 2 ? 1 : 0)),
  input: () => {
    runs += 1; // twice for the first run: it must be the same
    return { numbers: { splits: [Array.from({ length: 40 }, (_, number) => number)] } };
  },
  check: () => (runs > 2 ? 'this is not the first run of the process' : null),
};
