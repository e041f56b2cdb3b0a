// Values that come back from JSON as they were. Sources and sinks hold lines of JSON, so a record that is not one of these cannot cross them.
import type { Value } from './value.ts';

/** Says what JSON cannot say of a value, and where: `NaN at .mean`; null if nothing is lost. (-0 comes back as 0, which is let pass.) */
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

function areKept(value: Exclude<Value, null | boolean | number | string>): boolean {
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
