import { defineJob } from 'millrace';

export const job = defineJob('locale', (env) =>
  env
    .fromSource<string>('in', { topic: 'in', splits: 1 })
    .map('upper', (text) => text.toUpperCase())
    .map('sorted', (text) => [...text].sort((a, b) => (a < b ? -1 : 1)).join(''))
    .map('german', (text) => [...text].sort((a, b) => a.localeCompare(b, 'de')).join(''))
    .map('number', (text) => Number(text).toLocaleString('en-US'))
    .map('zone', (text) => new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(Number(text)))
    .map('hour', (text) => new Date(text).getUTCHours())
    .sinkTo('out', { sink: 'out' }),
);
