import { setTimeout as later } from 'node:timers';
import { defineJob } from 'millrace';

export const job = defineJob('timers', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .keyBy((value) => value)
    .process<number>('late', {
      onRecord(value, context) {
        setTimeout(() => context.collect(value), 10); // !timers
        queueMicrotask(() => context.collect(value)); // !timers
        process.nextTick(() => context.collect(value)); // !timers
        later(() => context.collect(value), 1); // !timers
      },
    })
    .sinkTo('out', { sink: 'out' }),
);
