// The jobs of the real bench by name: which job it is, and what it reads.
import type { Value } from '../../src/core/base/value.ts';
import type { JobDefinition } from '../../src/core/graph/define-job.ts';
import { declaredTotalsJob, latencyJob, totalsJob, typedTotalsJob, windowJob, wordsJob, type JobSize } from './job.ts';
import { numberColumnFrom, timedFrom, wordsFrom, type RecordsFrom } from './records.ts';

interface BenchJob {
  readonly define: (size: JobSize) => JobDefinition;
  readonly recordsFrom: RecordsFrom;
  /** There is no end of the names of its results. */
  readonly endless: boolean;
}

const values = (records: readonly object[]): Value[] => records as unknown as Value[];

const numbers: RecordsFrom = (split, position, count, { keys }) => numberColumnFrom(split, position, count, keys);

export const benchJobs = {
  totals: { define: totalsJob, recordsFrom: numbers, endless: false },
  'typed-totals': { define: typedTotalsJob, recordsFrom: numbers, endless: false },
  'declared-totals': { define: declaredTotalsJob, recordsFrom: numbers, endless: false },
  latency: { define: latencyJob, recordsFrom: numbers, endless: false },
  window: { define: windowJob, recordsFrom: (...from) => values(timedFrom(...from)), endless: true },
  words: {
    define: wordsJob,
    recordsFrom: (split, position, count) => values(wordsFrom(split, position, count)),
    endless: false,
  },
} as const satisfies { readonly [name: string]: BenchJob };

export type JobName = keyof typeof benchJobs;
