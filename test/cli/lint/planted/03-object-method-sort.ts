// A method of a table of formatters sorts the record's own list.
import { defineJob } from 'millrace';

type Basket = { readonly id: string; readonly items: string[] };

const formatters = {
  plain: (basket: Basket): string => basket.items.join(', '),
  sorted: (basket: Basket): string => basket.items.sort().join(', '), // !mutation
};

function format(kind: keyof typeof formatters, basket: Basket): string {
  return formatters[kind](basket);
}

export const job = defineJob('baskets', (env) =>
  env
    .fromSource<Basket>('baskets', { topic: 'baskets', splits: 1 })
    .map('format', (basket) => format(basket.id === '' ? 'plain' : 'sorted', basket))
    .sinkTo('out', { sink: 'out' }),
);
