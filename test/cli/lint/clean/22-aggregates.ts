// Built-in aggregates: a declaration is no code.
import { count, countDistinct, defineJob, maxBy, MINUTE_MS, sum, tumblingEventTime } from 'millrace';

type Sale = { readonly shop: string; readonly at: number; readonly cents: number };

export const job = defineJob('totals', (env) => {
  const sales = env.fromSource<Sale>('sales', { topic: 'sales', splits: 1, timestamp: ({ at }) => at }).keyBy('shop');
  sales.aggregate('so-far', { sales: count(), cents: sum('cents') }).sinkTo('out', { sink: 'out' });
  sales
    .window('by-minute', tumblingEventTime(MINUTE_MS))
    .aggregate({ largest: maxBy('cents'), prices: countDistinct('cents') })
    .map('flat', ({ key, window, largest, prices }) => ({ shop: key, from: window.start, at: largest.at, prices }))
    .sinkTo('minutes', { sink: 'minutes' });
});
