// Enriches with a promise that nobody waits for.
import { defineJob } from 'millrace';

type Order = { readonly id: number; readonly customer: string };

const customers = new Map([['a', 'Ada']]);

async function nameOf(customer: string): Promise<string> { // !async
  return customers.get(customer) ?? 'nobody';
}

export const job = defineJob('orders', (env) =>
  env
    .fromSource<Order>('orders', { topic: 'orders', splits: 1 })
    .keyBy(({ customer }) => customer)
    .process<string>('enrich', {
      onRecord({ customer }, context) {
        void nameOf(customer).then((name) => context.collect(name)); // !async
      },
    })
    .sinkTo('out', { sink: 'out' }),
);
