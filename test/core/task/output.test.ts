// Records to channels: whether a batch goes by rows or by columns makes no difference to what each channel gets, in which order and in which batches, nor to
// what fails at which record.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAtWork, RECORD } from '../../../src/core/base/at-work.ts';
import { createByteWriter } from '../../../src/core/base/bytes.ts';
import { ringSize, takeRing } from '../../../src/core/base/ring.ts';
import { checkTree, cloneState, deepFreeze, diffStates, hashState } from '../../../src/core/base/state.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { columnOf } from '../../../src/core/columns/column.ts';
import {
  asBuilt,
  batchOfColumns,
  batchOfRows,
  builderSize,
  COLUMN_RECORDS_MIN,
  inRows,
  type Batch,
} from '../../../src/core/graph/batch.ts';
import { decodeBatch, writeBatch } from '../../../src/core/graph/batch-codec.ts';
import type { JobProgram } from '../../../src/core/graph/functions.ts';
import type { KeyFunction } from '../../../src/core/graph/key-field.ts';
import { chainOperators } from '../../../src/core/graph/chaining.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { subtaskOfKey } from '../../../src/core/graph/partitioners.ts';
import type { DataStream } from '../../../src/core/graph/streams.ts';
import { createChain, processBatch } from '../../../src/core/operators/chain.ts';
import type { TaskDescriptor } from '../../../src/core/protocol/messages.ts';
import { codeOf, createCodeTable } from '../../../src/core/task/code.ts';
import { tailTarget } from '../../../src/core/task/output.ts';
import { createPartition, flushPartition, type ResultPartition } from '../../../src/core/task/result-partition.ts';
import type { TaskState } from '../../../src/core/task/state.ts';
import type { TaskStep } from '../../../src/core/task/step.ts';
import { anyText } from '../base/values.ts';

const MANY = COLUMN_RECORDS_MIN;

type Item = { readonly key: Value; readonly at: { readonly id: number }; readonly more: Value };

const EDGES = {
  field: (items: DataStream<Item>) => items.keyBy('key' as never),
  path: (items: DataStream<Item>) => items.keyBy('at.id'),
  function: (items: DataStream<Item>) => items.keyBy(({ at }) => at.id % 3),
  rebalance: (items: DataStream<Item>) => items.rebalance(),
} as const;
type EdgeKind = keyof typeof EDGES;

/** A task that does nothing but hand on, with these edges. */
class Producer {
  partition: ResultPartition;
  readonly atWork = createAtWork();
  readonly #give: (batch: Batch) => void;

  constructor(edges: readonly EdgeKind[], parallelism: number, batchSizeRecords: number) {
    const job = defineJob('job', (env) => {
      const items = env.fromSource<Item>('items', { topic: 'items', splits: 1, parallelism: 1 });
      for (const [index, kind] of edges.entries()) {
        const id = `${kind}-${index}`;
        const edge = EDGES[kind](items);
        if ('process' in edge) edge.process(id, { onRecord() {} }, { parallelism }).sinkTo(`out-${id}`, { sink: id });
        else edge.map(id, () => 0, { parallelism }).sinkTo(`out-${id}`, { sink: id });
      }
    });
    const { vertices, edges: graphEdges } = chainOperators(job.graph);
    const vertex = vertices[0]!;
    const consumers = Array.from({ length: parallelism }, (_, subtask) => ({ subtask, attempt: 1, address: 'tm' }));
    const descriptor = {
      attempt: { jobId: 'job', vertex: 0, subtask: 0, attempt: 1 },
      vertex,
      maxParallelism: job.graph.maxParallelism,
      artifact: 'code',
      parameters: null,
      outputs: graphEdges.filter(({ source }) => source === 0).map((edge) => ({ edge, consumers })),
    } as unknown as TaskDescriptor;
    this.partition = createPartition(descriptor, 1, 1e9);
    const table = createCodeTable(new Map([['code', freezing(job.program)]]), this.atWork);
    const chain = createChain([], { subtask: 0, parallelism: 1, maxParallelism: job.graph.maxParallelism });
    const taskNow = (): TaskState =>
      ({ partition: this.partition, descriptor, sink: null, chain }) as unknown as TaskState;
    const step = { options: { batchSizeRecords }, code: table, now: 0 } as unknown as TaskStep;
    const code = codeOf(table, descriptor);
    this.#give = (batch) => processBatch(chain, code.chain, batch, tailTarget(taskNow(), code, step));
  }

  give(batch: Batch): string | null {
    try {
      this.#give(batch);
      return null;
    } catch (error) {
      return `${(error as Error).message} (${(error as { given?: string }).given})`;
    }
  }

