// A decorator of functions logs what they are given.
import { defineJob } from 'millrace';

function logged<A, B>(name: string, run: (value: A) => B): (value: A) => B {
  return (value) => {
    console.debug(name, value); // !io
    return run(value);
  };
}

export const job = defineJob('logged', (env) =>
  env
    .fromSource<string>('lines', { topic: 'lines', splits: 1 })
    .map('trim', logged('trim', (line) => line.trim()))
    .sinkTo('out', { sink: 'out' }),
);
