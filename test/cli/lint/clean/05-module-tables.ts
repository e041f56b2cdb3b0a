// Tables that are filled while the module is loaded, and read afterwards.
import { defineJob } from 'millrace';

const rates: Record<string, number> = {};
for (const [currency, rate] of [
  ['EUR', 100],
  ['USD', 92],
] as const)
  rates[currency] = rate;

const squares = Array.from({ length: 100 }, (_, index) => index * index);
squares.push(10_000);
squares.reverse();

const byCode = new Map(Object.entries(rates).map(([code, rate]) => [code, { code, rate }]));

export const job = defineJob('rates', (env) =>
  env
    .fromSource<{ readonly currency: string; readonly cents: number }>('in', { topic: 'in', splits: 1 })
    .filter('known', ({ currency }) => byCode.has(currency) && squares.length > 0)
    .map('euros', ({ currency, cents }) => ({ cents: cents * (byCode.get(currency)?.rate ?? 0), currency }))
    .sinkTo('out', { sink: 'out' }),
);
