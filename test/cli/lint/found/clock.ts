import { defineJob } from 'millrace';

declare const Temporal: { readonly Now: { instant(): { readonly epochMilliseconds: number } } };

export const job = defineJob('clock', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1, timestamp: () => Date.now() }) // !clock
    .map('date', () => new Date().toISOString()) // !clock
    .map('text', () => Date()) // !clock
    .map('performance', () => performance.now()) // !clock
    .map('temporal', () => Temporal.Now.instant().epochMilliseconds) // !clock
    .map('hrtime', () => Number(process.hrtime.bigint())) // !clock
    .map('element', () => Date['now']()) // !clock
    .sinkTo('out', { sink: 'out' }),
);
