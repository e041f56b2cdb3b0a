// The job of the real bench: count and sum by key. It hands on what a key came to with every record of one key in many, so that output is checked but
// costs next to nothing; state is updated with every record.
import { defineJob, type JobDefinition } from '../../src/core/graph/define-job.ts';
import type { DataStream, JobEnvironment } from '../../src/core/graph/streams.ts';

export const TOPIC = 'numbers';
export const SINK = 'totals';
/** The one artifact of these clusters: processes of the bench have it in their table from the beginning. */
export const ARTIFACT = 'bench';

export interface JobSize {
  readonly keys: number;
  /** Subtasks of everything, and splits. */
  readonly parallelism: number;
  /** Of all splits together; 0 is as fast as it goes. */
  readonly recordsPerSecond: number;
  /** Keys that this divides hand on their totals. */
  readonly shownEvery: number;
}

/** Of 16 bytes in other systems. */
export interface Numbered {
  readonly key: number;
  readonly value: number;
}

interface Stamped extends Numbered {
  readonly at: number;
}

interface Total {
  readonly count: number;
  readonly sum: number;
}

export interface ShownTotal extends Total {
  readonly key: number;
}

const NO_TOTAL: Total = { count: 0, sum: 0 };

const add = (total: Total | null, value: number): Total => {
  const { count, sum } = total ?? NO_TOTAL;
  return { count: count + 1, sum: sum + value };
};

const numbers = (
  env: JobEnvironment,
  { parallelism, recordsPerSecond }: Pick<JobSize, 'parallelism' | 'recordsPerSecond'>,
): DataStream<Numbered> =>
  env.fromSource<Numbered>('numbers', {
    topic: TOPIC,
    splits: parallelism,
    recordsPerSecond: recordsPerSecond / parallelism,
  });

export function totalsJob({ keys, parallelism, recordsPerSecond, shownEvery }: JobSize): JobDefinition {
  const settings = { parallelism, parameters: { keys, shownEvery } };
  return defineJob(
    'keyed-totals',
    (env) =>
      numbers(env, { parallelism, recordsPerSecond })
        .keyBy('key')
        .process<ShownTotal>('totals', {
          onRecord({ key, value }, context) {
            const state = context.state<Total>('total');
            const total = add(state.value(), value);
            state.update(total);
            if (key % shownEvery === 0) context.collect({ key, ...total });
          },
        })
        .sinkTo('shown', { sink: SINK }),
    settings,
  );
}

/**
 * The same with the clock in it, which only a bench may look at: from the map behind the source to the map before the sink, in µs. So it holds what
 * batching, queues, the network and the loops of both processes take.
 */
export function latencyJob({ parallelism, recordsPerSecond, shownEvery }: JobSize): JobDefinition {
  return defineJob(
    'keyed-latency',
    (env) =>
      numbers(env, { parallelism, recordsPerSecond })
        .map('stamp', ({ key, value }): Stamped => ({ key, value, at: nowUs() }))
        .keyBy('key')
        .process<number>('totals', {
          onRecord({ key, value, at }, context) {
            const state = context.state<Total>('total');
            state.update(add(state.value(), value));
            if (key % shownEvery === 0) context.collect(at);
          },
        })
        .map('arrive', (at: number) => nowUs() - at)
        .sinkTo('shown', { sink: SINK }),
    { parallelism },
  );
}

/** The clock of the machine, the same for all its processes. */
function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1_000);
}

/** Coprime to all numbers of keys that are measured: it visits each of them before it comes back to one. */
const STRIDE = 7_919;

/** The records of a split from a position on. */
export function numbersFrom(split: number, position: number, count: number, keys: number): Numbered[] {
  const numbers: Numbered[] = [];
  let key = (position * STRIDE + split) % keys;
  for (let at = position; at < position + count; at++) {
    numbers.push({ key, value: at & 1_023 });
    key = (key + STRIDE) % keys;
  }
  return numbers;
}

/** What is right: the last totals of all keys that are shown, added up, and how many times any was shown. */
export interface Outcome {
  shown: number;
  count: number;
  sum: number;
}

/** Computed independently of the job, from how many records each split had. */
export function expectedOutcome(positions: readonly number[], { keys, shownEvery }: JobSize): Outcome {
  const outcome = { shown: 0, count: 0, sum: 0 };
  for (const [split, end] of positions.entries()) {
    let key = split % keys;
    for (let at = 0; at < end; at++) {
      if (key % shownEvery === 0) {
        outcome.shown += 1;
        outcome.count += 1;
        outcome.sum += at & 1_023;
      }
      key = (key + STRIDE) % keys;
    }
  }
  return outcome;
}
