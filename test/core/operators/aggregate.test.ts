// Built-in aggregates: what each comes to, value for value, beside the judges' own reference and beside plain words; generated code and its plain twin; and
// what they refuse.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import {
  avg,
  count,
  countDistinct,
  first,
  last,
  max,
  maxBy,
  min,
  minBy,
  namedAggregates,
  sum,
  type Aggregate,
} from '../../../src/core/graph/aggregates.ts';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import { generatedCode, plainCode } from '../../../src/core/operators/aggregate-code.ts';
import { addDistinct, NO_VALUES, type DistinctValues } from '../../../src/core/operators/distinct-values.ts';
import { UserCodeError } from '../../../src/core/operators/user-code-error.ts';
import { dataToJson } from '../../../src/run/data-json.ts';
import { END_OF_TIME, type OperatorState, type ReferenceRun } from '../../../src/sim/oracles/kinds/kind.ts';
import { REFERENCE_KINDS } from '../../../src/sim/oracles/kinds/kinds.ts';
import { planReference } from '../../../src/sim/oracles/reference-plan.ts';
import { createReferenceRun } from '../../../src/sim/oracles/reference-run.ts';
import { textOf } from '../../../src/sim/oracles/text.ts';
import { harness, jobOf, opened, packed, restore, snapshotOf, type Emitted, type Harness } from './chain-fixture.ts';

type Declared = Readonly<Record<string, Aggregate>>;

const rollingJob = (declared: Declared): JobDefinition =>
  jobOf((rows) => rows.keyBy('key').aggregate('totals', declared as never) as never);
const windowJob = (declared: Declared, sizeMs = 10): JobDefinition =>
  jobOf(
    (rows) =>
      rows
        .keyBy('key')
        .window('totals', tumblingEventTime(sizeMs))
        .aggregate(declared as never) as never,
  );

const numbers = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double(),
  fc.constantFrom(-0, 0, NaN, Infinity, -Infinity, 2 ** 53 - 1, 2 ** 53 + 2, 0.1, 1e308),
);
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'B', '\ud800', '\ud83d\ude00', '\uffff'),
  fc.string({ unit: 'binary' }),
);
const anything = fc.constantFrom<Value[]>(null, true, [1, -0], { a: NaN }, 'x', -0, 7n);
/** No sum of them is beyond 64 bits. */
const int64s = fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -(2n ** 56n), max: 2n ** 56n }));
/** `n`: numbers; `id`: int64s; `s`: strings; `in.side`: a number inside of a record; `any`: whatever. */
const rowOf = fc.record({
  key: fc.constantFrom<(string | number | bigint)[]>('a', 'b', 1, -0, 1n),
  n: numbers,
  id: int64s,
  s: texts,
  any: anything,
  some: fc.oneof(numbers, int64s, texts, fc.boolean()),
  in: fc.record({ side: numbers }),
});
const numberField = fc.constantFrom('n', 'id', 'in.side');
const orderedField = fc.constantFrom('n', 'id', 's', 'in.side');
const anyField = fc.constantFrom('any', 'n', 'in', 'in.side', 's');
const aggregate: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.constant(count()),
  numberField.map((field) => sum(field)),
  numberField.map((field) => avg(field)),
  orderedField.map((field) => min(field)),
  orderedField.map((field) => max(field)),
  orderedField.map((field) => minBy(field)),
  orderedField.map((field) => maxBy(field)),
  fc.constant(first()),
  fc.constant(last()),
  anyField.map((field) => first(field)),
  anyField.map((field) => last(field)),
  fc.constantFrom('n', 's', 'some', 'in.side', 'key').map((field) => countDistinct(field)),
);
const declaration: fc.Arbitrary<Declared> = fc.dictionary(
  fc.constantFrom('total', 'a', 'b', 'constructor', 'toString', 'mean-of-it', 'Z_9'),
  aggregate,
  { minKeys: 1, maxKeys: 6 },
);
const records: fc.Arbitrary<Emitted[]> = fc.array(
  fc.record({ value: rowOf, timestamp: fc.integer({ min: 0, max: 40 }) }),
  { maxLength: 60 },
);

