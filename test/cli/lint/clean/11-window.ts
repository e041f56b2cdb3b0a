// Windows with immutable accumulators.
import { defineJob, HOUR_MS, tumblingEventTime } from 'millrace';

type Sale = { readonly shop: string; readonly at: number; readonly cents: number };

const insert = (list: readonly number[], value: number): readonly number[] =>
  [...list, value].sort((a, b) => b - a).slice(0, 3);

export const job = defineJob('largest', (env) =>
  env
    .fromSource<Sale>('sales', { topic: 'sales', splits: 1, timestamp: ({ at }) => at })
    .keyBy(({ shop }) => shop)
    .window('hourly', tumblingEventTime(HOUR_MS))
    .aggregate({
      create: () => ({ largest: [] as readonly number[], sum: 0 }),
      add: ({ largest, sum }, { cents }) => ({ largest: insert(largest, cents), sum: sum + cents }),
      result: ({ largest, sum }, { key, window }) => ({ shop: key, from: window.start, largest, sum }),
    })
    .sinkTo('out', { sink: 'out' }),
);
