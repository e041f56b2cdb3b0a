import { randomUUID } from 'node:crypto';
import * as cryptography from 'node:crypto';
import { defineJob } from 'millrace';

const { random } = Math; // !chance

export const job = defineJob('chance', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('math', (value) => value + Math.random()) // !chance
    .map('taken', (value) => value + random())
    .map('uuid', (value) => `${value}${crypto.randomUUID()}`) // !chance
    .map('node', (value) => `${value}${randomUUID()}`) // !chance
    .map('namespace', (value) => value + cryptography.randomBytes(4).toString('hex')) // !chance
    .sinkTo('out', { sink: 'out' }),
);
