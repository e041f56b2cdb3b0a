// Groups by an object of the record: after a restart no two are the same.
import { defineJob } from 'millrace';

type Sale = { readonly product: { readonly name: string }; readonly cents: number };

function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

export const job = defineJob('sales', (env) =>
  env
    .fromSource<{ readonly sales: readonly Sale[] }>('days', { topic: 'days', splits: 1 })
    .map('products', ({ sales }) => new Set(sales.map(({ product }) => product)).size) // !identity
    .map('groups', (size) => groupBy([size], (one) => one).size)
    .sinkTo('out', { sink: 'out' }),
);
