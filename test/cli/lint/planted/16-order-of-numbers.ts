// A median of numbers that are sorted as texts.
import { defineJob } from 'millrace';

type Readings = { readonly values: readonly number[] };

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort(); // !order
  return sorted[sorted.length >> 1] ?? 0;
}

export const job = defineJob('median', (env) =>
  env
    .fromSource<Readings>('readings', { topic: 'readings', splits: 1 })
    .map('median', ({ values }) => medianOf(values))
    .sinkTo('out', { sink: 'out' }),
);
