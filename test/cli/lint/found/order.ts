import { defineJob } from 'millrace';

type Counts = { readonly [word: string]: number };

export const job = defineJob('order', (env) =>
  env
    .fromSource<Counts>('in', { topic: 'in', splits: 1 })
    .map('numbers', (counts) => Object.values(counts).sort()) // !order
    .map('copied', (numbers) => numbers.toSorted()) // !order
    .map('names', (numbers) => {
      const names: string[] = [];
      for (const name in numbers) names.push(name); // !order
      return names;
    })
    .sinkTo('out', { sink: 'out' }),
);
