import { defineJob } from 'millrace';

export const job = defineJob('locale', (env) =>
  env
    .fromSource<string>('in', { topic: 'in', splits: 1 })
    .map('upper', (text) => text.toLocaleUpperCase()) // !locale
    .map('sorted', (text) => [...text].sort((a, b) => a.localeCompare(b)).join('')) // !locale
    .map('number', (text) => Number(text).toLocaleString()) // !locale
    .map('format', (text) => new Intl.NumberFormat().format(Number(text))) // !locale
    .map('zone', (text) => new Intl.DateTimeFormat('en').format(Number(text))) // !locale
    .map('hour', (text) => new Date(text).getHours()) // !locale
    .map('local', (year) => new Date(year, 1, 1).getTime()) // !locale
    .sinkTo('out', { sink: 'out' }),
);
