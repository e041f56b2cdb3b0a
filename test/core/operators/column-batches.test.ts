// A keyed operator that is given a batch as a column looks all keys up before user code sees the first record. What comes of it is what comes of the same
// records as rows: the same output, state and snapshots, and the same mistake at the same record, whatever user code does to the keys behind it.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashState } from '../../../src/core/base/state.ts';
import type { Key, Value } from '../../../src/core/base/value.ts';
import { columnOf } from '../../../src/core/columns/column.ts';
import { avg, count, countDistinct, last, max, maxBy, min, sum } from '../../../src/core/graph/aggregates.ts';
import { batchOfColumns, COLUMN_RECORDS_MIN, type Batch } from '../../../src/core/graph/batch.ts';
import type { SeenRows } from '../../../src/core/graph/functions.ts';
import type { DataStream } from '../../../src/core/graph/streams.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import { beginSnapshot, processBatch, snapshotStep, type SnapshotCursor } from '../../../src/core/operators/chain.ts';
import { anyInt64 } from '../base/values.ts';
import { batchOf, emittedIn, harness, jobOf, snapshotOf, type Emitted } from './chain-fixture.ts';

interface Counted {
  readonly key: Key;
  readonly amount: number;
  readonly of: { readonly id: Key };
}
type Stream = DataStream<Counted>;

const failAt = ({ amount }: Counted): void => {
  if (amount === 100) throw new RangeError('planted');
};

/** What it came to is mostly a flat object, of which kinds of fields changes. */
const totalOf = (amount: number): Value => {
  if (amount === 99) return [amount];
  if (amount === 98) return { sum: amount, count: 1 };
  return amount === 97 ? { count: 0.5, sum: -0 } : { count: 1, sum: amount };
};

const operators: Readonly<Record<string, (rows: Stream, field: 'key') => DataStream<Value>>> = {
  reduce: (rows, field) =>
    rows.keyBy(field).reduce('head', (before, one) => {
      failAt(one);
      return { ...one, amount: (before.amount + one.amount) % 1_000 };
    }) as unknown as DataStream<Value>,
  aggregate: (rows, field) =>
    rows.keyBy(field).aggregate('head', {
      rows: count(),
      total: sum('amount'),
      least: min('amount'),
      newest: last(),
      // Of a field that some records have otherwise.
      id: countDistinct('of.id' as never),
    }) as unknown as DataStream<Value>,
  totals: (rows, field) =>
    rows.keyBy(field).aggregate('head', { mean: avg('amount'), most: max('amount') }) as unknown as DataStream<Value>,
  windowTotals: (rows, field) =>
    rows
      .keyBy(field)
      .window('head', tumblingEventTime(20))
      .aggregate({ mean: avg('amount'), most: maxBy('amount') }) as unknown as DataStream<Value>,
  process: (rows, field) =>
    rows.keyBy(field).process('head', {
      onRecord: (one, context) => {
        const total = context.state('total');
        context.collect([context.key, total.value(), one.amount]);
        if (one.amount % 7 === 0) total.clear();
        else total.update(totalOf(one.amount));
        failAt(one);
        if (one.amount % 13 === 0) context.state<number>('other').update(one.amount);
        if (one.amount % 5 === 0) context.state<number>('other').clear();
        if (one.amount % 11 === 0) context.registerEventTimeTimer(context.timestamp + 10);
        if (one.amount % 11 === 1) context.deleteEventTimeTimer(context.timestamp + 10);
      },
      onTimer: (timestamp, context) => {
        context.collect([timestamp, context.key]);
        if (timestamp % 2 === 0) context.state('total').clear();
      },
    }),
  window: (rows, field) =>
    rows
      .keyBy(field)
      .window('head', tumblingEventTime(20))
      .aggregate({
        create: (): Value => ({ count: 0, sum: 0 }),
        add: (_: Value, one: Counted) => {
          failAt(one);
          return totalOf(one.amount);
        },
        result: (total, { key }): Value => [key, total],
      }),
};

/** Records of one batch, and what comes behind it. */
interface Sent {
  readonly records: readonly Emitted[];
  readonly watermark: number;
  readonly snapshot: 'begin' | 'step' | 'none';
}

function inColumns(records: readonly Emitted[]): Batch {
  return batchOfColumns(
    columnOf(records.map(({ value }) => value)),
    Float64Array.from(records, ({ timestamp }) => timestamp),
  );
}

interface Outcome {
  readonly emitted: readonly Emitted[];
  readonly problem: string | null;
  readonly late: number;
  /** Behind each batch. */
  readonly hashes: readonly unknown[];
  readonly snapshots: readonly unknown[];
}

