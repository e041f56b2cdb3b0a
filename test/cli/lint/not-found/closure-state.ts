import { defineJob } from 'millrace';

function createCounter(): () => number {
  let count = 0;
  return () => (count += 1);
}

export const job = defineJob('closure-state', (env) => {
  let stream = env.fromSource<number>('in', { topic: 'in', splits: 1 });
  for (const step of [1, 2]) stream = stream.map(`add-${step}`, (value) => value + step);
  stream
    .map('numbered', (value) => {
      const next = createCounter();
      let sum = 0;
      [1, 2, 3].forEach((one) => (sum += one + next()));
      return value + sum;
    })
    .sinkTo('out', { sink: 'out' });
});
