// Counts the numbers of a generator by second and last digit. It runs until somebody stops it.
import { defineJob, SECOND_MS, tumblingEventTime } from 'millrace';

const RATE = 100; // a second, so that event time goes as fast as the clock

export const job = defineJob('endless-counts', (env) =>
  env
    .fromSource<number>('numbers', {
      topic: 'generator:',
      splits: 1,
      recordsPerSecond: RATE,
      timestamp: (number) => (number * SECOND_MS) / RATE,
    })
    .keyBy((number) => number % 10)
    .window('by-second', tumblingEventTime(SECOND_MS))
    .aggregate({
      create: () => 0,
      add: (count) => count + 1,
      result: (count, { key, window }) => ({ digit: key, second: window.start / SECOND_MS, count }),
    })
    .sinkTo('counts', { sink: 'jsonl:out/counts' }),
);
