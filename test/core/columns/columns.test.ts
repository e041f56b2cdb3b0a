// Columns: whatever the values are, they come back as they were, from columns and from bytes; what is alike takes little room; and no bytes make the reader
// throw anything but MalformedBytes, or build more than they are.
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createByteWriter, MalformedBytes, takeBytes } from '../../../src/core/base/bytes.ts';
import { isValue, VALUE_DEPTH_MAX, type Result, type Value } from '../../../src/core/base/value.ts';
import { readColumn, writeColumn } from '../../../src/core/columns/column-codec.ts';
import { columnOf, valuesOf, type Column, type ColumnKind } from '../../../src/core/columns/column.ts';
import { fieldReader, generatedCode, plainCode, plainReader } from '../../../src/core/columns/shape-code.ts';
import { dataToJson } from '../../../src/run/data-json.ts';
import { anyBytes, anyInt64, anyNumber, anyText, anyValue, damaged, expectSame, objectOf } from '../base/values.ts';

function write(column: Column): Uint8Array {
  const writer = createByteWriter(1); // so that it grows in the middle of things
  writeColumn(writer, column);
  return takeBytes(writer);
}

const bytesOf = (values: readonly Value[]): Uint8Array => write(columnOf(values));

function readWhole(bytes: Uint8Array, count: number): Result<Column> {
  const reader = { bytes, at: 0 };
  try {
    const value = readColumn(reader, count);
    if (reader.at !== bytes.length) throw new Error('bytes are left');
    return { ok: true, value };
  } catch (error) {
    if (error instanceof MalformedBytes) return { ok: false, reason: error.message };
    throw error;
  }
}

/** From columns, from bytes, and from columns that were bytes, as if they went on. */
function expectKept(values: readonly Value[]): void {
  const column = columnOf(values);
  expectSame({ ok: true, value: valuesOf(column) }, values);
  const bytes = write(column);
  const read = readWhole(bytes, values.length);
  if (!read.ok) throw new Error(read.reason);
  expectSame({ ok: true, value: valuesOf(read.value) }, values);
  expect(write(read.value)).toEqual(bytes);
  expect(dataToJson(valuesOf(read.value))).toBe(dataToJson(values)); // fields in their order, too
}

const anyName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'at', 'at b', '"', '\u2028') },
  anyText,
);

/** Of one type, of another sometimes, or null sometimes. */
const anyField = (depth: number): fc.Arbitrary<fc.Arbitrary<Value>> => {
  const leaves: fc.Arbitrary<Value>[] = [
    anyNumber,
    anyInt64,
    fc.option(anyInt64),
    anyText,
    fc.boolean(),
    fc.integer(),
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_900_000 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
    fc.array(anyText, { maxLength: 3 }),
    anyValue,
  ];
  const plain = fc.constantFrom(...leaves);
  const nested = depth === 0 ? plain : fc.oneof({ weight: 3, arbitrary: plain }, anyShape(depth - 1));
  return nested.chain((one) => fc.constantFrom(one, one, fc.option(one), fc.oneof(one, anyValue)));
};

/** Objects of one shape. */
const anyShape = (depth: number): fc.Arbitrary<fc.Arbitrary<Value>> =>
  fc
    .uniqueArray(anyName, { minLength: 1, maxLength: 4 })
    .chain((names) => fc.tuple(...names.map(() => anyField(depth))).map((fields) => ({ names, fields })))
    .map(({ names, fields }) =>
      fc.tuple(...fields).map((values) => objectOf(names.map((name, index) => [name, values[index]!]))),
    );

const anyRows: fc.Arbitrary<readonly Value[]> = anyShape(2).chain((row) => fc.array(row, { maxLength: 6 }));

/** Rows whose last ones have a field more, or another order. */
const anyLateRows = fc
  .tuple(anyRows, fc.array(fc.tuple(anyName, anyValue), { maxLength: 2 }))
  .map(([rows, more]) => [...rows, ...rows.map((row) => objectOf([...more, ...Object.entries(row as object)]))]);

const anyValues: fc.Arbitrary<readonly Value[]> = fc.oneof(
  anyRows,
  anyLateRows,
  fc.array(anyValue, { maxLength: 8 }),
  anyField(1).chain((field) => fc.array(field, { maxLength: 8 })),
  fc.array(fc.integer({ min: -300, max: 70_000 }), { maxLength: 8 }),
);