/** What the judges' reference emits for the aggregate of a job, and holds of its keys. */
function referenceOf(job: JobDefinition, given: readonly Emitted[], endsAt: number) {
  const index = job.graph.operators.findIndex(({ id }) => id === 'totals');
  const run: ReferenceRun = createReferenceRun(planReference(job.graph, job.program, {}), () => undefined);
  const row = REFERENCE_KINDS[job.graph.operators[index]!.kind];
  const emitted: Emitted[] = [];
  const emit = (_: ReferenceRun, __: number, value: Value, timestamp: number): void =>
    void emitted.push({ value, timestamp });
  for (const { value, timestamp } of given) row.take(run, index, value, timestamp, emit);
  const states = row.kept!.expected(run.states[index] as OperatorState);
  row.fire?.(run, index, endsAt, emit);
  return { row, emitted, states };
}

/** What a snapshot holds, as the judges read it, by key; in one text. */
function textOfStates(states: ReturnType<typeof referenceOf>['states']): string[] {
  return [...states]
    .map(([key, { windows, values }]) =>
      textOf([key, [...windows].sort(([a], [b]) => a - b), [...values].sort(([a], [b]) => (a < b ? -1 : 1))]),
    )
    .sort();
}

function statesIn(run: Harness, { row }: ReturnType<typeof referenceOf>): string[] {
  const entries = opened(snapshotOf(run.chain)).flatMap(({ keyGroups }) => keyGroups.flatMap((group) => group.entries));
  return textOfStates(new Map(entries.map(({ key, value }) => [textOf(key), row.kept!.read(key, value)])));
}

const texted = (emitted: readonly Emitted[]): string[] =>
  emitted.map(({ value, timestamp }) => `${timestamp} ${textOf(value)}`);

describe.each([
  ['on a keyed stream', rollingJob],
  ['on windows', windowJob],
])('%s', (_, jobFor) => {
  test('any aggregates of any records are those of the reference', () => {
    fc.assert(
      fc.property(declaration, records, (declared, given) => {
        const job = jobFor(declared);
        const expected = referenceOf(job, given, END_OF_TIME);
        const run = harness(job);
        run.sendAll(given);
        expect(statesIn(run, expected)).toEqual(textOfStates(expected.states));
        run.advance(END_OF_TIME);
        if (jobFor === rollingJob) expect(texted(run.emitted)).toEqual(texted(expected.emitted));
        else expect(texted(run.emitted).toSorted()).toEqual(texted(expected.emitted).toSorted());
      }),
      { numRuns: 400 },
    );
  });

  test('what is restored, from small groups and from tables, goes on like the original', () => {
    fc.assert(
      fc.property(declaration, records, records, fc.integer({ min: 1, max: 60 }), (declared, before, after, keys) => {
        const spread = (list: readonly Emitted[]): Emitted[] =>
          list.flatMap((one) =>
            Array.from({ length: keys }, (__, key) => ({ ...one, value: { ...(one.value as object), key } })),
          );
        const job = jobFor(declared);
        const original = harness(job);
        original.sendAll(spread(before));
        const restored = harness(job);
        restore(restored.chain, snapshotOf(original.chain), original.chain.watermark);
        expect(snapshotOf(restored.chain)).toEqual(snapshotOf(original.chain));
        original.take();
        for (const run of [original, restored]) {
          run.sendAll(spread(after));
          run.advance(1_000);
        }
        expect(restored.take()).toEqual(original.take());
        expect(snapshotOf(restored.chain)).toEqual(snapshotOf(original.chain));
      }),
      { numRuns: 60 },
    );
  });
});

test('generated code and plain loops make the same', () => {
  fc.assert(
    fc.property(
      declaration,
      fc.array(rowOf, { minLength: 1 }),
      fc.constantFrom('key', 'key-and-window'),
      (declared, rows, head) => {
        const named = namedAggregates(declared);
        const window = { start: 0, end: 10 };
        const [one, other] = [generatedCode('totals', named, head)!, plainCode('totals', named, head)].map(
          ({ begin, add, result }) => {
            const states: Value[] = [];
            for (const row of rows) states.push(states.length === 0 ? begin(row) : add(states.at(-1)!, row));
            return states.map((state) => dataToJson([state, result(state, 'k', window)]));
          },
        );
        expect(other).toEqual(one);
      },
    ),
  );
});

