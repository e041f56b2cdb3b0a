// Array.prototype.push, borrowed, and a record behind an alias of an alias.
import { defineJob } from 'millrace';

type Trip = { readonly stops: string[] };

export const job = defineJob('trips', (env) =>
  env
    .fromSource<Trip>('trips', { topic: 'trips', splits: 1 })
    .map('home', (trip) => {
      const { stops } = trip;
      const all = stops;
      Array.prototype.push.call(all, 'home'); // !mutation
      return trip;
    })
    .map('reverse', ({ stops: [...stops] }) => stops.reverse())
    .map('first', (stops) => stops.splice(0, 1)) // !mutation
    .sinkTo('out', { sink: 'out' }),
);
