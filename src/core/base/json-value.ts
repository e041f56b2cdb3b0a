// Values that JSON can say, and how they are written there (parse-json.ts reads them). Sources and sinks hold lines of JSON, so a record that is not one of
// these cannot cross them. An int64 is a whole number there like any other: what reads it must know that it is one.
import type { Value } from './value.ts';

/** Says what JSON cannot say of a value, and where: `NaN at .mean`; null if nothing is lost. */
export function describeLostInJson(value: Value): string | null {
  return isKeptByJson(value) ? null : findLost(value, '');
}

/** It runs once per record of a sink, hence the plain loops. */
export function isKeptByJson(value: Value): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || areKept(value);
    default:
      return true;
  }
}

function areKept(value: Exclude<Value, null | boolean | number | bigint | string>): boolean {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isKeptByJson(value[index] as Value)) return false;
    return true;
  }
  if (value instanceof Uint8Array) return false;
  const fields = value as { readonly [field: string]: Value };
  // millrace-lint-ignore order: whether all fields are kept does not depend on their order
  for (const name in fields) if (!isKeptByJson(fields[name] as Value)) return false;
  return true;
}

function findLost(value: Value, path: string): string | null {
  const place = path === '' ? '' : ` at ${path}`;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${value}${place}`;
  if (typeof value !== 'object' || value === null) return null;
  if (value instanceof Uint8Array) return `bytes${place}`;
  for (const [name, field] of Object.entries(value as Readonly<Record<string, Value>>)) {
    const found = findLost(field, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}

/** The first int64 in a value, and where: `5n at .id`; null: there is none. Whoever reads its JSON finds a number there, unless it is declared. */
export function describeInt64(value: Value): string | null {
  return holdsInt64(value) ? findInt64(value, '') : null;
}

/** It runs once per record of an input, hence the plain loops. */
function holdsInt64(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (holdsInt64(value[index] as Value)) return true;
    return false;
  }
  if (value instanceof Uint8Array) return false;
  const fields = value as { readonly [field: string]: Value };
  // millrace-lint-ignore order: whether any field is one does not depend on their order
  for (const name in fields) if (holdsInt64(fields[name] as Value)) return true;
  return false;
}

function findInt64(value: Value, path: string): string | null {
  if (typeof value === 'bigint') return `${value}n${path === '' ? '' : ` at ${path}`}`;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return null;
  for (const [name, field] of Object.entries(value as Readonly<Record<string, Value>>)) {
    const found = findInt64(field, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}

/** For `JSON.stringify` of what a sentence shows: it throws at a bigint. */
export function int64AsText(_: string, part: unknown): unknown {
  return typeof part === 'bigint' ? `${part}n` : part;
}

/**
 * What reading the JSON of a value gives where nothing is declared (`parseJson` with `'exact'`): an int64 that a double holds exactly is a number. The same
 * object where nothing changes.
 */
export function asReadFromJson(value: Value): Value {
  if (typeof value === 'bigint') return BigInt(Number(value)) === value ? Number(value) : value;
  if (!holdsInt64(value)) return value;
  if (Array.isArray(value)) return (value as readonly Value[]).map(asReadFromJson);
  const fields = Object.entries(value as { readonly [field: string]: Value });
  return Object.fromEntries(fields.map(([name, field]) => [name, asReadFromJson(field)]));
}

/**
 * A record as JSON that comes back as it was, but for an int64, which comes back as one only where it is declared. -0 is `-0`, and a whole number beyond
 * 2^53 has all its digits, where `JSON.stringify` has `0` and zeros; an int64 is its digits, where `JSON.stringify` throws. Throws a sentence where JSON
 * cannot say it.
 */
export function jsonOf(record: Value): string {
  if (isPlain(record)) return JSON.stringify(record);
  const lost = describeLostInJson(record);
  if (lost !== null) throw new Error(`a record holds ${lost}, which JSON cannot say`);
  return exactJsonOf(record);
}

/** `JSON.stringify` says it as it is. It runs once per record of a sink. */
function isPlain(value: Value): boolean {
  if (typeof value === 'number') return isPlainNumber(value);
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index] as Value)) return false;
    return true;
  }
  if (value instanceof Uint8Array) return false;
  const fields = value as { readonly [field: string]: Value };
  // millrace-lint-ignore order: whether all fields are plain does not depend on their order
  for (const name in fields) if (!isPlain(fields[name] as Value)) return false;
  return true;
}

function isPlainNumber(value: number): boolean {
  if (value === 0) return !Object.is(value, -0);
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
}

function exactJsonOf(value: Value): string {
  if (typeof value === 'number') return exactNumber(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(exactJsonOf).join(',')}]`;
  const fields = Object.entries(value as { readonly [field: string]: Value });
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${exactJsonOf(field)}`).join(',')}}`;
}

/** From here on `String` writes an exponent. */
const DIGITS_END = 1e21;

function exactNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const isWritten = Number.isInteger(value) && Math.abs(value) < DIGITS_END;
  return isWritten ? String(BigInt(value)) : String(value);
}
