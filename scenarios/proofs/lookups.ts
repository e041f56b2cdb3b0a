// A short job whose records wait for a service that answers later, two of them at a time. The job is struck at any moment, so that calls are in flight at a
// barrier, at a restore, and when their process dies. Answers come 20 ms apart and more, the second before the first.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineJob, defineScenario, type JobEnvironment } from 'millrace/scenario';
import { recoveryScenario } from './recovery.ts';

const RECORDS_PER_SECOND = 10;
/** How long the answer to each word takes. */
const ANSWERS_MS: Readonly<Record<string, number>> = { mill: 320, weir: 200, race: 100 };
/** Nobody waits for a dead process for longer. */
export const TIMEOUT_MS = 30_000;

const { job: _, ...base } = recoveryScenario('lookups', 'Words are looked up while a process dies.', 1);

export const words = (env: JobEnvironment) =>
  env.fromSource<string>('words', { topic: 'words', splits: 1, recordsPerSecond: RECORDS_PER_SECOND });

export async function lengthOf(word: string): Promise<{ word: string; length: number }> {
  await sleep(ANSWERS_MS[word] ?? 0);
  return { word, length: word.length };
}

export const scenario = defineScenario({
  ...base,
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job: defineJob(
    'lookups',
    (env) =>
      words(env)
        .mapAsync('lengths', lengthOf, { ordered: false, capacity: 2, timeoutMs: TIMEOUT_MS })
        .sinkTo('found', { sink: 'found' }),
    { parallelism: 1 },
  ),
  input: () => ({ words: { splits: [Object.keys(ANSWERS_MS)] } }),
});
