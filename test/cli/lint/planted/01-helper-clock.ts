// Clicks get an id from a helper of another file, which stamps them.
import { defineJob } from 'millrace';
import { stampOf } from './helpers/shared-time.ts';

type Click = { readonly user: number; readonly page: string };

export const job = defineJob('clicks', (env) =>
  env
    .fromSource<Click>('clicks', { topic: 'clicks', splits: 2 })
    .map('stamped', ({ user, page }) => ({ user, page, id: stampOf(user) }))
    .sinkTo('stamped', { sink: 'stamped' }),
);
