// A job whose own code is wrong is told so in its first run, in one sentence, whatever the faults: it is no question of safety or liveness of a cluster.
import { describe, expect, test } from 'vitest';
import { defineJob, type JobDefinition } from '../../../src/core/graph/define-job.ts';
import type { ProcessContext } from '../../../src/core/graph/functions.ts';
import type { DataStream } from '../../../src/core/graph/streams.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';
import { runSeed } from '../../sim/cluster/lab.ts';

type Row = { readonly k: string; readonly n: number };

const rows = (split: number): Row[] => Array.from({ length: 40 }, (_, n) => ({ k: `${split}-${n % 5}`, n }));

function jobOf(
  build: (rows: DataStream<Row>) => DataStream<unknown>,
  timestamp = (row: Row): number => row.n,
): JobDefinition {
  return defineJob('own-code', (env) => {
    const source = env.fromSource<Row>('in', { topic: 'in', splits: 2, recordsPerSecond: 100, timestamp });
    build(source).sinkTo('out', { sink: 'out' });
  });
}

function scenarioOf(job: JobDefinition, judged: Partial<Scenario>): Scenario {
  const { cluster, options = {} } = wordCount;
  const input = (): ReturnType<Scenario['input']> => ({ in: { splits: [rows(0), rows(1)] } });
  return { name: 'own-code', about: 'x', cluster, job, options, input, faults: {}, reference: true, ...judged };
}

type Build = (rows: DataStream<Row>) => DataStream<unknown>;

const byKey = ({ k }: Row): string => k;
const process =
  (onRecord: (row: Row, context: ProcessContext) => unknown): Build =>
  (stream) =>
    stream.keyBy(byKey).process('p', { onRecord });

let calls = 0;
const kept: ProcessContext[] = [];
const spent: { last: Row | null } = { last: null };

const mistakes: readonly (readonly [name: string, build: Build, sentence: string | RegExp])[] = [
  [
    'an asynchronous filter',
    (s) => s.filter('f', (async () => false) as never),
    'filter "f" gave a promise, expected true or false',
  ],
  ['an asynchronous map', (s) => s.map('m', (async () => 1) as never), 'map "m" gave a promise, expected a record'],
  [
    'a flatMap that gives a number',
    (s) => s.flatMap('f', (() => 3) as never),
    'flatMap "f" gave 3, expected records one by one',
  ],
  ['an asynchronous onRecord', process(async () => undefined), 'onRecord "p" gave a promise, expected nothing'],
  [
    'an object as a key',
    (s) => s.keyBy(((row: Row) => ({ id: row.k })) as never).reduce('red', (a) => a),
    'operator "red" gave no key: an object is no string, number, bigint or boolean, nor an array of them',
  ],
  [
    'a field that no record has',
    (s) => s.keyBy('key' as never).reduce('red', (a) => a),
    'operator "red" has no key: the record has no field "key"',
  ],
  [
    'a field without a key',
    (s) =>
      s
        .map('m', (row) => ({ row }))
        .keyBy('row' as never)
        .process<number>('p', { onRecord: () => undefined }),
    'operator "p" has no key in field "row": an object is no string, number, bigint or boolean, nor an array of them',
  ],
  [
    'an asynchronous accumulator',
    (s) =>
      s
        .keyBy(byKey)
        .window('w', tumblingEventTime(10))
        .aggregate({ create: (async () => 0) as never, add: (sum: number) => sum, result: (sum) => sum }),
    'create "w" gave a promise, expected an accumulator',
  ],
  ['a timer at no time', process((_, its) => its.registerEventTimeTimer(Number.NaN)), 'operator "p" names a timer NaN'],
  ['a bad name', process((_, its) => its.state('a b').value()), 'operator "p" names a state "a b"'],
  [
    'the clock',
    (s) => s.map('m', ({ n }) => ({ n, at: Date.now() })),
    'map "m" called Date.now(), which reads a clock',
  ],
  ['an end of the process', (s) => s.map('m', () => globalThis.process.exit(0)), 'map "m" called process.exit()'],
  [
    'a counter in a closure',
    (s) => s.map('m', () => (calls += 1)),
    'map "m" did something else when it was called again',
  ],
  [
    'the record before, in a closure',
    (s) => s.map('m', (row) => ({ before: spent.last, row: (spent.last = row) })),
    'map "m" did something else when it was called again',
  ],
  [
    'a context that is used later',
    process((row, its) => {
      kept.at(-1)?.collect(row);
      kept.push(its);
    }),
    '"p" used a context after the call that it was given to',
  ],
  [
    'a timer that sets itself again at the end',
    (s) =>
      s.keyBy(byKey).process<number>('p', {
        onRecord: (row, its) => its.registerEventTimeTimer(row.n),
        onTimer: (at, its) => its.registerEventTimeTimer(at + 1),
      }),
    /onTimer "p" set more than|sets timers without end, in process "p"/,
  ],
  [
    'what throws',
    (s) => s.map('m', () => (null as unknown as Row).n),
    'throws, in map "m": TypeError: Cannot read properties of null',
  ],
  [
    'a changed record',
    (s) => s.map('m', (row) => Object.assign(row, { n: 1 })),
    'throws, in map "m": TypeError: Cannot assign',
  ],
  [
    'what a sink cannot hold',
    (s) => s.map('m', () => ({ mean: 0 / 0 })),
    'gives what a sink cannot hold, in sink "out": NaN at .mean',
  ],
];

const says = (text: string, sentence: string | RegExp): boolean =>
  typeof sentence === 'string' ? text.includes(sentence) : sentence.test(text);

describe.each<[string, Partial<Scenario>]>([
  ['a sequential run', {}],
  ['a check', { reference: false, check: () => null }],
])('judged by %s', (_, judged) => {
  test.each(mistakes)('%s', (_name, build, sentence) => {
    const result = runSeed(scenarioOf(jobOf(build), judged), 1);
    expect([result.verdict, result.sentence]).toEqual([
      'correctness',
      expect.toSatisfy((text: string) => says(text, sentence)),
    ]);
    expect(result.violations[0]?.evidence.length).toBeGreaterThan(0);
  });

  test('no time at all', () => {
    const { verdict, sentence } = runSeed(
      scenarioOf(
        jobOf(
          (s) => s,
          () => Number.NaN,
        ),
        judged,
      ),
      1,
    );
    expect([verdict, sentence]).toEqual([
      'correctness',
      'O-exact: the job\'s own code: operator "in" gave a timestamp that is no whole number of ms, but NaN',
    ]);
  });
});

describe('an input', () => {
  const withInput = (input: unknown): Scenario =>
    scenarioOf(
      jobOf((s) => s),
      { input: input as Scenario['input'] },
    );

  test.each<[string, unknown, string]>([
    ['that is a promise', async () => ({}), 'its input gave a promise, expected topics by name'],
    ['that throws later', async () => Promise.reject(new Error('late')), 'its input gave a promise'],
    [
      'that draws at random',
      () => ({ in: { splits: [rows(0), rows(1).map((row) => ({ ...row, n: Math.random() }))] } }),
      'its input is not repeatable: with the same answers of `pick` it gave',
    ],
    [
      'with NaN',
      () => ({ in: { splits: [rows(0), [{ k: 'a', n: Number.NaN }]] } }),
      'record 0 of split 1 of topic "in" holds NaN at .n, which JSON cannot say',
    ],
  ])('%s is refused', (_, input, sentence) => {
    expect(() => runSeed(withInput(input), 1)).toThrow(sentence);
  });
});