describe('in words', () => {
  const row = (n: unknown, s: unknown = 'x') => ({ key: 'k', n, s }) as Value;
  const last1 = (declared: Declared, rows: readonly Value[]): Value => {
    const run = harness(rollingJob(declared));
    run.sendAll(rows.map((value) => ({ value, timestamp: 0 })));
    return run.values().at(-1)!;
  };

  test('a result is the key and what each aggregate has come to, in the order of the declaration', () => {
    const rows = [row(3, 'b'), row(1, 'a'), row(1, 'c'), row(2, 'a')];
    const declared = {
      rows: count(),
      total: sum('n'),
      mean: avg('n'),
      least: min('n'),
      most: max('s'),
      cheapest: minBy('n'),
      dearest: maxBy('n'),
      began: first('s'),
      newest: last(),
      words: countDistinct('s'),
    };
    const result = last1(declared, rows);
    expect(result).toEqual({
      key: 'k',
      rows: 4,
      total: 7,
      mean: 1.75,
      least: 1,
      most: 'c',
      cheapest: row(1, 'a'),
      dearest: row(3, 'b'),
      began: 'b',
      newest: row(2, 'a'),
      words: 3,
    });
    expect(Object.keys(result as object)).toEqual(['key', ...Object.keys(declared)]);
  });

  test('each record has its result and keeps its timestamp; a window has one, at its end', () => {
    const rolling = harness(rollingJob({ rows: count(), total: sum('n') }));
    rolling.send(row(1), 5);
    rolling.send(row(2), 3);
    expect(rolling.emitted).toEqual([
      { value: { key: 'k', rows: 1, total: 1 }, timestamp: 5 },
      { value: { key: 'k', rows: 2, total: 3 }, timestamp: 3 },
    ]);
    const windows = harness(windowJob({ rows: count(), total: sum('n') }));
    for (const [n, timestamp] of [
      [1, 5],
      [2, 3],
      [4, 15],
    ] as const)
      windows.send(row(n), timestamp);
    windows.advance(12);
    windows.send(row(9), 9);
    expect(windows.emitted).toEqual([
      { value: { key: 'k', window: { start: 0, end: 10 }, rows: 2, total: 3 }, timestamp: 9 },
    ]);
    expect(windows.chain.lateRecordsDropped).toBe(1);
  });

  test.each<[string, Aggregate, readonly unknown[], unknown]>([
    ['a sum adds one behind the other', sum('n'), [1e16, 1, -1e16], 0],
    ['a sum of -0 is 0', sum('n'), [-0, -0], 0],
    ['a sum with NaN is NaN', sum('n'), [1, NaN, 2], NaN],
    ['infinities of both signs are NaN', sum('n'), [Infinity, -Infinity], NaN],
    ['a mean', avg('n'), [1, 2, 6], 3],
    ['-0 is less than 0', min('n'), [0, -0], -0],
    ['0 is greater than -0', max('n'), [-0, 0, -0], 0],
    ['NaN is the greatest', max('n'), [Infinity, NaN, 1], NaN],
    ['and never the least', min('n'), [NaN, 7, NaN], 7],
    ['unless there is no other', min('n'), [NaN, NaN], NaN],
    ['-Infinity is the least', min('n'), [3, -Infinity], -Infinity],
    ['strings by UTF-16 units', max('n'), ['Z', 'a', '\ud83d\ude00', '\uffff'], '\uffff'],
    ['the last is the last', last('n'), [1, null], null],
    ['the first may be null', first('n'), [null, 1], null],
    ['values are counted once', countDistinct('n'), [0, -0, NaN, NaN, '0', false, 0], 4],
  ])('%s', (_, one, given, expected) => {
    expect(
      last1(
        { it: one },
        given.map((n) => row(n)),
      ),
    ).toStrictEqual({ key: 'k', it: expected });
  });

  test('of equal records the first stays', () => {
    const rows = [row(2, 'a'), row(1, 'b'), row(1, 'c'), row(2, 'd')];
    expect(last1({ least: minBy('n'), most: maxBy('n') }, rows)).toEqual({
      key: 'k',
      least: row(1, 'b'),
      most: row(2, 'a'),
    });
  });

  test('aggregates that need the same share it', () => {
    const run = harness(rollingJob({ mean: avg('n'), total: sum('n'), rows: count(), again: count() }));
    run.send(row(2));
    const [entry] = opened(snapshotOf(run.chain)).flatMap(({ keyGroups }) =>
      keyGroups.flatMap((group) => group.entries),
    );
    expect(entry).toEqual({ key: 'k', value: { 'sum(n)': 2, 'count()': 1 } });
  });
});

