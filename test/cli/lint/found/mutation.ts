import { defineJob } from 'millrace';

type Order = { id: number; note?: string; tags: string[]; lines: { name: string; price: number }[] };

export const job = defineJob('mutation', (env) =>
  env
    .fromSource<Order>('in', { topic: 'in', splits: 1 })
    .map('assign', (order) => {
      order.id += 1; // !mutation
      delete order.note; // !mutation
      return order;
    })
    .map('sort', (order) => ({ ...order, tags: order.tags.sort() })) // !mutation
    .map('deep', (order) => {
      const copy = { ...order };
      for (const line of copy.lines) line.price *= 2; // !mutation
      return copy;
    })
    .map('assigned', (order) => Object.assign(order, { id: 1 })) // !mutation
    .keyBy(({ id }) => id)
    .process<{ list: number[] }>('emitted', {
      onRecord({ id }, context) {
        const list: number[] = [];
        context.collect({ list });
        list.push(id); // !mutation
        const kept = context.state<number[]>('kept').value() ?? [];
        kept.push(id); // !mutation
        context.state<number[]>('kept').update(kept);
      },
    })
    .sinkTo('out', { sink: 'out' }),
);
