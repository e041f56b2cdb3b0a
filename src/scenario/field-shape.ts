// What a compiler would have said of an object in a file that nobody compiled: which fields it has, and what is in them. A wrong field is named
// with what it must be, and of a table or of parts the wrong one, with its value.
import { unknownName } from '../core/base/options.ts';
import { describeWrongEntry, shown } from './wrong-entry.ts';

export type Check = (value: unknown) => boolean;
export type Fields = Readonly<Record<string, unknown>>;

/** What a field must be. */
export interface Field {
  /** As a sentence has it: `"runMs" must be …`. */
  readonly must: string;
  readonly isRight: Check;
  /** Of a table: what each of its entries is, so that the wrong one can be named. */
  readonly isEntry?: Check;
  /** Of what has parts of its own, likewise. */
  readonly parts?: Parts;
}

export type Parts = Readonly<Record<string, Field>>;

/** The first field that is wrong, is missing, or should not be there, as a sentence; null if there is none. */
export function findWrongField(value: Fields, shape: Parts): string | null {
  for (const [name, field] of Object.entries(shape)) {
    const given = value[name];
    if (!field.isRight(given)) return describeWrong(name, given, field);
  }
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(shape, name));
  return unknown === undefined ? null : unknownName('field', unknown, Object.keys(shape));
}

function describeWrong(name: string, given: unknown, { must, isEntry, parts }: Field): string {
  const mistake = isFields(given) && parts !== undefined ? describeWrongPart(name, given, parts) : null;
  if (mistake !== null) return mistake;
  return `"${name}" must be ${must}${isEntry === undefined ? '' : describeWrongEntry(given, isEntry)}`;
}

function describeWrongPart(field: string, given: Fields, parts: Parts): string | null {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) return `"${field}" has no "${unknown}": its parts are ${Object.keys(parts).join(', ')}`;
  const [name, part] = Object.entries(parts).find(([one, { isRight }]) => !isRight(given[one])) ?? [];
  if (name === undefined || part === undefined) return null;
  const value = given[name];
  if (value === undefined) return `"${field}.${name}" is missing: it must be ${part.must}`;
  return isFields(value)
    ? describeWrong(`${field}.${name}`, value, part)
    : `"${field}.${name}" must be ${part.must}, and is ${shown(value)}`;
}

/** It has no other parts than these, and they are right. */
export function isMadeOf(value: unknown, parts: Parts): boolean {
  return (
    isFields(value) &&
    Object.keys(value).every((name) => Object.hasOwn(parts, name)) &&
    Object.entries(parts).every(([name, { isRight }]) => isRight(value[name]))
  );
}

// ---- What there is in many shapes

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText: Check = (value) => typeof value === 'string';
export const isNumber: Check = (value) => typeof value === 'number';
export const isFunction: Check = (value) => typeof value === 'function';
export const isListOf = (value: unknown, isRight: Check): boolean => Array.isArray(value) && value.every(isRight);
export const isTable = (value: unknown, isRight: Check): boolean =>
  isFields(value) && Object.values(value).every(isRight);

export const optional =
  (isRight: Check): Check =>
  (value) =>
    value === undefined || isRight(value);

const isRange: Check = (value) => isListOf(value, isNumber) && (value as unknown[]).length === 2;

/** Fields that scenarios of all kinds have. */
export const commonFields = {
  name: {
    must: 'a word of letters, digits, dots and dashes, as files are named after it',
    isRight: (name) => typeof name === 'string' && /^\w[\w.-]*$/.test(name),
  },
  about: { must: 'a sentence', isRight: isText },
  numbers: {
    must: 'numbers by name of option',
    isRight: optional((options) => isTable(options, isNumber)),
    isEntry: isNumber,
  },
  draw: {
    must: '[smallest, largest] by name of option',
    isRight: optional((draw) => isTable(draw, isRange)),
    isEntry: isRange,
  },
} satisfies Parts;
