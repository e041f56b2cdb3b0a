// A job that has run for a long time: little happens in it but checkpoints.
import { defineJob } from '../../src/core/millrace.ts';

export const job = defineJob(
  'week',
  (env) =>
    env
      .fromSource<number>('numbers', { topic: 'generator:', splits: 2, recordsPerSecond: 1_000 })
      .map('same', (number) => number)
      .sinkTo('copies', { sink: 'copies' }),
  { parallelism: 2 },
);