describe('come back as they were', () => {
  test.each<[string, readonly Value[], ColumnKind]>([
    ['nothing', [], 'value'],
    ['one byte apart', [-100, 155], 'int32'],
    ['two bytes apart', [-100, 156, 65_435], 'int32'],
    ['four bytes apart', [-1, 65_535, 4_294_967_294], 'float64'],
    ['too far apart', [-1, 4_294_967_295], 'float64'],
    ['the borders of 32 bits', [-0x8000_0000, 0x7fff_ffff], 'int32'],
    ['beyond 32 bits', [0x7fff_ffff, 0x8000_0000], 'float64'],
    ['the borders of whole numbers', [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], 'float64'],
    ['close to a border', [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER + 70_000], 'float64'],
    ['close to the other border', [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 70_000], 'float64'],
    ['2^53 - 1, 2^53, 2^53 + 2', [2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2], 'float64'],
    ['-0', [0, -0, 1], 'float64'],
    ['parts of numbers', [0.5, Number.NaN, -Infinity, Infinity], 'float64'],
    ['texts', ['', 'a', '\ud800', 'ä€', 'x'.repeat(200)], 'string'],
    ['flags', [true, false, true], 'boolean'],
    ['flags, and one that is none', [true, 1], 'value'],
    ['of two types', [1, 'a'], 'value'],
    ['null now and then', [null, 1, null, 2], 'nullable'],
    ['null in nothing alike', [null, 1, 'a'], 'value'],
    ['null alone', [null, null], 'value'],
    ['lists', [[1, 2], [], [3]], 'list'],
    ['lists of nothing', [[], []], 'list'],
    ['lists of lists', [[[1], ['a']], []], 'list'],
    ['a list of many', [Array.from({ length: 70_000 }, (_, index) => index % 7), []], 'list'],
    [
      'rows',
      [
        { b: 1, a: 'x' },
        { b: 2, a: 'y' },
      ],
      'record',
    ],
    ['rows in other kinds of objects', [{ a: 1 }, Object.assign(Object.create(null), { a: 2 }) as Value], 'record'],
    ['rows with rows in them', [{ at: { x: 1, y: 2 } }, { at: { x: 3, y: 4 } }], 'record'],
    ['rows with other names', [{ a: 1 }, { b: 1 }], 'value'],
    ['rows with a field that appears late', [{ a: 1 }, { a: 1, b: 1 }], 'value'],
    ['rows with a field that goes', [{ a: 1, b: 1 }, { a: 1 }], 'value'],
    [
      'rows with their names in another order',
      [
        { a: 1, b: 1 },
        { b: 1, a: 1 },
      ],
      'value',
    ],
    ['rows without names', [{}, {}], 'value'],
    ['rows and what is none', [{ a: 1 }, null, 5, 'a', ['a']], 'value'],
    ['a row or nothing', [{ a: 1 }, null], 'nullable'],
    ['rows, lists, bytes and null', [{ a: 1 }, [1], Uint8Array.of(1), null], 'value'],
    ['numbers as names, as lists, texts and bytes have them', [{ 0: 'a' }, ['a'], 'a', Uint8Array.of(7)], 'value'],
    ['rows with an awkward name', [objectOf([['__proto__', 1]]), objectOf([['__proto__', 2]])], 'value'],
    [
      'rows with names of all objects',
      [
        { constructor: 1, toString: 2 },
        { constructor: 3, toString: 4 },
      ],
      'record',
    ],
  ])('%s', (_, values, kind) => {
    const plain = values.map((value) =>
      Object.getPrototypeOf(value ?? 0) === null ? { ...(value as object) } : value,
    );
    expect(columnOf(values).kind).toBe(kind);
    if (plain.some((value, index) => value !== values[index]))
      expectSame({ ok: true, value: valuesOf(columnOf(values)) }, plain);
    else expectKept(values);
  });

  test('values as deep as they may be, null beside each', () => {
    let value: Value = 1;
    for (let depth = 0; depth < VALUE_DEPTH_MAX; depth++) value = depth % 2 === 0 ? [null, value] : { a: [], b: value };
    expect(isValue(value)).toBe(true);
    expectKept([null, value]);
    for (value = 1; isValue([value]);) value = [null, value];
    expectKept([null, value]);
  });

  test('any', () => {
    fc.assert(fc.property(anyValues, expectKept), { numRuns: 1_000 });
  });
});

