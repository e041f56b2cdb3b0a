// A batch as a chain is given it: many records that are alike are a column, and its rows are made when somebody asks for them.
import { expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { columnOf } from '../../../src/core/columns/column.ts';
import { batchOfColumns, batchOfRows, COLUMN_RECORDS_MIN, type Batch } from '../../../src/core/graph/batch.ts';
import { createChain, processBatch, resolveChain, type Rows } from '../../../src/core/operators/chain.ts';
import { GivenRows } from '../../../src/core/operators/stage-output.ts';
import { harness, jobOf } from './chain-fixture.ts';

const MANY = COLUMN_RECORDS_MIN;
const records = (count: number): { key: string; amount: number }[] =>
  Array.from({ length: count }, (_, index) => ({ key: 'a', amount: index }));
const inColumns = (values: readonly Value[]): Batch =>
  batchOfColumns(columnOf(values), new Float64Array(values.length));

test('rows of a column are made when they are asked for first, and once', () => {
  const rows = new GivenRows(inColumns(records(MANY)));
  expect(rows.column?.names).toEqual(['key', 'amount']);
  expect(rows.values).toEqual(records(MANY));
  expect(rows.values).toBe(rows.values);
});

test.each<[string, Batch]>([
  ['few records', inColumns(records(MANY - 1))],
  ['what is no record', inColumns(records(MANY).map(({ amount }) => amount))],
  [
    'rows',
    batchOfRows(
      records(MANY),
      records(MANY).map(() => 0),
    ),
  ],
])('%s are rows alone', (_, batch) => {
  expect(new GivenRows(batch).column).toBe(null);
});

test('a chain without operators hands on the column', () => {
  const given: Rows[] = [];
  const chain = createChain([], { subtask: 0, parallelism: 1, maxParallelism: 8 });
  const code = resolveChain([], { functions: new Map() }, null);
  const batch = inColumns(records(MANY));
  processBatch(chain, code, batch, { onRows: (rows) => void given.push(rows) });
  expect(given.map(({ column }) => column)).toEqual([columnOf(records(MANY))]);
});

test('what fails names its record, also of a column', () => {
  const { chain, code } = harness(
    jobOf((rows) =>
      rows.map<never>('odd', ({ amount }) => {
        if (amount === 100) throw new RangeError('planted');
        return amount as never;
      }),
    ),
  );
  const seen: number[] = [];
  const target = { onRows: (_: Rows, size: number): void => void seen.push(size) };
  expect(() => processBatch(chain, code, inColumns(records(MANY)), target)).toThrow(
    expect.objectContaining({ message: expect.stringContaining('planted'), given: expect.stringContaining('100') }),
  );
  expect(seen).toEqual([100]);
});