  /** What lies in the queues, and what waits for more, by channel. */
  taken(): Batch[][] {
    flushPartition(this.partition);
    return this.partition.edges.flatMap(({ channels }) =>
      channels.map(({ queue }) => {
        const batches: Batch[] = [];
        while (ringSize(queue) > 0) {
          const element = takeRing(queue)!;
          if (element.kind === 'batch') batches.push(element.batch);
        }
        return batches;
      }),
    );
  }
}

/** As in a checked run, user code is given frozen records. */
function freezing({ functions }: JobProgram): JobProgram {
  return {
    functions: new Map(
      [...functions].map(([id, { key, ...others }]) => [
        id,
        key === undefined
          ? others
          : {
              ...others,
              key: Object.assign((value: Value) => key(deepFreeze(value)), { field: key.field }) as KeyFunction,
            },
      ]),
    ),
  };
}

const rowsIn = (batch: Batch): { values: readonly Value[]; timestamps: readonly number[] } =>
  inRows(batch) as { values: readonly Value[]; timestamps: readonly number[] };

const asColumns = (values: readonly Value[], times: readonly number[]): Batch => {
  const writer = createByteWriter();
  const back = decodeBatch(writeBatch(writer, batchOfColumns(columnOf(values), Float64Array.from(times))));
  if (!back.ok) throw new Error(back.reason);
  return back.value;
};

interface GivenBatch {
  readonly pool: readonly Value[];
  readonly count: number;
  readonly inColumns: boolean;
}

const anyKey = fc.constantFrom<fc.Arbitrary<Value>>(
  fc.integer({ min: -5, max: 500 }),
  fc.oneof(fc.integer(), fc.constantFrom(-0, 0.5, 2 ** 53, 1e300)),
  anyText,
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

/** A key that is none, or none at all, now and then. */
const anyItem = (key: fc.Arbitrary<Value>, shape: number): fc.Arbitrary<Value> =>
  fc.tuple(key, fc.nat(99), fc.option(fc.double())).map(([one, id, more]) => {
    if (shape === 0) return { key: one, at: { id }, more };
    if (shape === 1) return { at: { id }, key: one, more };
    return { key: one, at: { id }, more, late: id };
  });

const anyBatch: fc.Arbitrary<GivenBatch> = fc
  .tuple(anyKey, fc.constantFrom(0, 0, 0, 1, 2), fc.constantFrom(0, 0, 0, 0, 1, 2))
  .chain(([key, shape, problem]) =>
    fc.record({
      pool: fc
        .array(anyItem(key, shape), { minLength: 1, maxLength: 9 })
        .map((items) =>
          problem === 0 ? items : [...items, problem === 1 ? { key: null, at: { id: 1 }, more: 0 } : { at: { id: 2 } }],
        ),
      count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: MANY - 1, max: 3 * MANY })),
      inColumns: fc.boolean(),
    }),
  );

const valuesOfBatch = ({ pool, count }: GivenBatch): Value[] =>
  Array.from({ length: count }, (_, index) =>
    deepFreeze(structuredClone(pool[(index * 7 + (index >> 3)) % pool.length]!)),
  );

/** What each channel gets, record by record, and what is wrong. */
function expected(
  batches: readonly GivenBatch[],
  edges: readonly EdgeKind[],
  parallelism: number,
): { channels: (readonly [Value, number])[][]; wrongAt: number | null } {
  const channels: (readonly [Value, number])[][] = edges.flatMap(() => Array.from({ length: parallelism }, () => []));
  let turn = 0;
  let number = 0;
  for (const batch of batches) {
    for (const value of valuesOfBatch(batch)) {
      const { key, at } = value as Item;
      for (const [index, kind] of edges.entries()) {
        if (kind === 'field' && (key === undefined || key === null)) return { channels, wrongAt: number };
        const one = kind === 'field' ? key : kind === 'path' ? at.id : at.id % 3;
        const subtask = kind === 'rebalance' ? turn : subtaskOfKey(one as string, 128, parallelism);
        channels[index * parallelism + subtask]!.push([value, number]);
      }
      turn = (turn + 1) % parallelism;
      number += 1;
    }
  }
  return { channels, wrongAt: null };
}

