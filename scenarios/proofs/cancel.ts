// A short job that a client cancels at any moment, from its submission until it is over. All that happens in it happens at whole steps of time, so that
// a wish may come between any two things that happen at once.
import { defineScenario } from 'millrace/scenario';
import { countWords } from './count-words.ts';
import { RECORDS, recoveryScenario } from './recovery.ts';

/** By then the JobManager leads. */
const SUBMITTED_AT_MS = 1_000;
const STEP_MS = 10;
/** The job takes less, in a world in which nothing takes time but waiting. */
const STEPS = 63;

/** @param parallelism subtasks of each vertex, one a TaskManager */
export function cancelScenario(name: string, parallelism: number) {
  const about = 'A short job is cancelled at any moment.';
  const { job: _, ...base } = recoveryScenario(name, about, 1);
  return defineScenario({
    ...base,
    cluster: { ...base.cluster, taskManagers: parallelism },
    input: () => ({ lines: { splits: Array.from({ length: parallelism }, () => RECORDS) } }),
    jobs: [
      {
        job: countWords(name, parallelism, 10),
        submitAtMs: SUBMITTED_AT_MS,
        cancelAtMs: { from: SUBMITTED_AT_MS, to: SUBMITTED_AT_MS + STEPS * STEP_MS, stepMs: STEP_MS },
      },
    ],
  });
}
