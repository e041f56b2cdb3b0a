import { defineJob } from 'millrace';

const words = ['mill', 'race'];
const lengths = new Map<string, number>();
for (const word of words) lengths.set(word, word.length);
const pattern = /\d+/;

export const job = defineJob('module-state', (env) =>
  env
    .fromSource<string>('in', { topic: 'in', splits: 1 })
    .map('lookup', (word) => lengths.get(word) ?? 0)
    .map('copy', (size) => {
      const mine = [...words];
      mine.push(String(size));
      return mine.sort().join();
    })
    .filter('pattern', (text) => pattern.test(text))
    .sinkTo('out', { sink: 'out' }),
);
