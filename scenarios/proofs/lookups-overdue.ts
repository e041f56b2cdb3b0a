// The same with an answer that comes too late, in each attempt: the job fails for good.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineJob, defineScenario } from 'millrace/scenario';
import { lengthOf, scenario as base, TIMEOUT_MS, words } from './lookups.ts';

const { job: _, ...others } = base;

async function lateLengthOf(word: string): Promise<{ word: string; length: number }> {
  if (word === 'weir') await sleep(2 * TIMEOUT_MS);
  return lengthOf(word);
}

export const scenario = defineScenario({
  ...others,
  name: 'lookups-overdue',
  about: 'An answer comes too late in each attempt of a job, while a process dies.',
  jobs: [
    {
      job: defineJob(
        'lookups-overdue',
        (env) =>
          words(env)
            .mapAsync('lengths', lateLengthOf, { ordered: false, capacity: 2, timeoutMs: TIMEOUT_MS })
            .sinkTo('found', { sink: 'found' }),
        { parallelism: 1 },
      ),
      ends: 'FAILED',
    },
  ],
  options: { ...base.options, jobFailuresMax: 2 },
});
