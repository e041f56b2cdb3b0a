// A helper changes what it is given, and is given what was made for it.
import { defineJob } from 'millrace';
import { addTo, createStatistics } from './helpers/statistics.ts';

export const job = defineJob('means', (env) =>
  env
    .fromSource<{ readonly values: readonly number[] }>('in', { topic: 'in', splits: 1 })
    .map('mean', ({ values }) => {
      const statistics = createStatistics();
      for (const value of values) addTo(statistics, value);
      statistics.values.sort((a, b) => a - b);
      return { mean: statistics.sum / statistics.count, median: statistics.values[statistics.count >> 1] ?? 0 };
    })
    .sinkTo('out', { sink: 'out' }),
);
