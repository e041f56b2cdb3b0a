import { appendFileSync } from 'node:fs';
import http from 'node:http';
import * as children from 'node:child_process';
import { defineJob } from 'millrace';

export const job = defineJob('io', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .filter('log', (value) => {
      console.log(value); // !io
      appendFileSync('log', String(value)); // !io
      http.get('http://localhost'); // !io
      children.execSync('date'); // !io
      process.stdout.write('x'); // !io
      void fetch('http://localhost'); // !io
      return true;
    })
    .sinkTo('out', { sink: 'out' }),
);
