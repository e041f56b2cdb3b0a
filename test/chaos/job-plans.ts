// Jobs as fast-check makes them: a plan is data, which shrinks, and the scenario is built from it. Whatever the plan, the output multiset does not
// depend on the order between splits: results that do are written to a sink of their own, and what goes on is made of the key alone.
import * as fc from 'fast-check';
import type { JobEnvironment } from '../../src/core/graph/job-environment.ts';
import {
  avg,
  count,
  countDistinct,
  defineJob,
  defineScenario,
  last,
  max,
  min,
  minBy,
  sum,
  tumblingEventTime,
  type DataStream,
  type Scenario,
} from '../../src/scenario/millrace-scenario.ts';
import type { FunctionCalls } from '../../src/scenario/code/function-calls.ts';
import { quickOptions, quickSim } from '../../scenarios/quick-cluster.ts';

type Item = { readonly key: number; readonly size: number };
type Read = Item & { readonly at: number };

const STAGES = [
  'copies',
  'some',
  'spread',
  'reduce',
  'totals',
  'remember',
  'bells',
  'window',
  'totals-by-window',
  'union',
  'branch',
  'calls',
] as const;

interface SourcePlan {
  readonly lengths: readonly number[];
  readonly parallelism: number;
  readonly recordsPerSecond: number;
  readonly stepMs: number;
  readonly outOfOrdernessMs: number;
}

interface StagePlan {
  readonly kind: (typeof STAGES)[number];
  /** Which of the streams so far, counted round. */
  readonly on: number;
  readonly parallelism: number;
  readonly keys: number;
  readonly everyMs: number;
}

export interface JobPlan {
  readonly sources: readonly SourcePlan[];
  readonly stages: readonly StagePlan[];
  readonly options: NonNullable<Scenario['options']>;
  readonly faults: Scenario['faults'];
}

const parallelism = fc.integer({ min: 1, max: 3 });

const sourcePlan: fc.Arbitrary<SourcePlan> = fc.record({
  lengths: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 }),
  parallelism,
  recordsPerSecond: fc.constantFrom(40, 100, 0),
  stepMs: fc.constantFrom(10, 0, 500),
  outOfOrdernessMs: fc.constantFrom(0, 30, 1_000),
});

const stagePlan: fc.Arbitrary<StagePlan> = fc.record({
  kind: fc.constantFrom(...STAGES),
  on: fc.nat(4),
  parallelism,
  keys: fc.constantFrom(1, 3, 100),
  everyMs: fc.constantFrom(100, 1, 10_000),
});

const few = fc.integer({ min: 1, max: 5 });
const weight = fc.constantFrom(0, 0.3, 1);

export const jobPlan: fc.Arbitrary<JobPlan> = fc.record({
  sources: fc.array(sourcePlan, { minLength: 1, maxLength: 3 }),
  stages: fc.array(stagePlan, { maxLength: 6 }),
  options: fc.record({
    batchSizeRecords: fc.oneof(few, fc.constant(64)),
    creditsPerChannel: few,
    sourceReadRecords: fc.oneof(few, fc.constant(256)),
    timersPerStep: fc.oneof(few, fc.constant(128)),
    snapshotKeyGroupsPerStep: fc.oneof(few, fc.constant(16)),
    retainedCheckpoints: few,
    checkpointIntervalMs: fc.constantFrom(200, 50, 500),
    checkpointTimeoutMs: fc.constant(2_000),
  }),
  faults: fc.record({
    'tm-crash': weight,
    'jm-crash': weight,
    'lease-loss': weight,
    'barrier-loss': weight,
    'message-delay': weight,
    'connection-break': weight,
    partition: weight,
    pause: weight,
    'store-fail': weight,
    'store-unknown': weight,
  }),
});

