import { defineJob } from 'millrace';

type Order = { readonly id: number; readonly items: readonly { readonly name: string }[] };

export const job = defineJob('identity', (env) =>
  env
    .fromSource<Order>('in', { topic: 'in', splits: 1 })
    .map('distinct', ({ id, items }) => ({ id, names: [...new Set(items.map(({ name }) => name))] }))
    .map('count', ({ names }) => {
      const counts = new Map<string, number>();
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
      return [...counts];
    })
    .sinkTo('out', { sink: 'out' }),
);
