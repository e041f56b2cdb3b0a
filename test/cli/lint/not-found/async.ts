import { defineJob } from 'millrace';

function* each(value: number): Generator<number> {
  yield value;
  yield value + 1;
}

export const job = defineJob('async', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .flatMap('each', each)
    .map('then', (value) => ({ then: value }))
    .map('back', ({ then }) => then)
    .sinkTo('out', { sink: 'out' }),
);
