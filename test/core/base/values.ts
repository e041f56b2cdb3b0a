// Values of every sort for property tests, the awkward ones above all; and bytes as broken disks and hostile peers hand them over.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Result, Value } from '../../../src/core/base/value.ts';

/** Any sequence of UTF-16 units, lone surrogates among them; often one that means something to JavaScript. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'length', '0', '', '\ud800', '\udc00\ud800', '\0'),
);

/** Any number, NaN, -0 and the borders of whole numbers among them. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER, 2 ** 53, -(2 ** 53), 5e-324, 127, 128),
);

/** Any int64, the borders of what doubles and 64 bits hold among them. */
export const anyInt64: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 31n, 2n ** 32n, -(2n ** 31n)),
);

/** Any value, nested a few levels deep. */
export const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), anyNumber, anyInt64, anyText, anyBytes(16)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(anyText, tie('value')), { maxLength: 5 }).map(objectOf),
  ),
})).value;

export function anyBytes(maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength }).map((bytes) => Uint8Array.from(bytes));
}

/** A plain object; fast-check's own come without a prototype now and then. */
export function record<T>(fields: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

/** `__proto__` as a field like any other. */
export function objectOf(entries: readonly (readonly [string, Value])[]): Value {
  const fields = {};
  for (const [name, value] of entries)
    Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
  return fields;
}

/** The bytes with some at the end missing, with one bit turned over, or with some more behind them. */
export function damaged(intact: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return intact.chain((bytes) =>
    fc.oneof(
      fc.nat({ max: bytes.length - 1 }).map((length) => bytes.slice(0, length)),
      fc.nat({ max: bytes.length * 8 - 1 }).map((bit) => withBitFlipped(bytes, bit)),
      fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => Uint8Array.from([...bytes, ...more])),
    ),
  );
}

function withBitFlipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  const at = bit >>> 3;
  copy[at] = copy[at]! ^ (1 << (bit & 7));
  return copy;
}

const SENTENCE_LENGTH_MAX = 400;

/** Refused, with one line that a person can read. */
export function expectRefused(result: Result<unknown>): string {
  if (result.ok) throw new Error('it was not refused');
  expect(result.reason).toMatch(/^[^\n]+ [^\n]+$/);
  expect(result.reason.length).toBeLessThanOrEqual(SENTENCE_LENGTH_MAX);
  return result.reason;
}

/** Came out just as it went in; `expect` is led astray by fields named `constructor`. */
export function expectSame(result: Result<unknown>, value: unknown): void {
  if (!result.ok) throw new Error(result.reason);
  if (!isDeepStrictEqual(result.value, value)) expect(result.value).toStrictEqual(value);
  expect(isDeepStrictEqual(result.value, value)).toBe(true);
}

/** Nothing but a result, whatever comes in. */
export function expectResult(result: Result<unknown>): void {
  if (!result.ok) expectRefused(result);
}
