// The jobs of the real bench. The first one is count and sum by key. It hands on what a key came to with every record of one key in many, so that output is checked but
// costs next to nothing; state is updated with every record.
import { float64, int32, schema } from '../../src/core/columns/schema.ts';
import { count, sum } from '../../src/core/graph/aggregates.ts';
import { defineJob, type JobDefinition } from '../../src/core/graph/define-job.ts';
import type { Value } from '../../src/core/base/value.ts';
import type { JobEnvironment } from '../../src/core/graph/job-environment.ts';
import type { DataStream } from '../../src/core/graph/streams.ts';
import { SECOND_MS, tumblingEventTime } from '../../src/core/graph/windows.ts';
import { STRIDE, type Numbered, type RecordsSize, type Timed, type Worded } from './records.ts';

export const TOPIC = 'numbers';
export const SINK = 'totals';
/** The one artifact of these clusters: processes of the bench have it in their table from the beginning. */
export const ARTIFACT = 'bench';

export interface JobSize extends RecordsSize {
  /** Subtasks of everything, and splits. */
  readonly parallelism: number;
  /** Of all splits together; 0 is as fast as it goes. */
  readonly recordsPerSecond: number;
  /** Keys that this divides hand on their totals; of words, each count that it divides. */
  readonly shownEvery: number;
  /** Behind which a split ends; 0: when it is told to. */
  readonly recordsPerSplit: number;
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

/** What a window of a key came to. */
interface ShownWindow {
  readonly key: number;
  readonly start: number;
  readonly count: number;
  readonly sum: number;
  readonly max: number;
}

interface ShownCount {
  readonly word: string;
  readonly count: number;
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

/** The same by declared state, its records seen by views. */
export function typedTotalsJob({ keys, parallelism, recordsPerSecond, shownEvery }: JobSize): JobDefinition {
  const settings = { parallelism, parameters: { keys, shownEvery }, rows: 'views' } as const;
  return defineJob(
    'typed-totals',
    (env) =>
      numbers(env, { parallelism, recordsPerSecond })
        .keyBy('key')
        .withState(schema({ count: int32, sum: float64 }))
        .process<ShownTotal>('totals', {
          onRecord({ key, value }, context, state) {
            state.count += 1;
            state.sum += value;
            if (key % shownEvery === 0) context.collect({ key, ...state });
          },
        })
        .sinkTo('shown', { sink: SINK }),
    settings,
  );
}

/** The same by built-in aggregates: what a key came to is made with each record, and most of it is dropped. */
export function declaredTotalsJob({ keys, parallelism, recordsPerSecond, shownEvery }: JobSize): JobDefinition {
  const settings = { parallelism, parameters: { keys, shownEvery } };
  return defineJob(
    'declared-totals',
    (env) =>
      numbers(env, { parallelism, recordsPerSecond })
        .keyBy('key')
        .aggregate('totals', { count: count(), sum: sum('value') })
        .filter('some', ({ key }) => key % shownEvery === 0)
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

/** Count, sum and maximum by key and second of event time. */
export function windowJob({ parallelism }: JobSize): JobDefinition {
  return defineJob(
    'keyed-windows',
    (env) =>
      env
        .fromSource<Timed>('numbers', { topic: TOPIC, splits: parallelism, timestamp: ({ at }) => at })
        .keyBy(({ key }) => key)
        .window('by-second', tumblingEventTime(SECOND_MS))
        .aggregate({
          create: () => ({ count: 0, sum: 0, max: Number.MIN_SAFE_INTEGER }),
          add: ({ count, sum, max }, { value }) => ({ count: count + 1, sum: sum + value, max: Math.max(max, value) }),
          result: ({ count, sum, max }, { key, window }): ShownWindow => ({
            key,
            start: window.start,
            count,
            sum,
            max,
          }),
        })
        .sinkTo('shown', { sink: SINK }),
    { parallelism },
  );
}

/** A count by word. */
export function wordsJob({ parallelism, shownEvery }: JobSize): JobDefinition {
  return defineJob(
    'keyed-words',
    (env) =>
      env
        .fromSource<Worded>('words', { topic: TOPIC, splits: parallelism })
        .keyBy(({ word }) => word)
        .process<ShownCount>('counts', {
          onRecord({ word }, context) {
            const state = context.state<number>('count');
            const count = (state.value() ?? 0) + 1;
            state.update(count);
            if (count % shownEvery === 0) context.collect({ word, count });
          },
        })
        .sinkTo('shown', { sink: SINK }),
    { parallelism },
  );
}

/** What a job that hands on something for each key, or each key and window, came to: by name, the numbers of the last record. */
export type Results = ReadonlyMap<string, readonly number[]>;

/** A record of the sink as its name and its numbers; null: a latency, which is no result. */
export function resultOf(record: Value): readonly [name: string, numbers: readonly number[]] | null {
  if (typeof record !== 'object') return null;
  const shown = record as unknown as ShownTotal | ShownWindow | ShownCount;
  if ('word' in shown) return [shown.word, [shown.count]];
  if ('start' in shown) return [`${shown.key}@${shown.start}`, [shown.count, shown.sum, shown.max]];
  return [String(shown.key), [shown.count, shown.sum]];
}

/** The clock of the machine, the same for all its processes. */
function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1_000);
}

/** What is right: the last totals of all keys that are shown, added up, and how many times any was shown. */
export interface Outcome {
  shown: number;
  count: number;
  sum: number;
}

/** Computed independently of the job, from how many records each split had. */
export function expectedOutcome(
  positions: readonly number[],
  { keys, shownEvery }: Pick<JobSize, 'keys' | 'shownEvery'>,
): Outcome {
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
