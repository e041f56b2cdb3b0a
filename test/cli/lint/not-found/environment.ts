import { defineJob } from 'millrace';

const unused = process.env['LIMIT'];
export const isSet = unused !== undefined;

export const job = defineJob(
  'environment',
  (env) =>
    env
      .fromSource<number>('in', { topic: 'in', splits: 1 })
      .filter('limit', (value, { parameters }) => value < Number(parameters))
      .map('browser', (value) => (typeof process === 'undefined' ? value : value))
      .map('message', (value) => new Error(`here ${value}`).message)
      .sinkTo('out', { sink: 'out' }),
  { parameters: 3 },
);
