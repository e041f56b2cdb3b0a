// Aggregates of numbers over columns beside the same record by record: the same results, state, snapshots and mistakes, bit for bit. And the generated loop
// beside its plain twin.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashState } from '../../../src/core/base/state.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { columnOf } from '../../../src/core/columns/column.ts';
import { typedColumn } from '../../../src/core/columns/typed-column.ts';
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
  sum,
  type Aggregate,
} from '../../../src/core/graph/aggregates.ts';
import { batchOfColumns, COLUMN_RECORDS_MIN, type Batch } from '../../../src/core/graph/batch.ts';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import { planAggregates } from '../../../src/core/operators/aggregate-columns.ts';
import {
  CELL_STEPS,
  generatedLoop,
  isInt32,
  plainLoop,
  type LoopArrays,
  type LoopCellKind,
  type LoopShape,
} from '../../../src/core/operators/aggregate-loop.ts';
import { beginSnapshot, processBatch, snapshotStep, type SnapshotCursor } from '../../../src/core/operators/chain.ts';
import { batchOf, emittedIn, harness, jobOf, snapshotOf, type Emitted } from './chain-fixture.ts';

type Declared = Readonly<Record<string, Aggregate>>;

const totalsJob = (declared: Declared): JobDefinition =>
  jobOf((rows) => rows.keyBy('key').aggregate('totals', declared as never) as never, { maxParallelism: 4 });

const inColumns = (records: readonly Emitted[], isTyped: boolean): Batch => {
  const column = columnOf(records.map(({ value }) => value));
  return batchOfColumns(
    isTyped ? typedColumn(column) : column,
    Float64Array.from(records, ({ timestamp }) => timestamp),
  );
};

/** Records of one batch, and what becomes of the snapshot before or behind it. */
interface Sent {
  readonly records: readonly Emitted[];
  readonly snapshot: 'begin' | 'step' | 'none';
}

interface Outcome {
  readonly emitted: readonly Emitted[];
  readonly problem: string | null;
  /** Behind each batch. */
  readonly hashes: readonly string[];
  readonly snapshots: readonly unknown[];
}

interface Run extends Outcome {
  /** Batches that were given on as columns. */
  readonly columns: number;
}

function runOf(job: JobDefinition, sent: readonly Sent[], batch: (records: readonly Emitted[]) => Batch): Run {
  const { chain, code, emitted } = harness(job);
  let columns = 0;
  const target = {
    onRows: (rows: never, size: number): void => {
      if ((rows as { readonly column: unknown }).column !== null) columns += 1;
      emitted.push(...emittedIn(rows, size));
    },
  };
  const hashes: string[] = [];
  const snapshots: unknown[] = [];
  let open: SnapshotCursor | null = null;
  let problem: string | null = null;
  try {
    for (const { records, snapshot } of sent) {
      if (snapshot === 'begin') open = beginSnapshot(chain);
      processBatch(chain, code, batch(records), target);
      hashes.push(hashState(chain));
      if (snapshot !== 'step' || open === null) continue;
      const done = snapshotStep(chain, open, 2);
      if (done === null) continue;
      snapshots.push(done);
      open = null;
    }
  } catch (thrown) {
    problem = (thrown as { readonly sentence?: string }).sentence ?? String(thrown);
  }
  if (problem === null) snapshots.push(snapshotOf(chain));
  return { emitted, problem, hashes, snapshots, columns };
}

const outcomeOf = ({ emitted, problem, hashes, snapshots }: Run): Outcome => ({ emitted, problem, hashes, snapshots });

// ---- Whole jobs

const KEYS = 120;

const small = fc.integer({ min: -5, max: 5 });
const special = fc.constantFrom(
  -0,
  0,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  0.1,
  1e308,
);
/** Of the numbers of a batch: one field of it. */
const sorts: readonly fc.Arbitrary<Value>[] = [
  small,
  small,
  fc.oneof({ weight: 60, arbitrary: small }, fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 30)),
  fc.oneof({ weight: 3, arbitrary: small }, special, fc.double()),
  fc.oneof({ weight: 200, arbitrary: small }, special),
  fc.oneof({ weight: 400, arbitrary: small }, fc.constantFrom<Value[]>(null, 'text', true)),
];

