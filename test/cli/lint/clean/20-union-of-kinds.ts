// Two sources, one union, and destructuring with defaults and rests.
import { defineJob } from 'millrace';

type Order = { readonly kind: 'order'; readonly id: number; readonly tags?: readonly string[] };
type Refund = { readonly kind: 'refund'; readonly id: number; readonly cents: number };

function describe(event: Order | Refund): string {
  if (event.kind === 'refund') return `refund of ${event.cents}`;
  const { tags = [], ...rest } = event;
  const all = [...tags, String(rest.id)];
  all.unshift('order');
  return all.join(' ');
}

export const job = defineJob('events', (env) => {
  const orders = env
    .fromSource<Order>('orders', { topic: 'orders', splits: 1 })
    .map('order', (order): Order | Refund => order);
  const refunds = env
    .fromSource<Refund>('refunds', { topic: 'refunds', splits: 1 })
    .map('refund', (refund): Order | Refund => refund);
  orders.union(refunds).rebalance().map('tell', describe).sinkTo('out', { sink: 'out' });
});
