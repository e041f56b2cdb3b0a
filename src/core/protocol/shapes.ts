// Shapes of records that come in as bytes: a small table language, so that a decoder refuses what a peer or a disk should not have sent.
import type { Value } from '../base/value.ts';

/**
 * `any` is a Value of the user's; `int` a whole number >= 0; `time` a whole number, also below 0; `number` any number, NaN too; a trailing `?`
 * allows null.
 */
export type Shape =
  | 'any'
  | 'int'
  | 'time'
  | 'number'
  | 'string'
  | 'string?'
  | 'boolean'
  | 'bytes'
  | { readonly list: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> }
  | { readonly nullable: Shape }
  /** One of these words. */
  | { readonly words: readonly (string | number)[] }
  /** A record whose `kind` says which of these shapes the rest has. */
  | { readonly kinds: Readonly<Record<string, Shape>> };

export const list = (shape: Shape): Shape => ({ list: shape });
export const record = (fields: Readonly<Record<string, Shape>>): Shape => ({ fields });
export const nullable = (shape: Shape): Shape => ({ nullable: shape });
export const oneOf = (...words: readonly string[]): Shape => ({ words });
export const literal = (value: string | number): Shape => ({ words: [value] });
export const byKind = (kinds: Readonly<Record<string, Shape>>): Shape => ({ kinds });

/** What is wrong with a value, with its path, or null if it has the shape. */
export function mismatch(shape: Shape, value: Value | undefined, path = ''): string | null {
  if (typeof shape === 'string') return fits(shape, value) ? null : `${path || 'value'} is not ${shape}`;
  if ('words' in shape) return mismatchInWords(shape.words, value, path);
  if ('nullable' in shape) return value === null ? null : mismatch(shape.nullable, value, path);
  if ('list' in shape) return mismatchInList(shape.list, value, path);
  if ('kinds' in shape) return mismatchInKind(shape.kinds, value, path);
  return mismatchInFields(shape.fields, value, path);
}

function fits(shape: string, value: Value | undefined): boolean {
  switch (shape) {
    case 'any':
      return value !== undefined;
    case 'int':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'time':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'bytes':
      return value instanceof Uint8Array;
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

function mismatchInWords(words: readonly (string | number)[], value: Value | undefined, path: string): string | null {
  if ((typeof value === 'string' || typeof value === 'number') && words.includes(value)) return null;
  return `${path || 'value'} is not ${listWords(words)}`;
}

/** Words named in a refusal; a longer list says nothing more to whoever reads it. */
const WORDS_SHOWN = 12;

function listWords(words: readonly (string | number)[]): string {
  const shown = words.slice(0, WORDS_SHOWN).map((word) => JSON.stringify(word));
  return [...shown, ...(words.length > WORDS_SHOWN ? [`${words.length - WORDS_SHOWN} more`] : [])].join(' or ');
}

function mismatchInKind(kinds: Readonly<Record<string, Shape>>, value: Value | undefined, path: string): string | null {
  if (!isRecord(value)) return `${path || 'value'} is not a record`;
  const { kind } = value;
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) return mismatch(kinds[kind] as Shape, value, path);
  return mismatchInWords(Object.keys(kinds), kind, path === '' ? 'kind' : `${path}.kind`);
}

function mismatchInFields(
  fields: Readonly<Record<string, Shape>>,
  value: Value | undefined,
  path: string,
): string | null {
  if (!isRecord(value)) return `${path || 'value'} is not a record`;
  for (const [name, shape] of Object.entries(fields)) {
    const wrong = mismatch(shape, value[name], path === '' ? name : `${path}.${name}`);
    if (wrong !== null) return wrong;
  }
  return null;
}

function isRecord(value: Value | undefined): value is { readonly [field: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
