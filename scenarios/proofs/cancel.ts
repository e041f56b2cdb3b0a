// A short job that a client cancels at any moment, from its submission until it is over. All that happens in it happens at whole steps of time, so that
// a wish may come between any two things that happen at once.
import { defineScenario } from 'millrace/scenario';
import { countWords } from './count-words.ts';
import { RECORDS, recoveryScenario } from './recovery.ts';

/** By then the JobManager leads. */
const SUBMITTED_AT_MS = 1_000;
const STEP_MS = 10;
/** The job takes less, in a world in which nothing takes time but waiting. */
const LONGEST_MS = 630;

/**
 * @param parallelism subtasks of each vertex, one a TaskManager
 * @param stepMs between two moments at which it may be cancelled
 */
export function cancelScenario(name: string, parallelism: number, { jobManagers = 1, stepMs = STEP_MS } = {}) {
  const about = 'A short job is cancelled at any moment.';
  const { job: _, ...base } = recoveryScenario(name, about, jobManagers);
  return defineScenario({
    ...base,
    cluster: { ...base.cluster, taskManagers: parallelism },
    input: () => ({ lines: { splits: Array.from({ length: parallelism }, () => RECORDS) } }),
    jobs: [
      {
        job: countWords(name, parallelism, 10),
        submitAtMs: SUBMITTED_AT_MS,
        cancelAtMs: { from: SUBMITTED_AT_MS, to: SUBMITTED_AT_MS + LONGEST_MS - (LONGEST_MS % stepMs), stepMs },
      },
    ],
  });
}