test('rows are like those that a plain loop makes, whether or not a host generates code', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        anyName.filter((name) => name !== '__proto__'),
        { minLength: 1, maxLength: 5 },
      ),
      fc.nat(4),
      (names, count) => {
        const columns = names.map((_, at) => Array.from({ length: count }, (_, index) => at * 10 + index));
        const generated = generatedCode(names)!;
        const rows = plainCode(names).make(columns, count);
        expect(JSON.stringify(generated.make(columns, count))).toBe(JSON.stringify(rows));
        const taken = plainCode(names).take(rows as never);
        expect(generated.take(rows as never)).toEqual(taken);
        expect(taken).toEqual(columns);
      },
    ),
  );
  expect(generatedCode(Array.from({ length: 65 }, (_, index) => `n${index}`))).toBe(null);
});

test('a field is read alike, whether or not a host generates code', () => {
  const name = anyName.filter((one) => one !== '__proto__');
  fc.assert(
    fc.property(
      fc.oneof(
        anyValue,
        anyRows.map(([row = null]) => row),
      ),
      name,
      (value, field) => {
        expect(fieldReader(field)(value)).toBe(plainReader(field)(value));
      },
    ),
  );
});

test('many rows of a shape come back as few do', () => {
  const row = (index: number): Value => ({ id: index, name: `n${index}`, at: { x: -0, y: index / 2 }, late: null });
  const many = Array.from({ length: 400 }, (_, index) => row(index));
  for (const rows of [many.slice(0, 3), many, many.slice(0, 3)]) expectKept(rows);
});

test('what rows have in common is written once', () => {
  const rows = Array.from({ length: 100 }, (_, index) => ({ key: 9_000 + index, value: index * 5, ok: true }));
  expect(bytesOf(rows).length).toBeLessThan(100 * (1 + 2 + 1) + 60);
});

describe('never throws anything else', () => {
  const readAny = (bytes: Uint8Array, count: number): void => {
    try {
      valuesOf(readColumn({ bytes, at: 0 }, count));
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
    }
  };

  test('garbage', () => {
    fc.assert(fc.property(anyBytes(64), fc.nat(100), readAny));
  });

  test('damage', () => {
    fc.assert(fc.property(damaged(anyValues.map(bytesOf)), fc.nat(10), readAny));
  });

  test.each<[string, Uint8Array, number, RegExp]>([
    [
      'a few bytes that say many values',
      Uint8Array.of(0, 0, 0),
      1_000_000_000,
      /1000000000 values at byte 0 are too many/,
    ],
    ['lists of many items', Uint8Array.of(6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 4, 255, 255, 255, 127, 0), 1, /too many/],
    ['a flag of 2', Uint8Array.of(5, 2), 1, /no flags/],
    [
      'nesting without end',
      Uint8Array.from({ length: 1_000 }, (_, index) => [4, 1, 1, 97][index % 4]!),
      1,
      /nested deeper/,
    ],
    ['null among no nulls', Uint8Array.of(7, 0, 7, 0, 0, 3), 1, /null among no nulls/],
    ['a name twice', Uint8Array.of(4, 2, 1, 97, 1, 97, 0, 0, 0, 0), 1, /no names of fields/],
    ['__proto__', Uint8Array.of(4, 1, 9, ...Buffer.from('__proto__'), 0, 0), 1, /no names of fields/],
    ['another kind', Uint8Array.of(9, 0), 1, /unknown kind of column 9 at byte 0/],
  ])('%s is refused', (_, bytes, count, reason) => {
    expect(readWhole(bytes, count)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });
});

test('names of more fields than code has room for are not remembered: they may be data', () => {
  const remembers = vi.spyOn(JSON, 'stringify');
  const withFields = (count: number): Value =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`user-${count}-${index}`, index]));
  columnOf([withFields(64)]);
  expect(remembers).toHaveBeenCalledTimes(1);
  const column = columnOf([withFields(65)]);
  expect(column.kind).toBe('record');
  expect(valuesOf(column)).toStrictEqual([withFields(65)]);
  expect(remembers).toHaveBeenCalledTimes(1);
  remembers.mockRestore();
});
