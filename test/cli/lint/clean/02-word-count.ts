// Counts words.
import { defineJob } from 'millrace';

export const job = defineJob('word-count', (env) =>
  env
    .fromSource<string>('lines', { topic: 'lines', splits: 2 })
    .flatMap('split', (line) => line.split(/\s+/g).filter(Boolean))
    .map('count', (word) => ({ word: word.toLowerCase(), count: 1 }))
    .keyBy(({ word }) => word)
    .reduce('sum', (sum, { word, count }) => ({ word, count: sum.count + count }))
    .sinkTo('counts', { sink: 'counts' }),
);
