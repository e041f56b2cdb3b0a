// Code of a job that is poison: it ends the TaskManager that it runs in.
import { ProcessEnded, type ProcessEnd } from '../core/base/process-ended.ts';

/**
 * Ends the process that runs a function of a job, for scenarios with a poison job: all other tasks in it are lost. In a simulated run the TaskManager is
 * silent for `userCodeTimeoutMs` first, if the function `looped`.
 *
 * @param how what the function stands for: a call that does not return, a call that ends the process, a full heap. Default `exited`
 * @example
 * ```ts
 * import { defineJob, endProcess } from 'millrace/scenario';
 *
 * export const job = defineJob('milling', (env) =>
 *   env
 *     .fromSource<string>('sacks', { topic: 'sacks', splits: 1 })
 *     .map('grind', (sack) => (sack === 'stone' ? endProcess('looped') : sack))
 *     .sinkTo('flour', { sink: 'flour' }),
 * );
 * ```
 */
export function endProcess(how: ProcessEnd = 'exited'): never {
  throw new ProcessEnded(how);
}
