import { defineJob } from 'millrace';

const BITS = 8;

export const job = defineJob('mathematics', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('square', (x) => x * x)
    .map('root', (x) => Math.sqrt(x))
    .map('bits', (x) => x % 2 ** BITS)
    .map('big', (x) => Number(BigInt(x) ** 2n))
    .map('round', (x) => Math.round(x) + Math.max(x, Math.abs(x)) + Math.fround(x))
    .sinkTo('out', { sink: 'out' }),
);
