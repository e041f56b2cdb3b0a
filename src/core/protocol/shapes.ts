// Shapes of records that come in as bytes: a small table language, so that a decoder refuses what a peer or a disk should not have sent.
import type { Value } from '../base/value.ts';

/** `any` is a Value of the user's; `int` a whole number >= 0; `number` any number; a trailing `?` allows null. */
export type Shape =
  | 'any'
  | 'int'
  | 'number'
  | 'string'
  | 'string?'
  | 'boolean'
  | { readonly list: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> }
  | { readonly nullable: Shape }
  | { readonly oneOf: readonly Shape[] }
  | { readonly literal: string | number };

export const list = (shape: Shape): Shape => ({ list: shape });
export const record = (fields: Readonly<Record<string, Shape>>): Shape => ({ fields });
export const nullable = (shape: Shape): Shape => ({ nullable: shape });
export const oneOf = (...shapes: Shape[]): Shape => ({ oneOf: shapes });
export const literal = (value: string | number): Shape => ({ literal: value });

/** What is wrong with a value, with its path, or null if it has the shape. */
export function mismatch(shape: Shape, value: Value | undefined, path = ''): string | null {
  if (typeof shape === 'string') return fits(shape, value) ? null : `${path || 'value'} is not ${shape}`;
  if ('literal' in shape)
    return value === shape.literal ? null : `${path || 'value'} is not ${JSON.stringify(shape.literal)}`;
  if ('nullable' in shape) return value === null ? null : mismatch(shape.nullable, value, path);
  if ('list' in shape) return mismatchInList(shape.list, value, path);
  if ('oneOf' in shape) return mismatchInAll(shape.oneOf, value, path);
  return mismatchInFields(shape.fields, value, path);
}

function fits(shape: string, value: Value | undefined): boolean {
  switch (shape) {
    case 'any':
      return value !== undefined;
    case 'int':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'number':
      return typeof value === 'number';
    case 'string?':
      return value === null || typeof value === 'string';
    default:
      return typeof value === shape;
  }
}

function mismatchInList(shape: Shape, value: Value | undefined, path: string): string | null {
  if (!Array.isArray(value)) return `${path || 'value'} is not a list`;
  for (let index = 0; index < value.length; index++) {
    const wrong = mismatch(shape, value[index] as Value, `${path}[${index}]`);
    if (wrong !== null) return wrong;
  }
  return null;
}

function mismatchInAll(shapes: readonly Shape[], value: Value | undefined, path: string): string | null {
  let wrong: string | null = null;
  for (const shape of shapes) {
    wrong = mismatch(shape, value, path);
    if (wrong === null) return null;
  }
  return wrong;
}

function mismatchInFields(
  fields: Readonly<Record<string, Shape>>,
  value: Value | undefined,
  path: string,
): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return `${path || 'value'} is not a record`;
  for (const [name, shape] of Object.entries(fields)) {
    const wrong = mismatch(
      shape,
      (value as Readonly<Record<string, Value>>)[name],
      path === '' ? name : `${path}.${name}`,
    );
    if (wrong !== null) return wrong;
  }
  return null;
}