const batchSort = fc.record({
  n: fc.constantFrom(...sorts),
  side: fc.constantFrom(...sorts),
  /** A field that the batches before did not have. */
  isLater: fc.constantFrom(false, false, true),
  keys: fc.constantFrom(KEYS, KEYS, KEYS, KEYS + 3, 5),
  isNegativeZero: fc.boolean(),
});

const recordsOf = batchSort.chain(({ n, side, isLater, keys, isNegativeZero }) =>
  fc
    .array(fc.tuple(fc.nat(keys - 1), n, side, fc.nat(3)), {
      minLength: COLUMN_RECORDS_MIN,
      maxLength: COLUMN_RECORDS_MIN + 60,
      size: 'max',
    })
    .map((list) =>
      list.map(([key, one, other, timestamp]): Emitted => {
        const value = { key: key === 0 && isNegativeZero ? -0 : key, n: one, in: { side: other } };
        return { value: isLater ? { ...value, later: one } : value, timestamp };
      }),
    ),
);

/** All keys, so that their groups are tables from here on. */
const everyKey: Sent = {
  records: Array.from({ length: KEYS + 10 }, (_, key): Emitted => ({
    value: { key: key % KEYS, n: 1, in: { side: key } },
    timestamp: 0,
  })),
  snapshot: 'none',
};

const field = fc.constantFrom('n', 'in.side', 'later');
const numeric: fc.Arbitrary<Aggregate> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(count()) },
  ...[sum, avg, min, max, first, last].map((of) => field.map((name) => (of as typeof sum)(name) as Aggregate)),
);
/** Of which all go by rows. */
const other: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.constantFrom<Aggregate[]>(minBy('n'), maxBy('n'), countDistinct('n'), first(), last()),
);
const declarationOf = (aggregate: fc.Arbitrary<Aggregate>): fc.Arbitrary<Declared> =>
  fc.dictionary(fc.constantFrom('total', 'a', 'b', 'constructor', 'mean-of-it'), aggregate, { minKeys: 1, maxKeys: 5 });

