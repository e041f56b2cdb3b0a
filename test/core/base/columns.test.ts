// Columns: whatever the values are, they come back as they were; what is alike takes little room; and no bytes make the reader throw anything
// but MalformedBytes, or build more than they are.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createByteWriter, MalformedBytes, takeBytes } from '../../../src/core/base/bytes.ts';
import { readColumn, writeColumn } from '../../../src/core/base/columns.ts';
import type { Result, Value } from '../../../src/core/base/value.ts';
import { anyBytes, anyNumber, anyText, anyValue, damaged, expectSame, objectOf } from './values.ts';

function write(values: readonly Value[]): Uint8Array {
  const writer = createByteWriter(1); // so that it grows in the middle of things
  writeColumn(writer, values);
  return takeBytes(writer);
}

function read(bytes: Uint8Array, count: number): Result<readonly Value[]> {
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

/** Rows of one shape, of any names in any order, nested now and then. */
const anyRows: fc.Arbitrary<readonly Value[]> = fc
  .tuple(fc.uniqueArray(anyText, { minLength: 1, maxLength: 4 }), fc.nat(5))
  .chain(([names, count]) =>
    fc.array(
      fc
        .tuple(...names.map((_, index) => (index % 2 === 0 ? anyNumber : anyValue)))
        .map((fields) => objectOf(names.map((name, index) => [name, fields[index]!]))),
      { minLength: count, maxLength: count },
    ),
  );

const anyColumn: fc.Arbitrary<readonly Value[]> = fc.oneof(
  fc.array(anyValue, { maxLength: 8 }),
  fc.array(anyNumber, { maxLength: 8 }),
  fc.array(anyText, { maxLength: 8 }),
  fc.array(fc.integer({ min: -300, max: 70_000 }), { maxLength: 8 }),
  anyRows,
);

describe('come back as they were', () => {
  test.each<[string, readonly Value[]]>([
    ['nothing', []],
    ['one byte apart', [-100, 155]],
    ['two bytes apart', [-100, 156, 65_435]],
    ['four bytes apart', [-1, 65_535, 4_294_967_294]],
    ['too far apart', [-1, 4_294_967_295]],
    ['the borders of whole numbers', [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
    ['close to a border', [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER + 70_000]],
    ['-0', [0, -0, 1]],
    ['parts of numbers', [0.5, Number.NaN, -Infinity]],
    ['texts', ['', 'a', '\ud800', 'ä€']],
    ['of two types', [1, 'a']],
    [
      'rows',
      [
        { b: 1, a: 'x' },
        { b: 2, a: 'y' },
      ],
    ],
    ['rows with rows in them', [{ at: { x: 1, y: 2 } }, { at: { x: 3, y: 4 } }]],
    ['rows with other names', [{ a: 1 }, { b: 1 }]],
    ['rows with more names', [{ a: 1 }, { a: 1, b: 1 }]],
    [
      'rows with their names in another order',
      [
        { a: 1, b: 1 },
        { b: 1, a: 1 },
      ],
    ],
    ['rows without names', [{}, {}]],
    ['rows, lists, bytes and null', [{ a: 1 }, [1], Uint8Array.of(1), null]],
    ['rows with an awkward name', [objectOf([['__proto__', 1]]), objectOf([['__proto__', 2]])]],
  ])('%s', (_, values) => {
    const back = read(write(values), values.length);
    expectSame(back, values);
    expect(back.ok && JSON.stringify(back.value)).toBe(JSON.stringify(values)); // fields in their order, too
  });

  test('any', () => {
    fc.assert(fc.property(anyColumn, (values) => expectSame(read(write(values), values.length), values)));
  });
});

test('what rows have in common is written once', () => {
  const rows = Array.from({ length: 100 }, (_, index) => ({ key: 9_000 + index, value: index * 5 }));
  expect(write(rows).length).toBeLessThan(100 * (1 + 2) + 50);
});

describe('never throws anything else', () => {
  test('garbage', () => {
    fc.assert(fc.property(anyBytes(64), fc.nat(100), (bytes, count) => readAny(bytes, count)));
  });

  test('damage', () => {
    fc.assert(fc.property(damaged(anyColumn.map(write)), fc.nat(10), (bytes, count) => readAny(bytes, count)));
  });

  test('a few bytes never become many values', () => {
    expect(read(Uint8Array.of(0, 0, 0), 1_000_000_000)).toEqual({
      ok: false,
      reason: '1000000000 values at byte 0 are too many',
    });
  });

  test('many names of many objects, with no bytes for their values, are refused before any is built', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => [3, index & 127, (index >> 7) & 127, index >> 14]);
    const bytes = Uint8Array.from([4, 0xa0, 0x9c, 1, ...names.flat(), ...Array.from({ length: 30_000 }, () => 0)]);
    expect(() => readColumn({ bytes, at: 0 }, 30_000)).toThrow(
      '30000 objects of 20000 fields at byte 80004 are too many',
    );
  });

  test('nesting without end is refused', () => {
    const nested = Uint8Array.from({ length: 1_000 }, (_, index) => [4, 1, 1, 97][index % 4]!); // rows with a field a of rows …
    expect(read(nested, 1)).toMatchObject({ ok: false, reason: expect.stringContaining('nested deeper') });
  });

  test('names that come twice, or cannot be assigned to, are refused', () => {
    const named = (...names: readonly string[]): Uint8Array =>
      Uint8Array.of(4, names.length, ...names.flatMap((name) => [name.length, ...Buffer.from(name)]), 0, 0, 0, 0);
    expect(read(named('a', 'a'), 1).ok).toBe(false);
    expect(read(named('__proto__'), 1).ok).toBe(false);
  });
});

function readAny(bytes: Uint8Array, count: number): void {
  try {
    readColumn({ bytes, at: 0 }, count);
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
  }
}