export function scenarioOf({ sources, stages, options, faults }: JobPlan): Scenario {
  return defineScenario({
    name: 'generated',
    about: 'A job that nobody wrote.',
    cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 },
    job: defineJob('generated', (env) => defineStages(env, sources, stages)),
    input: () =>
      Object.fromEntries(
        sources.map((source, index) => [
          `topic-${index}`,
          { splits: source.lengths.map((length, split) => recordsOf(source, length, split)) },
        ]),
      ),
    options: { ...quickOptions, ...options },
    sim: quickSim,
    faults,
    reference: true,
  });
}

/** Displaced by no more than the job allows. */
function recordsOf({ stepMs, outOfOrdernessMs }: SourcePlan, length: number, split: number): Read[] {
  return Array.from({ length }, (_, index) => ({
    key: (index * 7 + split) % 50,
    size: (index + split) % 5,
    at: 1_000 + index * stepMs + ((index * 17) % (outOfOrdernessMs + 1)),
  }));
}

function defineStages(env: JobEnvironment, sources: readonly SourcePlan[], stages: readonly StagePlan[]): void {
  let streams = sources.map(({ lengths, ...source }, index) =>
    env
      .fromSource<Read>(`source-${index}`, {
        topic: `topic-${index}`,
        splits: lengths.length,
        recordsPerSecond: source.recordsPerSecond,
        outOfOrdernessMs: source.outOfOrdernessMs,
        parallelism: source.parallelism,
        timestamp: ({ at }) => at,
      })
      .map(`items-${index}`, ({ key, size }): Item => ({ key, size }), { parallelism: source.parallelism }),
  );
  for (const [number, stage] of stages.entries()) {
    const at = stage.on % streams.length;
    const stream = streams[at] as DataStream<Item>;
    const other = streams[(at + 1) % streams.length] as DataStream<Item>;
    const others = streams.filter((one) => one !== stream);
    if (stage.kind === 'branch') streams = [...streams, itemsOf(stream, `branch-${number}`, stage.parallelism)];
    else if (stage.kind !== 'union') streams = [...others, addStage(stream, `${stage.kind}-${number}`, stage)];
    else if (other !== stream)
      streams = [
        ...others.filter((one) => one !== other),
        itemsOf(stream.union(other), `union-${number}`, stage.parallelism),
      ];
  }
  for (const [index, stream] of streams.entries()) {
    stream
      .map(`end-${index}`, ({ key, size }, { timestamp }) => ({ key, size, timestamp }))
      .sinkTo(`sink-${index}`, { sink: `out-${index}`, parallelism: 1 + (index % 3) });
  }
}

/** What comes is made of the key alone: how records are ordered between splits is forgotten. */
function itemsOf(stream: DataStream<Item>, id: string, parallelism: number): DataStream<Item> {
  return stream.map(id, ({ key }) => ({ key, size: key % 5 }), { parallelism });
}

/** What functions of `mapAsync` come to, without their file: each takes a time of its own. */
export const plannedCalls: FunctionCalls = {
  call({ value, seed }) {
    const { key, size } = value as unknown as Item;
    return { kind: 'returned', value: { key, size: (3 * size + 1) % 7 }, durationMs: seed % 4 === 0 ? 0 : seed % 12 };
  },
};

