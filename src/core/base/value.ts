// Values: the only data that records, state, messages and user functions are made of. Nothing here may hold behaviour.

/** Data that can be compared, hashed, encoded and shipped. Immutable once it left the code that built it. */
export type Value =
  | null
  | boolean
  | number
  /** An int64: from `INT64_MIN` to `INT64_MAX`. It is never equal to a number: 1n is not 1. */
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [field: string]: Value };

/** A part of a key. */
export type KeyPart = string | number | bigint | boolean;
/** What `keyBy` gives: a scalar, or a tuple of them. Keys are compared and hashed by their bytes, the same everywhere. */
export type Key = KeyPart | readonly KeyPart[];

/** A decision at a border: a value, or why not; one sentence that says what is wrong, where, and what would be right, or a reason as data. */
export type Result<T, R = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: R };

/**
 * `T` where it is data; `never` in the place of what is a function, a Date, a Map or undefined. Interfaces are data too, although `Value` itself would
 * refuse them for their missing index signature.
 */
export type AsValue<T> = T extends Value
  ? T
  : T extends ((...given: never) => unknown) | symbol | undefined | void
    ? never
    : { readonly [K in keyof T]: AsValue<T[K]> };

/**
 * Intersected with what a function returns (`R & DataOnly<R>`), lets the compiler refuse an `R` that is not data: it is `unknown`, hence nothing,
 * where it is. As a check beside the inference of `R`, not a constraint of it, it leaves `{ count: 1 }` a `{ count: number }`.
 */
export type DataOnly<T> = [T] extends [AsValue<T>] ? unknown : NotData;

/** The name is what people read in the compiler's error. */
interface NotData {
  readonly 'records and state must be data: null, booleans, numbers, bigints, strings, Uint8Arrays, arrays and plain objects of these': never;
}

export const INT64_MIN = -0x8000_0000_0000_0000n;
export const INT64_MAX = 0x7fff_ffff_ffff_ffffn;

/** Whether 64 bits hold it. */
export function isInt64(candidate: bigint): boolean {
  return candidate >= INT64_MIN && candidate <= INT64_MAX;
}

/** Values may be nested this deep. Codecs allow twice as much, because messages and snapshots wrap values. Cycles end here as well. */
export const VALUE_DEPTH_MAX = 32;

/** Whether this is data and nothing else. It runs once per emitted record, hence the plain loops. */
export function isValue(candidate: unknown): candidate is Value {
  return isValueWithin(candidate, VALUE_DEPTH_MAX);
}

function isValueWithin(candidate: unknown, depthLeft: number): boolean {
  if (typeof candidate === 'string' || typeof candidate === 'number' || typeof candidate === 'boolean') return true;
  if (typeof candidate !== 'object') return typeof candidate === 'bigint' && isInt64(candidate);
  return candidate === null || (depthLeft > 0 && isCompound(candidate, depthLeft - 1));
}

function isCompound(candidate: object, depthLeft: number): boolean {
  if (Array.isArray(candidate)) return areValues(candidate, depthLeft);
  const prototype: unknown = Object.getPrototypeOf(candidate);
  if (prototype === Object.prototype || prototype === null)
    return hasValues(candidate as Record<string, unknown>, depthLeft);
  return prototype === Uint8Array.prototype; // not a Node Buffer, which would come back as something else behind a network
}

function areValues(items: readonly unknown[], depthLeft: number): boolean {
  for (let index = 0; index < items.length; index++) {
    if (!isValueWithin(items[index], depthLeft)) return false;
  }
  return true;
}

function hasValues(fields: Readonly<Record<string, unknown>>, depthLeft: number): boolean {
  // millrace-lint-ignore order: whether all fields are values does not depend on their order
  for (const name in fields) {
    if (!isValueWithin(fields[name], depthLeft)) return false;
  }
  return true;
}

/** Says what is wrong with something that is not a value, and where: `a Date at .day`; null if it is one. */
export function describeNonValue(candidate: unknown): string | null {
  return findNonValue(candidate, '', VALUE_DEPTH_MAX);
}

function findNonValue(candidate: unknown, path: string, depthLeft: number): string | null {
  if (isValueWithin(candidate, depthLeft)) return null;
  const place = path === '' ? '' : ` at ${path}`;
  if (typeof candidate !== 'object' || candidate === null) return `${nameOfType(candidate)}${place}`;
  if (depthLeft === 0) return `something nested deeper than ${VALUE_DEPTH_MAX}${place}`;
  const prototype: unknown = Object.getPrototypeOf(candidate);
  if (!Array.isArray(candidate) && prototype !== Object.prototype && prototype !== null)
    return `${nameOfClass(prototype)}${place}`;
  for (const [name, field] of Object.entries(candidate)) {
    const found = findNonValue(field, Array.isArray(candidate) ? `${path}[${name}]` : `${path}.${name}`, depthLeft - 1);
    if (found !== null) return found;
  }
  return `an array with holes${place}`;
}

function nameOfType(candidate: unknown): string {
  if (typeof candidate === 'bigint') return BEYOND_INT64;
  return candidate === undefined ? 'undefined' : `a ${typeof candidate}`;
}

/** Its digits may be without end. */
export const BEYOND_INT64 = 'a bigint beyond 64 bits (-2^63 to 2^63 - 1)';

function nameOfClass(prototype: unknown): string {
  const { name } = (prototype as { readonly constructor?: { readonly name?: unknown } }).constructor ?? {};
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object of a class';
}
