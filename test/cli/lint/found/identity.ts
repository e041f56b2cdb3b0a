import { defineJob } from 'millrace';

type Order = { readonly id: number; readonly items: readonly { readonly name: string }[] };

export const job = defineJob('identity', (env) =>
  env
    .fromSource<Order>('in', { topic: 'in', splits: 1 })
    .map('distinct', ({ items }) => new Set(items).size) // !identity
    .map('weak', (size) => (new WeakRef({ size }).deref() === undefined ? 0 : size)) // !identity
    .sinkTo('out', { sink: 'out' }),
);

export const counted = defineJob('identity', (env) =>
  env
    .fromSource<Order>('in', { topic: 'in', splits: 1 })
    .map('count', ({ items }) => {
      const counts = new Map<object, number>();
      for (const item of items) counts.set(item, 1); // !identity
      return counts.size;
    })
    .sinkTo('out', { sink: 'out' }),
);
