import { hostname } from 'node:os';
import { defineJob } from 'millrace';

const limit = Number(process.env['LIMIT'] ?? '3'); // !environment

export const job = defineJob('environment', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .filter('limit', (value) => value < limit)
    .filter('argv', () => process.argv.length > 2) // !environment
    .filter('exit', (value) => (value > 7 ? process.exit(0) : true)) // !environment
    .map('host', (value) => `${hostname()} ${value}`) // !environment
    .map('place', () => import.meta.url) // !environment
    .map('stack', () => new Error('here').stack ?? '') // !environment
    .sinkTo('out', { sink: 'out' }),
);
