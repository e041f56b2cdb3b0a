// Faults come in bursts, and behind each of them the cluster has the time to come back: whatever is stuck until the next fault frees it shows, as the job
// goes on for so long that there is one more burst, or two.
import { defineScenario } from 'millrace/scenario';
import { scenario as hostile } from './hostile.ts';
import { linesTopic } from './word-count.ts';

const TIMES = 8; // as long as plain: 10 s

export const scenario = defineScenario({
  ...hostile,
  name: 'pauses',
  about: 'Counts words in a hostile world that leaves the cluster the time to come back behind each burst of faults.',
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), TIMES * times) }),
  pauses: 1,
});
