// What is measured on both sides: a job, and how much of it.
import type { JobSize } from '../real/job.ts';
import type { JobName } from '../real/jobs.ts';
import { LATENCY_RECORDS_PER_SECOND, PARALLELISM, SHOWN_EVERY } from '../real/measure-real.ts';

/** A job whose results can be compared. */
export type ComparedJob = Exclude<JobName, 'latency'>;

/** Millrace has three ways to write it, Flink one. */
export function flinkJobOf(job: JobName): Exclude<JobName, 'declared-totals' | 'typed-totals'> {
  return job === 'declared-totals' || job === 'typed-totals' ? 'totals' : job;
}

export interface Work {
  readonly job: ComparedJob;
  readonly keys: number;
  /** 0: none. */
  readonly checkpointIntervalMs: number;
  readonly about: string;
}

const EACH_SECOND_MS = 1_000;

const work = (job: ComparedJob, keys: number, about: string, given: Partial<Work> = {}): Work => ({
  job,
  keys,
  checkpointIntervalMs: EACH_SECOND_MS,
  about,
  ...given,
});

export const works = {
  'keys-10k': work('typed-totals', 10_000, 'count and sum, 10,000 keys, by row views and declared state'),
  'keys-10k-aggregates': work('declared-totals', 10_000, 'count and sum, 10,000 keys, by built-in aggregates'),
  'keys-10k-values': work('totals', 10_000, 'count and sum, 10,000 keys, by value() and update()'),
  'keys-1m': work('totals', 1_000_000, 'count and sum, 1,000,000 keys'),
  'keys-1m-no-checkpoints': work('totals', 1_000_000, 'the same without checkpoints', { checkpointIntervalMs: 0 }),
  window: work('window', 10_000, 'count, sum and maximum by key and second of event time, 10,000 keys'),
  strings: work('words', 10_000, 'count of 10,000 words of 3 to 12 letters'),
} as const satisfies { readonly [name: string]: Work };

export type WorkName = keyof typeof works;

export const workNames = Object.keys(works) as readonly WorkName[];

/** Latency is measured under this name. */
export const LATENCY = 'latency';

const LATENCY_SHOWN_EVERY = 10;

/** Of a run that is measured: it has no end. */
export function measuredSize({ keys }: Work): JobSize {
  return {
    keys,
    parallelism: PARALLELISM,
    recordsPerSecond: 0,
    shownEvery: SHOWN_EVERY,
    recordsPerMs: 1_000,
    recordsPerSplit: 0,
  };
}

/** Of a run whose results are compared: each record hands one on, and a window holds few. */
export function comparedSize(given: Work): JobSize {
  return { ...measuredSize(given), shownEvery: 1, recordsPerMs: 10, recordsPerSplit: 50_000 };
}

export const latencySize: JobSize = {
  ...measuredSize(works['keys-10k']),
  recordsPerSecond: LATENCY_RECORDS_PER_SECOND,
  shownEvery: LATENCY_SHOWN_EVERY,
};
