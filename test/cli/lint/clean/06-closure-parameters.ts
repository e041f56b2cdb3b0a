// Functions that are made by functions, with what they need to know.
import { defineJob, type JobEnvironment } from 'millrace';

const above = (limit: number) => (value: number) => value > limit;
const compose =
  <A, B, C>(first: (value: A) => B, second: (value: B) => C) =>
  (value: A): C =>
    second(first(value));

function counts(env: JobEnvironment, limit: number): void {
  const double = compose(
    (value: number) => value * 2,
    (value) => value + 1,
  );
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .filter('above', above(limit))
    .map('double', double)
    .sinkTo('out', { sink: 'out' });
}

export const job = defineJob('above', (env) => counts(env, 3));
