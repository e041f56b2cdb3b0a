// Sampling by a callback that is handed on by name.
import { defineJob } from 'millrace';

type Batch = { readonly readings: readonly number[] };

const isSampled = (): boolean => Math.random() < 0.1; // !chance

export const job = defineJob('sampling', (env) =>
  env
    .fromSource<Batch>('batches', { topic: 'batches', splits: 1 })
    .flatMap('sample', ({ readings }) => readings.filter(isSampled))
    .sinkTo('samples', { sink: 'samples' }),
);
