// Calendar in UTC, from the time of the record.
import { DAY_MS, defineJob } from 'millrace';

type Trip = { readonly startedAt: string };

function dayOf(at: number): string {
  const date = new Date(at - (at % DAY_MS));
  date.setUTCHours(12);
  return `${date.getUTCFullYear()}-${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
}

export const job = defineJob('days', (env) =>
  env
    .fromSource<Trip>('trips', { topic: 'trips', splits: 1, timestamp: ({ startedAt }) => Date.parse(startedAt) })
    .map('day', ({ startedAt }, { timestamp }) => ({ day: dayOf(Date.parse(startedAt)), month: dayOf(timestamp) }))
    .sinkTo('out', { sink: 'out' }),
);
