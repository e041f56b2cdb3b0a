// A short job that counts by key, and gets another parallelism at one of four moments between its submission and its end. All that happens in it happens at
// whole steps of time, so that a wish may come between any two things that happen at once.
import { defineJob, defineScenario } from 'millrace/scenario';
import { recoveryScenario } from './recovery.ts';

const WORDS = ['mill', 'weir', 'mill'];
const RECORDS_PER_SECOND = 10;

/** By then the JobManager leads. */
const SUBMITTED_AT_MS = 1_000;
const STEP_MS = 160;
const STEPS = 3;

/** @param from subtasks of the counter and its sink, at first; `to`: in the end */
export function rescaleScenario(name: string, from: number, to: number) {
  const about = `A short job is rescaled from ${from} to ${to} while it runs.`;
  const { job: _, ...base } = recoveryScenario(name, about, 1);
  return defineScenario({
    ...base,
    cluster: { ...base.cluster, taskManagers: 1, slotsPerTaskManager: 2 },
    input: () => ({ words: { splits: [WORDS] } }),
    jobs: [
      {
        job: countOf(name, from),
        submitAtMs: SUBMITTED_AT_MS,
        rescale: [
          {
            atMs: { from: SUBMITTED_AT_MS, to: SUBMITTED_AT_MS + STEPS * STEP_MS, stepMs: STEP_MS },
            parallelism: { count: to, counts: to },
          },
        ],
      },
    ],
  });
}

function countOf(name: string, parallelism: number) {
  return defineJob(name, (env) =>
    env
      .fromSource<string>('words', { topic: 'words', splits: 1, recordsPerSecond: RECORDS_PER_SECOND })
      .map('one', (word) => ({ word, count: 1 }))
      .keyBy(({ word }) => word)
      .reduce('count', (sum, { word, count }) => ({ word, count: sum.count + count }), { parallelism })
      .sinkTo('counts', { sink: 'counts', parallelism }),
  );
}
