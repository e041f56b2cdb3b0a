// How often each word stands in a text.
import { defineJob } from 'millrace';

export const job = defineJob(
  'word-count',
  (env) =>
    env
      .fromSource<string>('lines', { topic: 'file:text.txt', splits: 2 })
      .flatMap('words', (line) => (line.toLowerCase().match(/[a-z']+/g) ?? []).map((word) => ({ word, count: 1 })))
      .keyBy('word')
      .reduce('count', (sum, { word, count }) => ({ word, count: sum.count + count }))
      .sinkTo('counts', { sink: 'jsonl:out/counts' }),
  { parallelism: 2 },
);
