// Folds into a map and an object that were made here.
import { defineJob } from 'millrace';

type Order = { readonly lines: readonly { readonly product: string; readonly cents: number }[] };

export const job = defineJob('totals', (env) =>
  env
    .fromSource<Order>('orders', { topic: 'orders', splits: 1 })
    .map('totals', ({ lines }) => {
      const byProduct = lines.reduce(
        (totals, { product, cents }) => totals.set(product, (totals.get(product) ?? 0) + cents),
        new Map<string, number>(),
      );
      const counts: Record<string, number> = {};
      for (const { product } of lines) counts[product] = (counts[product] ?? 0) + 1;
      delete counts[''];
      return { counts, totals: [...byProduct].sort(([a], [b]) => (a < b ? -1 : 1)) };
    })
    .sinkTo('out', { sink: 'out' }),
);
