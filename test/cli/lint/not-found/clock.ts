import { defineJob } from 'millrace';

export const job = defineJob('clock', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1, timestamp: (at) => at })
    .map('date', (at) => new Date(at).toISOString())
    .map('utc', (text) => Date.UTC(Number(text.slice(0, 4)), 0))
    .map('context', (at, { timestamp }) => at - timestamp)
    .sinkTo('out', { sink: 'out' }),
);
