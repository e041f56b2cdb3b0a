import { defineJob } from 'millrace';

function createCounter(): () => number {
  let count = 0;
  return () => (count += 1); // !closure-state
}

const next = createCounter();

export const job = defineJob('closure-state', (env) => {
  const known = new Set<number>();
  let last = 0;
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('numbered', (value) => value + next())
    .filter('distinct', (value) => known.add(value).size > 0) // !closure-state
    .map('difference', (value) => {
      const difference = value - last;
      last = value; // !closure-state
      return difference;
    })
    .sinkTo('out', { sink: 'out' });
});
