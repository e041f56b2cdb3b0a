// The job whose start is measured: records come so fast that the sink has a chunk of them at once.
import { defineJob } from '../../src/core/millrace.ts';

export const job = defineJob('starts', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'generator:', splits: 1, recordsPerSecond: 100_000 })
    .map('same', (number) => number)
    .sinkTo('copies', { sink: 'copies' }),
);
