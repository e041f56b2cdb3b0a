// What may leave a machine: data, as in a state, of which parts may be shared.
import { isObject, isTypedArray, typeName, type Plain } from '../../core/base/state-kinds.ts';
import { isInt64 } from '../../core/base/value.ts';

/** What is not data in something that leaves a machine, and where, as in `.list[3] is a function`; null if all of it is. */
export function describeNonData(value: unknown): string | null {
  return isAllData(value, 0) ? null : findNonData(value, 'it', new Set());
}

const DEPTH_MAX = 64; // what goes deeper may be a part of itself, which is looked at with more care

/** Whether all of it is data for sure: nearly everything is, and no words are made for it. */
function isAllData(value: unknown, depth: number): boolean {
  if (!isObject(value)) return isPlain(value);
  if (isTypedArray(value)) return true;
  if (depth > DEPTH_MAX || !isContainer(value)) return false;
  if (Array.isArray(value) || value instanceof Set) return areAllData(value, depth);
  if (value instanceof Map) return areAllData(value.keys(), depth) && areAllData(value.values(), depth);
  for (const name in value) if (!isAllData((value as Plain)[name], depth + 1)) return false;
  return true;
}

function areAllData(items: Iterable<unknown>, depth: number): boolean {
  for (const item of items) if (!isAllData(item, depth + 1)) return false;
  return true;
}

function findNonData(value: unknown, place: string, around: Set<object>): string | null {
  if (!isObject(value)) return isPlain(value) ? null : `${place} is ${typeName(value)}`;
  if (isTypedArray(value)) return null;
  if (around.has(value)) return `${place} is a part of itself`;
  if (!isContainer(value)) return `${place} is ${typeName(value)}`;
  around.add(value);
  for (const [step, part] of partsOf(value)) {
    const flaw = findNonData(part, `${place}${step}`, around);
    if (flaw !== null) return flaw;
  }
  around.delete(value);
  return null;
}

/** A field that is there without a value is none. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'bigint') return isInt64(value);
  return value === null || value === undefined || ['string', 'number', 'boolean'].includes(typeof value);
}

function isContainer(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof Set
  );
}

function partsOf(value: object): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((part: unknown, index) => [`[${index}]`, part] as const);
  if (value instanceof Set) return [...value].map((part: unknown) => [' (an element)', part] as const);
  if (value instanceof Map)
    return [...value].flatMap(([key, part]: [unknown, unknown]) => [
      [' (a key)', key] as const,
      [`.get(${String(key)})`, part] as const,
    ]);
  return Object.entries(value).map(([name, part]: [string, unknown]) => [`.${name}`, part] as const);
}
