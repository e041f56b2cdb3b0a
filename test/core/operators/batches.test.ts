// The contract of operators is over batches, and how records were cut into batches makes no difference: not to what comes out, nor to the state, nor to
// which record of which operator a chain fails at.

import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { createAtWork, OPERATOR, RECORD } from '../../../src/core/base/at-work.ts';
import { ProcessEnded } from '../../../src/core/base/process-ended.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { avg, countDistinct, last, max, minBy, sum } from '../../../src/core/graph/aggregates.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import { createChain, processBatch, resolveChain } from '../../../src/core/operators/chain.ts';
import type { DataStream } from '../../../src/core/graph/streams.ts';
import { batchOf, harness, jobOf, opened, snapshotOf, type Emitted, type Row } from './chain-fixture.ts';

/** `bad` names the operator whose code fails at it. */
type Planted = Row & { readonly bad: string };
type Stream = DataStream<Planted>;

function failAt(operator: string, { bad }: Planted): void {
  if (bad === operator) throw new RangeError(`planted in ${operator}`);
}

const heads: Readonly<Record<string, (rows: Stream) => Stream>> = {
  none: (rows) => rows,
  reduce: (rows) =>
    rows.keyBy('key').reduce('head', (sum, one) => {
      failAt('head', one);
      return { ...one, amount: sum.amount + one.amount };
    }),
  aggregate: (rows) =>
    rows
      .keyBy((one) => {
        failAt('head', one);
        return one.key;
      })
      .aggregate('head', { amount: sum('amount'), bad: last('bad'), all: countDistinct('amount') }),
  windowAggregate: (rows) =>
    rows
      .keyBy('key')
      .window('head', tumblingEventTime(20))
      .aggregate({ amount: avg('amount'), bad: max('bad'), least: minBy('amount') }),
  process: (rows) =>
    rows.keyBy('key').process<Planted>('head', {
      onRecord: (one, context) => {
        context.collect(one);
        failAt('head', one);
        const sum = context.state<number>('sum');
        sum.update((sum.value() ?? 0) + one.amount);
        context.registerEventTimeTimer(context.timestamp + 10);
        if (one.amount > 2) context.collect({ ...one, amount: -one.amount });
      },
      onTimer: (timestamp, context) => {
        const bad = timestamp % 7 === 0 ? 'second' : '';
        context.collect({ key: context.key, amount: timestamp, bad });
      },
    }),
  window: (rows) =>
    rows
      .keyBy('key')
      .window('head', tumblingEventTime(20))
      .aggregate({
        create: () => ({ amount: 0, bad: '' }),
        add: (sum, one) => {
          failAt('head', one);
          return { amount: sum.amount + one.amount, bad: one.bad || sum.bad };
        },
        result: ({ amount, bad }, { key }) => ({ key: key as string, amount, bad }),
      }),
};

const others: Readonly<Record<string, (id: string, rows: Stream) => Stream>> = {
  map: (id, rows) =>
    rows.map(id, (one, { timestamp }) => {
      failAt(id, one);
      return { ...one, amount: one.amount + (timestamp % 3) };
    }),
  filter: (id, rows) =>
    rows.filter(id, (one) => {
      failAt(id, one);
      return one.amount % 3 !== 0;
    }),
  flatMap: (id, rows) =>
    rows.flatMap(id, function* (one) {
      for (let count = 0; count <= Math.abs(one.amount) % 3; count++) yield { ...one, amount: count };
      failAt(id, one);
    }),
};

interface Outcome {
  readonly emitted: readonly Emitted[];
  readonly problem: string | null;
  readonly late: number;
  readonly state: unknown;
}

/** Watermarks come behind the records with these numbers; batches are cut there, and where `cuts` says. */
function outcomeOf(
  build: (rows: Stream) => Stream,
  records: readonly Emitted[],
  marks: ReadonlySet<number>,
  cuts: (index: number) => boolean,
  maxTimers: number,
): Outcome {
  const chain = harness(jobOf(build as never));
  let problem: string | null = null;
  let waiting: Emitted[] = [];
  try {
    for (const [index, record] of records.entries()) {
      waiting.push(record);
      if (!cuts(index) && !marks.has(index) && index < records.length - 1) continue;
      chain.sendAll(waiting);
      waiting = [];
      if (marks.has(index)) chain.advance(Math.max(chain.chain.watermark, record.timestamp - 5), maxTimers);
    }
    chain.advance(1_000_000, maxTimers);
  } catch (thrown) {
    problem = (thrown as { sentence?: string }).sentence ?? String(thrown);
  }
  const state = problem === null ? opened(snapshotOf(chain.chain)) : null; // of a chain that failed nobody takes a snapshot
  return { emitted: chain.take(), problem, late: chain.chain.lateRecordsDropped, state };
}

