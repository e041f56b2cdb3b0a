import { defineJob } from 'millrace';

type Order = { readonly id: number; readonly tags: string[]; readonly lines: { name: string; price: number }[] };

export const job = defineJob('mutation', (env) =>
  env
    .fromSource<Order>('in', { topic: 'in', splits: 1 })
    .map('assign', (order) => ({ ...order, id: order.id + 1 }))
    .map('sort', (order) => ({ ...order, tags: [...order.tags].sort() }))
    .map('deep', (order) => ({ ...order, lines: order.lines.map((line) => ({ ...line, price: line.price * 2 })) }))
    .map('own', (order) => {
      const tags = [...order.tags];
      tags.push('own');
      const lines = order.lines.map((line) => ({ ...line }));
      for (const line of lines) line.price += 1;
      return Object.assign({}, order, { tags, lines });
    })
    .keyBy(({ id }) => id)
    .process<{ readonly list: readonly number[] }>('emitted', {
      onRecord({ id }, context) {
        let list: number[] = [];
        list.push(id);
        context.collect({ list });
        list = [];
        list.push(id);
        context.collect({ list });
        const kept = context.state<readonly number[]>('kept').value() ?? [];
        context.state<readonly number[]>('kept').update([...kept, id]);
      },
    })
    .sinkTo('out', { sink: 'out' }),
);
