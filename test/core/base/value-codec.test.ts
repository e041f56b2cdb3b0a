// Values as bytes: each comes back as it was, equal ones have equal bytes, and whatever a peer sends is a value or refused with a sentence.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createByteWriter, takeBytes, writeByte, writeVarint } from '../../../src/core/base/bytes.ts';
import { decodeValue, encodeValue } from '../../../src/core/base/value-codec.ts';
import { VALUE_DEPTH_MAX, type Value } from '../../../src/core/base/value.ts';
import { anyBytes, anyValue, expectRefused, expectResult, expectSame } from './values.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** Bytes written by hand: a tag, and varints behind it. */
function written(...numbers: readonly number[]): Uint8Array {
  const writer = createByteWriter();
  writeByte(writer, numbers[0]!);
  for (const number of numbers.slice(1)) writeVarint(writer, number);
  return takeBytes(writer);
}

function nested(depth: number): Value {
  let value: Value = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

describe('the bytes of a value', () => {
  // Part of the format: snapshots and tapes of other versions hold them.
  test.each<[Value, string]>([
    [null, '00'],
    [false, '01'],
    [true, '02'],
    [0, '0300'],
    [127, '037f'],
    [128, '038001'],
    [-1, '0401'],
    [Number.MAX_SAFE_INTEGER, '03ffffffffffffff0f'],
    [-0, '050000000000000080'],
    [0.5, '05000000000000e03f'],
    [2 ** 53, '050000000000004043'],
    [Number.NaN, '05000000000000f87f'],
    [-Infinity, '05000000000000f0ff'],
    ['a\u00e9\ud800', '060361e90180b003'],
    [new Uint8Array([0, 255]), '070200ff'],
    [[], '0800'],
    [[null, [1]], '08020008010301'],
    [{}, '0900'],
    [{ b: 1, a: 2 }, '09020162030101610302'],
    [1n, '0a0100000000000000'],
    [-1n, '0affffffffffffffff'],
    [2n ** 53n + 1n, '0a0100000000002000'],
    [-(2n ** 63n), '0a0000000000000080'],
    [2n ** 63n - 1n, '0affffffffffffff7f'],
  ])('%o is %s', (value, expected) => {
    expect(hex(encodeValue(value))).toBe(expected);
    expect(decodeValue(bytesOf(expected))).toStrictEqual({ ok: true, value });
  });

  test.each(['', 'kind', '\u00e9', '\u00e9\u0001', '\ud800', '__proto__', 'x'.repeat(127), 'x'.repeat(128)])(
    'a name that was read before is read again: %j',
    (name) => {
      const value = [1, 2, 3].map((number) => Object.fromEntries([[name, number]]));
      expect(decodeValue(encodeValue(value))).toStrictEqual({ ok: true, value });
      expectRefused(decodeValue(encodeValue(value[0]!).slice(0, -2)));
    },
  );

  test('all forms of NaN have the same bytes', () => {
    const { value: payload } = decodeValue(bytesOf('05010000000000f8ff')) as { value: Value };
    const divided = [0, -0].map((zero) => zero / zero);
    const forms = [Number.NaN, -Number.NaN, payload, ...divided, Infinity - Infinity].map((nan) =>
      hex(encodeValue(nan)),
    );
    expect(new Set(forms)).toEqual(new Set(['05000000000000f87f']));
  });

  test('every value comes back as it was', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expectSame(decodeValue(encodeValue(value)), value);
      }),
    );
  });

  test('equal bytes again from what came back, in the same order of fields', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeValue(value);
        const decoded = decodeValue(bytes);
        if (!decoded.ok) throw new Error(decoded.reason);
        expect(hex(encodeValue(decoded.value))).toBe(hex(bytes));
      }),
    );
  });

  test('a field named __proto__ is a field', () => {
    const value = JSON.parse('{"__proto__": {"admin": true}}') as Value;
    const decoded = decodeValue(encodeValue(value));
    expect(decoded).toStrictEqual({ ok: true, value });
    expect((decoded as { value: { admin?: boolean } }).value.admin).toBeUndefined();
  });

  test('values may be nested twice as deep as those of users, and no deeper', () => {
    expect(decodeValue(encodeValue(nested(2 * VALUE_DEPTH_MAX))).ok).toBe(true);
    expect(expectRefused(decodeValue(encodeValue(nested(2 * VALUE_DEPTH_MAX + 1))))).toMatch(/^nested deeper than 64 /);
  });

  test('what was decoded is not tied to the bytes that it came from', () => {
    const bytes = encodeValue(new Uint8Array([1, 2, 3]));
    const decoded = decodeValue(bytes);
    bytes.fill(9);
    expect(decoded).toStrictEqual({ ok: true, value: new Uint8Array([1, 2, 3]) });
  });
});

describe('hostile bytes', () => {
  const huge = Number.MAX_SAFE_INTEGER;
  test.each<[string, Uint8Array, string]>([
    ['nothing at all', new Uint8Array(), 'ends at byte 0'],
    ['an unknown tag', written(11), 'unknown tag 11 at byte 0'],
    ['half an int64', bytesOf('0a01000000'), 'ends at byte 5'],
    ['half a number', bytesOf('0500'), 'ends at byte 2'],
    ['a number that does not end', bytesOf('03ffffffffff'), 'ends at byte 6'],
    ['a number beyond 2^53', bytesOf('03ffffffffffffff10'), 'number too large at byte 8'],
    ['a number with too many bytes', bytesOf('0380808080808080808000'), 'number too long at byte 9'],
    ['a unit that is none', written(6, 1, 0x1_0000), 'no UTF-16 unit at byte 4'],
    ['a string longer than the bytes', written(6, huge), `string of ${huge} units at byte 9 is too long`],
    ['bytes longer than the bytes', written(7, huge), `ends at byte 9, ${huge} bytes expected at 9`],
    ['an array larger than the bytes', written(8, huge), `count ${huge} at byte 9 is too large`],
    ['an object larger than the bytes', written(9, 2 ** 32), `count ${2 ** 32} at byte 6 is too large`],
    ['a second value behind the first', bytesOf('0000'), '1 bytes too many behind byte 1'],
  ])('%s', (_, bytes, sentence) => {
    expect(decodeValue(bytes)).toEqual({ ok: false, reason: sentence });
  });

  test.each([
    ['arrays', [8, 1]],
    ['objects', [9, 1, 0]],
  ])('%s nested a hundred thousand deep are refused before the stack is full', (_, level) => {
    const bytes = Uint8Array.from(Array.from({ length: 100_000 }, () => level).flat());
    expect(expectRefused(decodeValue(bytes))).toMatch(/^nested deeper than 64 /);
  });

  test('counts within counts are bounded by the bytes that are there', () => {
    const bytes = Uint8Array.from([...Array.from({ length: 60 }, () => [8, 100]).flat(), ...new Uint8Array(1_000)]);
    expectRefused(decodeValue(bytes));
  });

  test('any bytes are a value or refused', () => {
    fc.assert(fc.property(anyBytes(64), (bytes) => expectResult(decodeValue(bytes))));
  });

  test('a value with some bytes changed is a value or refused', () => {
    const changed = fc.tuple(anyValue, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }));
    fc.assert(
      fc.property(changed, ([value, changes]) => {
        const bytes = encodeValue(value);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        expectResult(decodeValue(bytes));
      }),
    );
  });

  test('no proper prefix of a value is one', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), (value, cut) => {
        const bytes = encodeValue(value);
        expectRefused(decodeValue(bytes.slice(0, cut % bytes.length)));
      }),
    );
  });
});
