import { defineJob } from 'millrace';

const setTimeout = (value: number): number => value + 1;

export const job = defineJob('timers', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1, timestamp: (at) => at })
    .keyBy((value) => value)
    .process<number>('late', {
      onRecord: (value, context) => context.registerEventTimeTimer(setTimeout(value)),
      onTimer: (at, context) => context.collect(at),
    })
    .sinkTo('out', { sink: 'out' }),
);