describe('a record that an aggregate cannot take fails the job in one sentence', () => {
  test.each<[Aggregate, Value, string]>([
    [sum('n'), { key: 'k' }, 'has no sum(n): the record has no field "n", at the record {"key":"k"}'],
    [
      avg('n'),
      { key: 'k', n: '1' },
      'has no sum(n): its field "n" holds "1", expected a number, at the record {"key":"k","n":"1"}',
    ],
    [
      max('n'),
      { key: 'k', n: null },
      'has no max(n): its field "n" holds null, expected a number or a string, at the record {"key":"k","n":null}',
    ],
    [
      minBy('a.b'),
      { key: 'k', a: 1 },
      'has no minBy(a.b): the record has no field "a.b", at the record {"key":"k","a":1}',
    ],
    [
      countDistinct('n'),
      { key: 'k', n: [1] },
      'has no countDistinct(n): its field "n" holds an array, expected a string, a number or a boolean, at the record {"key":"k","n":[1]}',
    ],
    [first('n'), { key: 'k' }, 'has no first(n): the record has no field "n", at the record {"key":"k"}'],
  ])('%j', (one, record, problem) => {
    for (const jobFor of [rollingJob, windowJob])
      expect(sentenceOf(jobFor({ it: one }), [record])).toBe(`operator "totals" ${problem}`);
  });

  test.each<[Aggregate, readonly Value[], string]>([
    [
      sum('n'),
      [2n ** 63n - 1n, 1n],
      'its sum is 9223372036854775808, beyond 64 bits (-2^63 to 2^63 - 1), at the record {"key":"k","n":"1n"}',
    ],
    [
      avg('n'),
      [-(2n ** 63n), -1n],
      'its sum is -9223372036854775809, beyond 64 bits (-2^63 to 2^63 - 1), at the record {"key":"k","n":"-1n"}',
    ],
    [sum('n'), [1n, 1], 'its field "n" holds 1, expected a bigint as before, at the record {"key":"k","n":1}'],
    [sum('n'), [1, 1n], 'its field "n" holds 1n, expected a number as before, at the record {"key":"k","n":"1n"}'],
    [max('n'), [1n, 1], 'its field "n" holds 1, expected a bigint as before, at the record {"key":"k","n":1}'],
  ])('int64s: %j of %o', (one, values, problem) => {
    const rows = values.map((n) => ({ key: 'k', n }));
    const { of } = one;
    for (const jobFor of [rollingJob, windowJob])
      expect(sentenceOf(jobFor({ it: one }), rows)).toBe(
        `operator "totals" has no ${of === 'avg' ? 'sum' : of}(n): ${problem}`,
      );
  });

  test('also behind others, and where a field changes its type', () => {
    const rows = [
      { key: 'k', n: 1 },
      { key: 'k', n: 'a' },
    ];
    const problem = (name: string): string =>
      `operator "totals" has no ${name}(n): its field "n" holds "a", expected a number as before, at the record {"key":"k","n":"a"}`;
    expect(sentenceOf(rollingJob({ it: min('n') }), rows)).toBe(problem('min'));
    expect(sentenceOf(windowJob({ it: maxBy('n') }), rows)).toBe(problem('maxBy'));
    expect(sentenceOf(rollingJob({ it: first('n') }), [{ key: 'k', n: 1 }, { key: 'k' }])).toMatch(
      /the record has no field "n"/,
    );
  });

  test('state of other aggregates is told too', () => {
    for (const jobFor of [rollingJob, windowJob]) {
      const before = harness(jobFor({ it: sum('n'), other: minBy('n') }));
      before.send({ key: 'k', n: 1 });
      const after = (it: Aggregate): Harness => {
        const run = harness(jobFor({ it }));
        restore(run.chain, snapshotOf(before.chain), 0);
        return run;
      };
      const renamed = after(sum('n'));
      renamed.send({ key: 'k', n: 2 });
      expect(opened(snapshotOf(renamed.chain))).toMatchObject([{ keyGroups: [{ entries: [{ key: 'k' }] }] }]);
      for (const it of [count(), sum('m'), min('n'), maxBy('n'), first(), last('n'), countDistinct('n')])
        expect(() => after(it).send({ key: 'k', n: 1, m: 1 })).toThrow(
          /^operator "totals" has no [a-zA-Z]+\([nm]?\) in the state of this key: other aggregates wrote it$/,
        );
    }
  });

  test('state that no aggregates wrote is not restored', () => {
    for (const entries of [[1], Array.from({ length: 40 }, (_, number) => number)]) {
      const reduced = harness(
        jobOf((rows) => rows.keyBy(({ key }) => key).reduce('totals', (one) => one) as never, { maxParallelism: 1 }),
      );
      const wrong = opened(snapshotOf(reduced.chain));
      expect(wrong).toEqual([{ operator: 'totals', keyGroups: [] }]);
      const groups = [
        { operator: 'totals', keyGroups: [{ keyGroup: 0, entries: entries.map((key) => ({ key, value: [[0, 1]] })) }] },
      ];
      for (const build of [
        jobOf((rows) => rows.keyBy('key').aggregate('totals', { rows: count() }) as never, { maxParallelism: 1 }),
        jobOf(
          (rows) => rows.keyBy('key').window('totals', tumblingEventTime(10)).aggregate({ rows: count() }) as never,
          { maxParallelism: 1 },
        ),
      ])
        expect(() => restore(harness(build).chain, packed(groups), 0)).toThrow(
          /was not written by an operator of this kind/,
        );
    }
  });
});

