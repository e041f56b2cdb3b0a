// The job at whose full throughput telling is measured: whole numbers, counted and summed by 10,000 keys.
import { defineJob } from '../../src/core/millrace.ts';

const KEYS = 10_000;
const SHOWN_EVERY = 1_000;

interface Total {
  readonly count: number;
  readonly sum: number;
}

export const job = defineJob(
  'telling',
  (env) =>
    env
      .fromSource<number>('numbers', { topic: 'generator:', splits: 2 })
      .keyBy((number) => number % KEYS)
      .process<Total>('totals', {
        onRecord(number, context) {
          const state = context.state<Total>('total');
          const { count, sum } = state.value() ?? { count: 0, sum: 0 };
          const total = { count: count + 1, sum: sum + (number % SHOWN_EVERY) };
          state.update(total);
          if (number % KEYS === 0) context.collect(total);
        },
      })
      .sinkTo('shown', { sink: 'shown' }),
  { parallelism: 2 },
);
