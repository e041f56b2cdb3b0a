import { createHash } from 'node:crypto';
import { defineJob } from 'millrace';
import { mix } from 'millrace/scenario';

const Math2 = { random: (seed: number): number => seed };

export const job = defineJob('chance', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('mix', (value) => mix(value, 1, 10))
    .map('own', (value) => Math2.random(value))
    .map('hash', (value) => createHash('sha256').update(String(value)).digest('hex'))
    .sinkTo('out', { sink: 'out' }),
);
