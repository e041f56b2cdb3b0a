// The mean and largest delay of flights by airport and day: the job of the scenario of this name, as one would run it.
import { DAY_MS, defineJob, int32, schema, string, tumblingEventTime } from 'millrace';

/** A row of the file; `date` is `2001/01/01 00:47` in UTC, `delay` is in minutes. */
const flight = schema({ date: string, delay: int32, distance: int32, origin: string, destination: string });

export const job = defineJob(
  'flight-delays',
  (env) =>
    env
      .fromSource('flights', {
        topic: 'csv:flights.csv',
        splits: 2,
        schema: flight,
        timestamp: ({ date }) => departure(date),
      })
      .keyBy('origin')
      .window('by-day', tumblingEventTime(DAY_MS))
      .aggregate({
        create: () => ({ count: 0, sum: 0, max: Number.MIN_SAFE_INTEGER }),
        add: ({ count, sum, max }, { delay }) => ({ count: count + 1, sum: sum + delay, max: Math.max(max, delay) }),
        result: ({ count, sum, max }, { key, window }) => ({
          origin: key,
          day: new Date(window.start).toISOString().slice(0, 10),
          count,
          mean: sum / count,
          max,
        }),
      })
      .sinkTo('delays', { sink: 'csv:out/delays' }),
  { parallelism: 2 },
);

function departure(date: string): number {
  return Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}Z`);
}