function addStage(
  stream: DataStream<Item>,
  id: string,
  { kind, parallelism, keys, everyMs }: StagePlan,
): DataStream<Item> {
  const keyed = stream.keyBy(({ key }) => (key % 2 === 0 ? key % keys : `odd-${key % keys}`));
  const settings = { parallelism };
  switch (kind) {
    case 'copies':
      return stream.flatMap(
        id,
        ({ key, size }) => Array.from({ length: size % 3 }, (_, copy) => ({ key: key + copy, size })),
        settings,
      );
    case 'some':
      return stream.filter(id, ({ size }) => size >= keys % 6, settings);
    case 'spread':
      return stream.rebalance().map(id, ({ key, size }) => ({ key: key + 1, size }), settings);
    case 'reduce': {
      const ones = stream.map(`${id}-ones`, ({ key }) => ({ key: key % keys, size: 1 }), settings);
      const byKey = everyMs === 1 ? ones.keyBy('key') : ones.keyBy(({ key }) => key);
      const sums = byKey.reduce(id, (a, b) => ({ key: a.key, size: a.size + b.size }), settings);
      sums.sinkTo(`${id}-sums`, { sink: `${id}-sums`, parallelism: 1 });
      return itemsOf(sums, `${id}-items`, parallelism);
    }
    case 'totals': {
      const ones = stream.map(`${id}-ones`, ({ key }) => ({ key: key % keys, size: 1 }), settings);
      const byKey = everyMs === 1 ? ones.keyBy('key') : ones.keyBy(({ key }) => key);
      const totals = byKey.aggregate(
        id,
        {
          size: count(),
          total: sum('size'),
          mean: avg('size'),
          most: max('key'),
          first: minBy('size'),
          began: last('key'),
        },
        settings,
      );
      totals
        .map(`${id}-flat`, ({ key, size, total, mean, most, first, began }) => ({
          key,
          size,
          total,
          mean,
          most,
          began,
          smallest: first.size,
        }))
        .sinkTo(`${id}-sums`, { sink: `${id}-sums`, parallelism: 1 });
      return totals.map(`${id}-items`, ({ key }) => ({ key, size: key % 5 }), { parallelism });
    }
    case 'remember': {
      const counts = keyed.process<Item>(
        id,
        {
          onRecord(_, context) {
            const count = context.state<number>('count');
            count.update((count.value() ?? 0) + 1);
            if ((count.value() ?? 0) % 4 === 0) context.state('fourth').clear();
            else context.state('fourth').update(null);
            context.collect({ key: String(context.key).length, size: count.value() ?? 0 });
          },
        },
        settings,
      );
      counts.sinkTo(`${id}-counts`, { sink: `${id}-counts`, parallelism });
      return itemsOf(counts, `${id}-items`, parallelism);
    }
    case 'bells':
      return keyed.process<Item>(
        id,
        {
          onRecord({ size }, context) {
            const at = Math.ceil(context.timestamp / everyMs) * everyMs;
            const sum = context.state<number>(`at-${at}`);
            sum.update((sum.value() ?? 0) + size);
            context.registerEventTimeTimer(at);
            context.registerEventTimeTimer(Number.MAX_SAFE_INTEGER);
          },
          onTimer(timestamp, context) {
            // No window could hold what is emitted at the end of all time.
            if (timestamp === Number.MAX_SAFE_INTEGER) return context.state('over').update(true);
            const sum = context.state<number>(`at-${timestamp}`);
            context.collect({ key: String(context.key).length, size: (sum.value() ?? 0) % 100 });
            sum.clear();
          },
        },
        settings,
      );
    case 'window':
      return keyed.window(id, tumblingEventTime(everyMs)).aggregate(
        {
          create: () => 0,
          add: (sum: number, { size }) => sum + size,
          result: (sum, { key, window }): Item => ({ key: window.start % 50, size: sum + String(key).length }),
        },
        settings,
      );
    case 'totals-by-window':
      return keyed
        .window(id, tumblingEventTime(everyMs))
        .aggregate({ total: sum('size'), keys: countDistinct('key'), least: min('size'), most: max('key') }, settings)
        .map(
          `${id}-items`,
          ({ window, total, keys: different, least, most }): Item => ({
            key: (window.start + most) % 50,
            size: total + different + least,
          }),
          { parallelism },
        );
    case 'calls':
      return stream.mapAsync<Item>(id, () => Promise.reject(new Error('see `plannedCalls`')), {
        ...settings,
        ordered: everyMs !== 1,
        capacity: keys,
      });
    case 'union':
    case 'branch':
      return stream; // not of one stream alone
  }
}