const sentOf = fc
  .array(fc.record({ records: recordsOf, snapshot: fc.constantFrom('begin', 'step', 'step', 'none') }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((sent): readonly Sent[] => [everyKey, ...(sent as Sent[])]);

describe('columns beside rows', () => {
  test.each([
    ['numbers', declarationOf(numeric), 300, 150],
    ['some that hold more than a number', declarationOf(fc.oneof({ weight: 2, arbitrary: numeric }, other)), 60, 0],
  ])(
    '%s',
    (_, declaration, numRuns, columnsMin) => {
      let columns = 0;
      fc.assert(
        fc.property(declaration, sentOf, fc.boolean(), (declared, sent, isTyped) => {
          const job = totalsJob(declared);
          const byRows = outcomeOf(runOf(job, sent, batchOf));
          const byColumns = runOf(job, sent, (records) => inColumns(records, isTyped));
          expect(outcomeOf(byColumns)).toEqual(byRows);
          columns += byColumns.columns;
        }),
        { numRuns, endOnFailure: true }, // records are many, and shrinking them takes minutes
      );
      expect(columns).toBeGreaterThanOrEqual(columnsMin);
    },
    120_000,
  );

  test('what is numbers goes on as a column, also where a sum leaves 32 bits, and 53', () => {
    const declared = { rows: count(), total: sum('n'), most: max('n'), mean: avg('in.side') };
    const steps = [2 ** 30, 2 ** 31 - 1, 2 ** 52, 2 ** 52, 1, 1].map((n): Sent => ({
      records: Array.from({ length: 256 }, (_, at): Emitted => ({
        value: { key: at % KEYS, n, in: { side: at } },
        timestamp: at,
      })),
      snapshot: 'none',
    }));
    const sent = [everyKey, ...steps];
    const byColumns = runOf(totalsJob(declared), sent, (records) => inColumns(records, true));
    expect(byColumns.columns).toBe(steps.length);
    expect(outcomeOf(byColumns)).toEqual(outcomeOf(runOf(totalsJob(declared), sent, batchOf)));
    const totals = new Map<number, number>();
    const expected = sent.flatMap(({ records }) =>
      records.map(({ value }) => {
        const { key, n } = value as { readonly key: number; readonly n: number };
        totals.set(key, (totals.get(key) ?? 0) + n);
        return totals.get(key) as number;
      }),
    );
    expect(byColumns.emitted.map(({ value }) => (value as { readonly total: number }).total)).toEqual(expected);
    expect(Math.max(...expected)).toBeGreaterThan(2 ** 53);
  });

  test('records, different values and whole records are no numbers', () => {
    for (const aggregate of [minBy('n'), maxBy('n'), countDistinct('n'), first(), last()])
      expect(planAggregates([{ ...aggregate, name: 'a' }])).toBeNull();
    expect(planAggregates([{ ...avg('n'), name: 'a' }])?.cells.map(({ name }) => name)).toEqual(['sum(n)', 'count()']);
  });
});

// ---- The loop

const GROUPS = 3;
const ROWS = 4;
const RECORDS = 24;

const anyInt32 = fc.oneof(small, fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 30));
const anyDouble = fc.oneof(small, special, fc.double());
const kinds = Object.keys(CELL_STEPS) as LoopCellKind[];

const numbersOf = (kind: 'int32' | 'float64', length: number): fc.Arbitrary<Int32Array | Float64Array> =>
  kind === 'int32'
    ? fc.array(anyInt32, { minLength: length, maxLength: length }).map((list) => Int32Array.from(list))
    : fc.array(anyDouble, { minLength: length, maxLength: length }).map((list) => Float64Array.from(list));

const either = fc.constantFrom<('int32' | 'float64')[]>('int32', 'float64');

const loopCell = fc
  .tuple(fc.constantFrom(...kinds), fc.array(either, { minLength: GROUPS, maxLength: GROUPS }), either)
  .chain(([of, states, input]) =>
    fc.record({
      of: fc.constant(of),
      groups: fc.tuple(...states.map((kind) => numbersOf(kind, ROWS))),
      input: numbersOf(of === 'count' || of === 'first' ? 'int32' : input, RECORDS),
    }),
  );

type LoopCase = readonly (typeof loopCell extends fc.Arbitrary<infer C> ? C : never)[];

function loopOf(cells: LoopCase): { readonly shape: LoopShape; readonly arrays: () => LoopArrays } {
  const isWhole = (array: unknown): boolean => array instanceof Int32Array;
  const shape: LoopShape = {
    cells: cells.map(({ of, groups, input }) => ({
      of,
      state: groups.every(isWhole) ? 'int32' : groups.some(isWhole) ? 'either' : 'float64',
      input: isWhole(input) ? 'int32' : 'float64',
    })),
    means: [{ sum: 0, count: cells.length - 1 }],
  };
  const arrays = (): LoopArrays => ({
    groups: Int32Array.from({ length: RECORDS }, (_, at) => (at * 7) % GROUPS),
    rows: Int32Array.from({ length: RECORDS }, (_, at) => (at * 5) % ROWS),
    ints: cells.map(({ groups }) => groups.map((one) => (isWhole(one) ? one.slice() : []) as Int32Array)),
    floats: cells.map(({ groups }) => groups.map((one) => (isWhole(one) ? [] : one.slice()) as Float64Array)),
    inputs: cells.map(({ input }) => input.slice()),
    results: shape.cells.map(({ state }) => (state === 'int32' ? new Int32Array(RECORDS) : new Float64Array(RECORDS))),
    means: [new Float64Array(RECORDS)],
  });
  return { shape, arrays };
}

test('the generated loop does what the plain one does, and stops where that stops', () => {
  fc.assert(
    fc.property(fc.array(loopCell, { minLength: 1, maxLength: 4 }), fc.nat(3), (cells, from) => {
      const { shape, arrays } = loopOf(cells);
      const generated = generatedLoop(shape)!;
      const mine = arrays();
      const twins = arrays();
      const stopped = generated(mine, from, RECORDS);
      expect(stopped).toBe(plainLoop(shape)(twins, from, RECORDS));
      expect(hashState(mine)).toBe(hashState(twins));
    }),
    { numRuns: 2_000 },
  );
});

test('-0 is no int32, nor is what has more bits', () => {
  expect([0, -1, 2 ** 31 - 1, -(2 ** 31)].every((number) => isInt32(number))).toBe(true);
  expect([-0, 0.5, 2 ** 31, Number.NaN, Infinity].some((number) => isInt32(number))).toBe(false);
});