function sentenceOf(job: JobDefinition, rows: readonly Value[]): string {
  try {
    harness(job).sendAll(rows.map((value) => ({ value, timestamp: 0 })));
    return 'took them';
  } catch (error) {
    return error instanceof UserCodeError ? error.sentence : String(error);
  }
}

describe('different values', () => {
  const flat = ({ values }: DistinctValues): Value[] => (values as Value[][]).flat(Infinity as 1);
  /** `Aa` and `BB` have one hash, and so have what is made of them. */
  const collide = fc.array(fc.constantFrom('Aa', 'BB'), { minLength: 6, maxLength: 6 }).map((parts) => parts.join(''));
  const scalar = fc.oneof(numbers, texts, fc.boolean(), fc.nat(5_000), collide);

  test('are kept once, and lie the same way in whatever order they came', () => {
    fc.assert(
      fc.property(
        fc.array(scalar, { maxLength: 400 }),
        fc.infiniteStream(fc.double({ noNaN: true })),
        (values, chance) => {
          const setOf = (list: readonly (string | number | boolean)[]) =>
            list.reduce((set, one) => addDistinct(set, one), NO_VALUES);
          const model = new Set(values);
          const one = setOf(values);
          expect(one.size).toBe(model.size);
          expect(new Set(flat(one))).toEqual(new Set([...model].map((value) => (value === 0 ? 0 : value))));
          const ranked = values.map((value) => [chance.next().value, value] as const).toSorted(([a], [b]) => a - b);
          expect(setOf(ranked.map(([, value]) => value))).toStrictEqual(one);
          for (const value of values) expect(addDistinct(one, value)).toBe(one);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of one hash, however many, cost what others do: what is copied for one more stays short', () => {
    const collided = Array.from({ length: 2_048 }, (_, number) =>
      number
        .toString(2)
        .padStart(11, '0')
        .replaceAll(/[01]/g, (bit) => (bit === '0' ? 'Aa' : 'BB')),
    );
    const orders = [collided, collided.toReversed()].map((values) => values.reduce(addDistinct, NO_VALUES));
    expect(orders[0]!.size).toBe(2_048);
    expect(orders[1]).toStrictEqual(orders[0]);
    const longest = ({ values }: DistinctValues): number => {
      const lengths: number[] = [];
      const visit = (branch: Value): void => {
        if (!Array.isArray(branch)) return;
        lengths.push(branch.length);
        branch.forEach(visit);
      };
      visit(values);
      return Math.max(...lengths);
    };
    expect(longest(orders[0]!)).toBeLessThanOrEqual(32);
  });
});
