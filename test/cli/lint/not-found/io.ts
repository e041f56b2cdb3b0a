import { posix } from 'node:path';
import { readFileSync } from 'node:fs';
import { defineJob } from 'millrace';

/** Nobody calls it from a job. */
export function load(): string {
  console.log('loading');
  return readFileSync('words', 'utf8');
}

export const job = defineJob('io', (env) =>
  env
    .fromSource<string>('in', { topic: 'in', splits: 1 })
    .map('name', (path) => posix.basename(path))
    .map('url', (path) => new URL(path, 'http://localhost').pathname)
    .sinkTo('out', { sink: 'out' }),
);
