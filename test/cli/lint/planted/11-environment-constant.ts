// A threshold of the environment, behind two constants.
import { defineJob } from 'millrace';

const settings = { threshold: Number(process.env['THRESHOLD'] ?? 10) }; // !environment
const { threshold } = settings;

const isLarge = (value: number): boolean => value > threshold;

export const job = defineJob('large', (env) =>
  env
    .fromSource<number>('values', { topic: 'values', splits: 1 })
    .filter('large', isLarge)
    .sinkTo('out', { sink: 'out' }),
);
