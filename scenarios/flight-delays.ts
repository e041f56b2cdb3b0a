// The main job: the mean and largest delay of flights by airport and day, from 20,000 real records that are read out of order.
import {
  DAY_MS,
  defineJob,
  defineScenario,
  HOUR_MS,
  mix,
  MINUTE_MS,
  type JobDefinition,
  type Topic,
} from 'millrace/scenario';
import { excuses } from './excuses.ts';

const SPLITS = 4;
const DISPLACEMENT_MS = 12 * HOUR_MS; // and the bound of the job
const DATA = 'flights-20k';

/** A row of the data set; `date` is `2001/01/01 00:47` in UTC, `delay` is in minutes. */
type Flight = {
  readonly date: string;
  readonly delay: number;
  readonly origin: string;
};

export type DelaysOfDay = {
  readonly origin: string;
  /** `2001-01-01`. */
  readonly day: string;
  readonly count: number;
  readonly mean: number;
  readonly max: number;
};

export const scenario = defineScenario({
  name: 'flight-delays',
  about:
    'Delays of 20,000 flights by airport and day, read up to twelve hours out of order, while everything fails that can.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  job: flightDelays(DISPLACEMENT_MS),
  data: [DATA],
  input: ({ data, pick }) => ({
    flights: flightsTopic(flightsOf(data[DATA]), (split) => pick(`flights-${split}`, SALTS)),
  }),
  options: { checkpointIntervalMs: 1_000 },
  faults: {
    'tm-crash': 0.7,
    'jm-crash': 0.5,
    'lease-loss': 0.3,
    'barrier-loss': 1,
    'message-delay': 1,
    'connection-break': 0.7,
    partition: 0.4,
    pause: 0.5,
    'store-fail': 1,
    'store-unknown': 0.7,
  },
  atLeastFaults: 3,
  excuses,
  reference: true,
  sortBy: (value) => `${(value as DelaysOfDay).day} ${(value as DelaysOfDay).origin}`,
});

const SALTS = 65_536;

/** The job, with a bound of out-of-orderness: one below the displacement of the input drops records. */
export function flightDelays(outOfOrdernessMs: number): JobDefinition {
  return defineJob(
    'flight-delays',
    (env) =>
      env
        .fromSource<Flight>('flights', {
          topic: 'flights',
          splits: SPLITS,
          recordsPerSecond: 500,
          timestamp: departureOf,
          outOfOrdernessMs,
        })
        .keyBy((flight) => flight.origin)
        .window('by-day', { kind: 'tumbling-event-time', sizeMs: DAY_MS })
        .aggregate({
          create: () => ({ count: 0, sum: 0, max: Number.MIN_SAFE_INTEGER }),
          add: ({ count, sum, max }, { delay }) => ({ count: count + 1, sum: sum + delay, max: Math.max(max, delay) }),
          result: ({ count, sum, max }, { key, window }): DelaysOfDay => ({
            origin: key,
            day: dayOf(window.start),
            count,
            mean: sum / count,
            max,
          }),
        })
        .sinkTo('delays', { sink: 'delays' }),
    { parallelism: 4 },
  );
}

/** The rows, if all are flights: the sequential run would make the same of a broken one, and agree. */
export function flightsOf(rows: unknown): readonly Flight[] {
  if (!Array.isArray(rows)) throw new Error(`${DATA} is not a list of flights`);
  const broken = rows.findIndex((row) => !isFlight(row));
  if (broken < 0) return rows;
  throw new Error(
    `${DATA}, row ${broken + 1}: expected {"date":"2001/01/01 00:47","delay":66,"origin":"DTW"}, found ${JSON.stringify(rows[broken])}`,
  );
}

function isFlight(row: unknown): row is Flight {
  if (typeof row !== 'object' || row === null) return false;
  const { date, delay, origin } = row as Readonly<Record<string, unknown>>;
  return (
    typeof date === 'string' &&
    /^\d{4}\/\d\d\/\d\d \d\d:\d\d$/.test(date) &&
    typeof delay === 'number' &&
    typeof origin === 'string'
  );
}

/** Split i holds the rows with index mod 4 = i, each displaced in reading order, never in its timestamp, by up to twelve hours. */
export function flightsTopic(rows: readonly Flight[], saltOf: (split: number) => number): Topic {
  return { splits: Array.from({ length: SPLITS }, (_, split) => displaced(rowsOf(rows, split), saltOf(split))) };
}

function rowsOf(rows: readonly Flight[], split: number): readonly Flight[] {
  return rows.filter((_, index) => index % SPLITS === split);
}

function displaced(rows: readonly Flight[], salt: number): Topic['splits'][number] {
  return rows
    .map((row, index) => ({
      row,
      index,
      readAt: departureOf(row) + mix(salt, index, DISPLACEMENT_MS / MINUTE_MS + 1) * MINUTE_MS,
    }))
    .sort((a, b) => a.readAt - b.readAt || a.index - b.index)
    .map(({ row }) => row);
}

function departureOf({ date }: Flight): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = date.split(/[/ :]/).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute);
}

function dayOf(timestamp: number): string {
  return new Date(timestamp).toISOString().slice(0, 10);
}