function outcomeOf(
  operator: string,
  field: string,
  parallelism: number,
  sent: readonly Sent[],
  batch: (records: readonly Emitted[]) => Batch,
  seen: SeenRows = 'objects',
): Outcome {
  const settings = { maxParallelism: 4, rows: seen };
  const job = jobOf((rows) => operators[operator]!(rows as never, field as 'key') as never, settings);
  const one = harness(job, { subtask: 0, parallelism });
  const { chain, code, emitted } = one;
  const target = { onRows: (rows: never, size: number): void => void emitted.push(...emittedIn(rows, size)) };
  const hashes: unknown[] = [];
  const snapshots: unknown[] = [];
  let open: SnapshotCursor | null = null;
  let problem: string | null = null;
  try {
    for (const { records, watermark, snapshot } of sent) {
      if (snapshot === 'begin') open = beginSnapshot(chain);
      processBatch(chain, code, batch(records), target);
      hashes.push(hashState(chain));
      if (snapshot === 'step' && open !== null) {
        const done = snapshotStep(chain, open, 2);
        if (done !== null) {
          snapshots.push(done);
          open = null;
        }
      }
      one.advance(Math.max(chain.watermark, watermark), 1_000);
    }
  } catch (thrown) {
    problem = (thrown as { readonly sentence?: string }).sentence ?? String(thrown);
  }
  if (problem === null) snapshots.push(snapshotOf(chain));
  return { emitted, problem, late: chain.lateRecordsDropped, hashes, snapshots };
}

/** Of the keys, some are none, or in another form. */
const keySorts: Readonly<Record<string, fc.Arbitrary<Key>>> = {
  'whole numbers': fc.integer({ min: -5, max: 80 }),
  'few whole numbers': fc.nat(3),
  numbers: fc.oneof({ weight: 60, arbitrary: fc.nat(150).map((whole) => whole / 2) }, fc.constantFrom(-0, 2 ** 53)),
  'numbers and what is none': fc.oneof(
    { weight: 2_000, arbitrary: fc.nat(150).map((whole) => whole / 2) },
    fc.constantFrom(Number.NaN, Infinity),
  ),
  texts: fc.nat(90).map((number) => `w${number}`),
  'texts that look like tuples': fc.oneof(
    { weight: 200, arbitrary: fc.nat(90).map((number) => `w${number}`) },
    fc.constantFrom('\0["a"]', '\0', ''),
  ),
  flags: fc.boolean(),
  'of several kinds': fc.oneof(fc.nat(40), fc.nat(40).map(String), fc.boolean()),
  int64s: fc.oneof({ weight: 60, arbitrary: fc.bigInt({ min: -5n, max: 80n }) }, anyInt64),
  tuples: fc.tuple(fc.nat(4), fc.constantFrom('a', 'b')),
};

const sentOf = (key: fc.Arbitrary<Key>): fc.Arbitrary<readonly Sent[]> => {
  const amount = fc.oneof(
    { weight: 2_000, arbitrary: fc.nat(96) },
    { weight: 30, arbitrary: fc.integer({ min: 97, max: 99 }) },
    fc.constant(100),
  );
  const one = fc.tuple(key, amount, fc.integer({ min: 0, max: 60 }));
  const records = fc
    .array(one, { minLength: COLUMN_RECORDS_MIN, maxLength: COLUMN_RECORDS_MIN + 40, size: 'max' })
    .map((list) =>
      list.map(([id, count, timestamp]): Emitted => ({ value: { key: id, amount: count, of: { id } }, timestamp })),
    );
  return fc.array(
    fc.record({ records, watermark: fc.nat(40), snapshot: fc.constantFrom('begin', 'step', 'step', 'none') }),
    { minLength: 1, maxLength: 5 },
  );
};

describe.each(Object.keys(operators))('%s', (operator) => {
  test.each(Object.keys(keySorts))('keys: %s', (sort) => {
    fc.assert(
      fc.property(
        sentOf(keySorts[sort]!),
        fc.constantFrom('key', 'of.id', 'of.none'),
        fc.constantFrom(1, 1, 1, 2),
        (sent, field, parallelism) => {
          const byRows = outcomeOf(operator, field, parallelism, sent, batchOf);
          expect(outcomeOf(operator, field, parallelism, sent, inColumns)).toEqual(byRows);
          expect(outcomeOf(operator, field, parallelism, sent, inColumns, 'views')).toEqual(byRows);
        },
      ),
      { numRuns: 40, endOnFailure: true }, // records are many, and shrinking them takes minutes
    );
  });
});
