// The accumulator of a window is pushed to instead of copied.
import { defineJob, HOUR_MS, tumblingEventTime } from 'millrace';

type Sale = { readonly shop: string; readonly at: number; readonly cents: number };
type Largest = { readonly cents: number[] };

function insert(largest: Readonly<Largest>, cents: number): Largest {
  const { cents: kept } = largest;
  kept.push(cents); // !mutation
  return { cents: kept };
}

export const job = defineJob('largest', (env) =>
  env
    .fromSource<Sale>('sales', { topic: 'sales', splits: 1, timestamp: ({ at }) => at })
    .keyBy(({ shop }) => shop)
    .window('hourly', tumblingEventTime(HOUR_MS))
    .aggregate({
      create: (): Largest => ({ cents: [] }),
      add: (largest, { cents }) => insert(largest, cents),
      result: ({ cents }, { key }) => ({ shop: key, most: Math.max(...cents) }),
    })
    .sinkTo('out', { sink: 'out' }),
);
