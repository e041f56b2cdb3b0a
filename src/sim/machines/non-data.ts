// What may leave a machine: data, as in a state, of which parts may be shared.
import { isObject, isTypedArray, typeName } from '../../core/base/state-kinds.ts';

/** What is not data in something that leaves a machine, and where, as in `.list[3] is a function`; null if all of it is. */
export function describeNonData(value: unknown): string | null {
  return findNonData(value, 'it', new Set());
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
