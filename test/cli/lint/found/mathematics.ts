import { defineJob } from 'millrace';

export const job = defineJob('mathematics', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('pow', (x) => Math.pow(x, 2)) // !mathematics
    .map('power', (x) => x ** 2) // !mathematics
    .map('root', (x) => 2 ** 0.5 * x) // !mathematics
    .map('decay', (x) => Math.exp(-x)) // !mathematics
    .map('wave', (x) => [x].map(Math.sin)) // !mathematics
    .map('length', ([x = 0]) => Math.hypot(x, 1)) // !mathematics
    .sinkTo('out', { sink: 'out' }),
);
