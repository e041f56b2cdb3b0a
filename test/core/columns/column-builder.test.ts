// Columns under construction: whatever was appended of whatever columns, what is sealed is the one column that the records have, and is the same behind its
// bytes.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createByteWriter, takeBytes } from '../../../src/core/base/bytes.ts';
import type { Value } from '../../../src/core/base/value.ts';
import {
  appendRecords,
  createRecordBuilder,
  forBuilders,
  isLike,
  makeRoom,
  sealRecords,
  type RecordBuilder,
} from '../../../src/core/columns/column-builder.ts';
import { readColumn, writeColumn } from '../../../src/core/columns/column-codec.ts';
import { columnOf, valuesOf, type Column, type RecordColumn } from '../../../src/core/columns/column.ts';
import { recordsOf, sliceRecords, typedColumn } from '../../../src/core/columns/typed-column.ts';
import { diffStates, hashState } from '../../../src/core/base/state.ts';
import { anyInt64, anyNumber, anyText, anyValue, expectSame } from '../base/values.ts';

/** Of one kind, of another sometimes, of any sometimes. */
const anyField: fc.Arbitrary<fc.Arbitrary<Value>> = fc.constantFrom<fc.Arbitrary<Value>>(
  fc.integer(),
  fc.integer({ min: 0, max: 300 }),
  fc.oneof(fc.integer(), fc.constantFrom(-0, 2 ** 53, 2 ** 53 - 1, 0.5, Number.NaN)),
  anyNumber,
  anyInt64,
  anyText,
  fc.boolean(),
  fc.option(fc.integer()),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.record({ x: fc.integer(), y: anyText }, { noNullPrototype: true }),
  fc.oneof(
    fc.record({ x: fc.integer() }, { noNullPrototype: true }),
    fc.record({ x: anyNumber }, { noNullPrototype: true }),
  ),
  anyValue,
);

const anyRow = fc.tuple(anyField, anyField).map(([a, b]) => fc.record({ a, b }, { noNullPrototype: true }));

/** Batches of records, which need not be of one kind, and of each some. */
const anyBatches = fc.array(
  anyRow.chain((row) =>
    fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 6 }), order: fc.array(fc.nat(5), { maxLength: 8 }) }),
  ),
  { minLength: 1, maxLength: 4 },
);

const throughBytes = (column: Column, count: number): Column => {
  const writer = createByteWriter();
  writeColumn(writer, column);
  return readColumn({ bytes: takeBytes(writer), at: 0 }, count);
};

function sealed(batches: readonly { rows: readonly Value[]; order: readonly number[] }[]): [Column, Value[]] {
  const values: Value[] = [];
  let builder: RecordBuilder | null = null;
  for (const { rows, order } of batches) {
    const column = recordsOf(rows, rows.length) as RecordColumn;
    builder ??= createRecordBuilder(column, 1).records;
    expect(isLike(builder, column)).toBe(true);
    const places = order.map((place) => place % rows.length);
    makeRoom(builder, values.length, values.length + places.length);
    appendRecords(builder, values.length, forBuilders(column), {
      order: Int32Array.from([7, ...places]),
      from: 1,
      count: places.length,
    });
    values.push(...places.map((place) => rows[place]!));
    makeRoom(builder, values.length, values.length + rows.length);
    appendRecords(builder, values.length, column, { order: null, from: 1, count: rows.length - 1 });
    values.push(...rows.slice(1));
  }
  return [sealRecords(builder!, values.length), values];
}

test('what was built is what would have been found in the values, before and behind bytes', () => {
  fc.assert(
    fc.property(anyBatches, (batches) => {
      const [column, values] = sealed(batches);
      if (values.length === 0) return;
      const found = typedColumn(columnOf(values));
      expect(diffStates(column, found)).toBe(null);
      expect(hashState(column)).toBe(hashState(found));
      const back = throughBytes(column, values.length);
      expect(diffStates(back, found)).toBe(null);
      expect(hashState(back)).toBe(hashState(found));
      expectSame({ ok: true, value: valuesOf(column) }, values);
    }),
    { numRuns: 1_000 },
  );
});

test('NaN has one form', () => {
  const odd = new Float64Array(new BigUint64Array([0x7ff8_0000_0000_0001n]).buffer)[0]!;
  const column = recordsOf([{ a: odd }], 1)!;
  expect(hashState(column)).toBe(hashState(recordsOf([{ a: Number.NaN }], 1)));
});

test('a part of a column has the values of that part', () => {
  fc.assert(
    fc.property(anyBatches, fc.nat(5), fc.nat(5), (batches, from, count) => {
      const { rows } = batches[0]!;
      const column = recordsOf(rows, rows.length)!;
      expectSame(
        { ok: true, value: valuesOf(sliceRecords(column, from, from + count)) },
        rows.slice(from, from + count),
      );
    }),
  );
});

test('records of another shape are not taken', () => {
  const builder = createRecordBuilder(recordsOf([{ a: 1, b: 1 }], 1)!, 1).records;
  for (const other of [{ b: 1, a: 1 }, { a: 1 }, { a: 1, b: 1, c: 1 }])
    expect(isLike(builder, recordsOf([other as Value], 1)!)).toBe(false);
  expect(recordsOf([{ a: 1 }, { b: 1 }], 2)).toBe(null);
  expect(recordsOf([{ a: 1 }, { b: 1 }], 1)).not.toBe(null);
  expect(recordsOf([], 0)).toBe(null);
});

test('a builder of values makes those of its own records, and no others', () => {
  const RECORDS = 1_000;
  const BUILDERS = 50;
  let reads = 0;
  const texts = new Proxy(
    Array.from({ length: RECORDS }, (_, index) => `${index}`),
    { get: (list, name) => (/^\d+$/.test(String(name)) && (reads += 1), Reflect.get(list, name) as unknown) },
  );
  const column: RecordColumn = {
    kind: 'record',
    names: ['a'],
    fields: [{ kind: 'record', names: ['x'], fields: [{ kind: 'string', values: texts }] }],
  };
  const each = RECORDS / BUILDERS;
  const order = Int32Array.from({ length: RECORDS }, (_, index) => RECORDS - 1 - index);
  for (let at = 0; at < BUILDERS; at++) {
    const builder = createRecordBuilder(recordsOf([{ a: [] }], 1)!, each).records;
    appendRecords(builder, 0, column, { order, from: at * each, count: each });
    const first = RECORDS - 1 - at * each;
    const values = valuesOf(sealRecords(builder, each));
    expect([values.length, values[0], values[each - 1]]).toEqual([
      each,
      { a: { x: `${first}` } },
      { a: { x: `${first - each + 1}` } },
    ]);
  }
  expect(reads).toBe(RECORDS);
});
