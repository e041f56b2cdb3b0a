// The one place that says what a state may be made of: numbers, int64s (bigints), strings, booleans, null, arrays, plain objects, Map, Set (their order is
// state) and typed arrays.

import { BEYOND_INT64 } from './value.ts';

/** The fields of a plain object. */
export type Plain = { [field: string]: unknown };

export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array;

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function isTypedArray(value: object): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

export function notData(value: unknown): TypeError {
  return new TypeError(`a state holds ${typeName(value)}, which is not data (checkTree says where)`);
}

/** What something is, in a word or two: `a function`, `Date`. */
export function typeName(value: unknown): string {
  if (typeof value === 'bigint') return BEYOND_INT64; // others are data
  if (!isObject(value)) return value === undefined ? 'undefined' : `a ${typeof value}`;
  const { name } = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor ?? {};
  return name ?? 'Object';
}
