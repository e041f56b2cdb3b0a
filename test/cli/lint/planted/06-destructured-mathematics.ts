// A decayed mean with functions that were taken out of Math.
import { defineJob } from 'millrace';

type Rating = { readonly film: string; readonly stars: number; readonly ageDays: number };

const { exp: decay, round } = Math; // !mathematics

export const job = defineJob('ratings', (env) =>
  env
    .fromSource<Rating>('ratings', { topic: 'ratings', splits: 2 })
    .keyBy(({ film }) => film)
    .reduce('mean', (sum, { film, stars, ageDays }) => ({ film, ageDays, stars: round(sum.stars + stars * decay(-ageDays)) }))
    .sinkTo('means', { sink: 'means' }),
);
