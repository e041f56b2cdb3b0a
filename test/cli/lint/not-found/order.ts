import { defineJob } from 'millrace';

type Counts = { readonly [word: string]: number };

export const job = defineJob('order', (env) =>
  env
    .fromSource<Counts>('in', { topic: 'in', splits: 1 })
    .map('names', (counts) => Object.keys(counts).sort())
    .map('lengths', (names) => names.map((name) => name.length).sort((a, b) => a - b))
    .map('copied', (numbers) => numbers.toSorted((a, b) => b - a))
    .sinkTo('out', { sink: 'out' }),
);