describe('by rows or by columns', () => {
  test.each<[string, readonly EdgeKind[]]>([
    ['a field', ['field']],
    ['a path', ['path']],
    ['a function', ['function']],
    ['round robin', ['rebalance']],
    ['two edges', ['field', 'rebalance']],
    ['two edges, one by a function', ['path', 'function']],
  ])('%s', (_, edges) => {
    let columns = 0;
    fc.assert(
      fc.property(
        fc.array(anyBatch, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(1, 64, MANY, 2 * MANY),
        (batches, parallelism, batchSize) => {
          const producer = new Producer(edges, parallelism, batchSize);
          const { channels, wrongAt } = expected(batches, edges, parallelism);
          let number = 0;
          let wrong: string | null = null;
          for (const batch of batches) {
            const values = valuesOfBatch(batch);
            const times = values.map(() => number++);
            wrong = producer.give(batch.inColumns ? asColumns(values, times) : batchOfRows(values, times));
            if (wrong !== null) {
              const at = wrongAt! - (number - values.length);
              expect(producer.atWork[RECORD]).toBe(at + 1);
              expect(wrong).toContain('has no key');
              break;
            }
            expect(producer.atWork[RECORD]).toBe(0);
            expect(checkTree(producer.partition)).toBe(null);
          }
          expect(wrong === null).toBe(wrongAt === null);
          const edgeOf = (at: number): number => Math.floor(at / parallelism);
          for (const [at, taken] of producer.taken().entries()) {
            const records = taken.flatMap((batch) => {
              const { values, timestamps } = rowsIn(batch);
              return values.map((value, index) => [value, timestamps[index]] as const);
            });
            expect(records, `edge ${edgeOf(at)}`).toStrictEqual(channels[at]);
            expect(taken.map((batch) => rowsIn(batch).values.length)).toEqual(cut(records.length, batchSize));
            for (const batch of taken) columns += expectForm(batch) ? 1 : 0;
          }
          expect(producer.partition.edges.flatMap(({ channels: all }) => all.map(({ records }) => records))).toEqual(
            channels.map(({ length }) => length),
          );
        },
      ),
      { numRuns: 100 },
    );
    expect(columns > 0).toBe(true);
  });
});

const cut = (records: number, size: number): number[] =>
  Array.from({ length: Math.ceil(records / size) }, (_, index) => Math.min(size, records - index * size));

/** Many records that are alike are columns, others are rows, and bytes change nothing of it. True: columns. */
function expectForm(batch: Batch): boolean {
  const { values } = rowsIn(batch);
  const isAlike = values.length >= MANY && columnOf(values).kind === 'record';
  expect('column' in batch).toBe(isAlike);
  const back = decodeBatch(writeBatch(createByteWriter(), batch));
  if (!back.ok) throw new Error(back.reason);
  expect(diffStates(asBuilt(back.value), batch)).toBe(null);
  expect(hashState(asBuilt(back.value))).toBe(hashState(batch));
  return isAlike;
}

test('records of few, of many and of another shape wait for one batch', () => {
  const items = (count: number, more: object = {}): Value[] =>
    Array.from({ length: count }, (_, id) => ({ key: 'a', at: { id }, more: 0, ...more }));
  const producer = new Producer(['rebalance'], 1, 4 * MANY);
  const channel = producer.partition.edges[0]!.channels[0]!;
  const given: Value[] = [];
  for (const [values, isColumns] of [
    [items(MANY), true],
    [items(MANY), true],
    [items(2), false],
    [items(MANY), false],
    [items(MANY - 2, { late: 1 }), false],
  ] as const) {
    producer.give(
      batchOfRows(
        values,
        values.map(() => 0),
      ),
    );
    given.push(...values);
    if (given.length < 4 * MANY)
      expect(['records' in channel.builder, builderSize(channel.builder)]).toEqual([isColumns, given.length]);
  }
  expect(producer.taken().map((batches) => batches.map((batch) => rowsIn(batch).values))).toStrictEqual([[given]]);
});

test('what waits takes room for a few times its records, however many channels have some', () => {
  const producer = new Producer(['path'], 60, 8_192);
  const given = Array.from({ length: 2 * MANY }, (_, id): Item => ({ key: id, at: { id }, more: null }));
  producer.give(
    batchOfRows(
      given,
      given.map(() => 0),
    ),
  );
  const room = producer.partition.edges[0]!.channels.map(({ builder }) =>
    'times' in builder ? builder.times.length : 0,
  );
  expect(room.reduce((sum, one) => sum + one, 0)).toSatisfy(
    (sum: number) => sum >= given.length && sum <= 4 * given.length,
  );
});

test('a fork of records that wait goes on by itself, and hashes like the original', () => {
  fc.assert(
    fc.property(anyBatch, anyBatch, (first, second) => {
      const producer = new Producer(['path', 'rebalance'], 2, 3 * MANY);
      producer.give(batchOfRows(...timed(first)));
      const original = producer.partition;
      const before = hashState(original);
      producer.partition = cloneState(original);
      expect(hashState(producer.partition)).toBe(before);
      producer.give(batchOfRows(...timed(second)));
      const after = hashState(producer.partition);
      expect(hashState(original)).toBe(before);
      producer.partition = original;
      producer.give(batchOfRows(...timed(second)));
      expect(hashState(original)).toBe(after);
    }),
    { numRuns: 50 },
  );
});

const timed = (batch: GivenBatch): [Value[], number[]] => {
  const values = valuesOfBatch(batch);
  return [values, values.map((_, index) => index)];
};