const planted = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  amount: fc.integer({ min: 0, max: 6 }),
  bad: fc.constantFrom('', '', '', '', '', '', '', '', '', 'head', 'first', 'second'),
});
const record = fc.record({ value: planted, timestamp: fc.integer({ min: 0, max: 100 }) });

describe('batches cut elsewhere', () => {
  test.each(Object.keys(heads))('behind %s: the same records, the same state, the same mistake', (head) => {
    fc.assert(
      fc.property(
        fc.tuple(fc.constantFrom(...Object.keys(others)), fc.constantFrom(...Object.keys(others))),
        fc.array(record, { maxLength: 40 }),
        fc.uniqueArray(fc.nat(40), { maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        ([first, second], records, marks, cuts, maxTimers) => {
          const build = (rows: Stream): Stream =>
            others[second]!('second', others[first]!('first', heads[head]!(rows)));
          const at = new Set(marks);
          const one = outcomeOf(build, records, at, () => true, 1);
          expect(outcomeOf(build, records, at, (index) => cuts[index]!, maxTimers)).toEqual(one);
          expect(outcomeOf(build, records, at, () => false, 1_000)).toEqual(one);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('a function that gives 1,000,000 records for one does not pile them up', () => {
  const job = jobOf(
    (rows) =>
      rows
        .flatMap('many', function* () {
          for (let count = 0; count < 1_000_000; count++) yield count;
        })
        .map('same', (count) => count) as never,
  );
  const operators = job.graph.operators.slice(1, -1);
  const chain = createChain(operators, { subtask: 0, parallelism: 1, maxParallelism: 8 });
  const sizes: number[] = [];
  const target = { onRows: (_: unknown, size: number): void => void sizes.push(size) };
  processBatch(chain, resolveChain(operators, job.program, null), batchOf([{ value: 1, timestamp: 0 }]), target);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_000_000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_024);
});

describe('the cells say of what came what is at hand', () => {
  const cells = createAtWork();
  const job = (build: (rows: DataStream<Row>) => DataStream<unknown>) => jobOf(build as never);
  const at = (): Value => [cells[RECORD] as number, cells[OPERATOR] as number];

  test('the n-th record of the batch, also behind a flatMap and a filter, and in an output behind the chain', () => {
    const { graph, program } = job((rows) =>
      rows
        .flatMap('twice', (one) => [one, one])
        .filter('some', ({ amount }) => amount !== 1)
        .map('where', at),
    );
    const operators = graph.operators.slice(1, -1);
    const chain = createChain(operators, { subtask: 0, parallelism: 1, maxParallelism: 8 });
    const seen: Value[] = [];
    const origins: Value[] = [];
    const code = resolveChain(operators, program, null, cells);
    const records = [0, 1, 2].map((amount) => ({ value: { key: 'a', amount }, timestamp: 0 }));
    processBatch(chain, code, batchOf(records), {
      onRows: (rows, size) => {
        seen.push(...rows.values.slice(0, size));
        origins.push(...(rows.origins ?? []).slice(0, size));
      },
    });
    expect(seen).toEqual([
      [1, 3],
      [1, 3],
      [3, 3],
      [3, 3],
    ]);
    expect(origins).toEqual([1, 1, 3, 3]);
    expect(cells[RECORD]).toBe(0);
  });

  test('they stay at the record and the operator where a process ended, and nothing of the batch is left', () => {
    let isDeadly = true;
    const { graph, program } = job((rows) =>
      rows
        .map('good', (one) => one)
        .map('end', (one) => {
          if (isDeadly && one.amount === 1) throw new ProcessEnded('looped');
          return one;
        }),
    );
    const operators = graph.operators.slice(1, -1);
    const chain = createChain(operators, { subtask: 0, parallelism: 1, maxParallelism: 8 });
    const code = resolveChain(operators, program, null, cells);
    const seen: Value[] = [];
    const target = {
      onRows: (rows: { values: readonly Value[] }, size: number) => void seen.push(...rows.values.slice(0, size)),
    };
    const records = [0, 1, 2].map((amount) => ({ value: { key: 'a', amount }, timestamp: 0 }));
    expect(() => processBatch(chain, code, batchOf(records), target)).toThrow(ProcessEnded);
    expect([cells[RECORD], cells[OPERATOR]]).toEqual([2, 2]);
    isDeadly = false;
    cells[OPERATOR] = 0;
    processBatch(chain, code, batchOf(records.slice(2)), target);
    expect(seen).toEqual([{ key: 'a', amount: 2 }]);
  });
});
