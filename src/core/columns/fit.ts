// Whether a value is what its schema declares, where records enter: it is taken as it is, or with its fields in the order of the schema and null where a
// field that may be null is absent. Anything else is refused with a sentence that names the field.
import { unknownName } from '../base/options.ts';
import type { NumberPlaces } from '../base/parse-json.ts';
import { isInt64, type Result, type Value } from '../base/value.ts';
import { pathOf, shown, type ColumnType, type ScalarKind, type Schema } from './schema.ts';

/** A schema made ready for many records. */
export type Fit =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'list'; readonly items: Fit }
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly fits: readonly Fit[] }
  | { readonly kind: 'nullable'; readonly present: Fit };

type RecordFit = Extract<Fit, { readonly kind: 'record' }>;
type Fields = Readonly<Record<string, Value>>;

/** To be made once: of each record it says what `fitted` does. */
export function fitOf(schema: Schema): Fit {
  return fitOfType(schema);
}

function fitOfType(type: ColumnType): Fit {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', items: fitOfType(type.items) };
    case 'nullable':
      return { kind: 'nullable', present: fitOfType(type.present) };
    case 'record':
      return { kind: 'record', names: Object.keys(type.fields), fits: Object.values(type.fields).map(fitOfType) };
    default:
      return { kind: type.kind };
  }
}

/** The value as its schema has it, or what is wrong with it: `field "price" must be float64 (a number), not "x"`. @param path where it stands */
export function fitted(fit: Fit, value: Value, path = ''): Result<Value> {
  return isExact(fit, value) ? { ok: true, value } : made(fit, value, path);
}

/** What is declared of the numbers of a text of JSON: that of a value that fits. Null: nothing, or it is no number. */
export function placesOf(fit: Fit): NumberPlaces | null {
  switch (fit.kind) {
    case 'int64':
      return 'int64';
    case 'int32':
    case 'float64':
    case 'timestamp':
      return 'float64';
    case 'list': {
      const items = placesOf(fit.items);
      return items === null ? null : { items };
    }
    case 'nullable':
      return placesOf(fit.present);
    case 'record':
      return { fields: Object.fromEntries(fit.fits.flatMap((field, at) => placeOf(fit.names[at] as string, field))) };
    default:
      return null;
  }
}

function placeOf(name: string, fit: Fit): readonly (readonly [string, NumberPlaces])[] {
  const places = placesOf(fit);
  return places === null ? [] : [[name, places]];
}

/** Whether a value that fits may hold an int64. */
export function holdsInt64(fit: Fit): boolean {
  switch (fit.kind) {
    case 'list':
      return holdsInt64(fit.items);
    case 'nullable':
      return holdsInt64(fit.present);
    case 'record':
      return fit.fits.some(holdsInt64);
    default:
      return fit.kind === 'int64';
  }
}

// ---- What is taken as it is. It runs once per record of a source, hence the plain loops.

function isExact(fit: Fit, value: Value): boolean {
  switch (fit.kind) {
    case 'list':
      return Array.isArray(value) && areExact(fit.items, value);
    case 'record':
      return isRecord(value) && hasExactFields(fit, value);
    case 'nullable':
      return value === null || isExact(fit.present, value);
    default:
      return isScalar(fit.kind, value);
  }
}

function areExact(fit: Fit, items: readonly Value[]): boolean {
  for (let index = 0; index < items.length; index++) if (!isExact(fit, items[index] as Value)) return false;
  return true;
}

function hasExactFields({ names, fits }: RecordFit, fields: Fields): boolean {
  let at = 0;
  // millrace-lint-ignore order: the order of the fields is compared, as it is that of the schema
  for (const name in fields) {
    if (name !== names[at] || !isExact(fits[at] as Fit, fields[name] as Value)) return false;
    at += 1;
  }
  return at === names.length;
}

function isRecord(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Beyond it there is no Date. */
const TIMESTAMP_MAX = 8.64e15;

function isScalar(kind: ScalarKind, value: Value): boolean {
  switch (kind) {
    case 'int32':
      return typeof value === 'number' && (value | 0) === value && !Object.is(value, -0);
    case 'float64':
      return typeof value === 'number';
    case 'timestamp':
      return Number.isSafeInteger(value) && Math.abs(value as number) <= TIMESTAMP_MAX && !Object.is(value, -0);
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    case 'int64':
      return typeof value === 'bigint' && isInt64(value);
  }
}

// ---- What is made of others

function made(fit: Fit, value: Value, path: string): Result<Value> {
  switch (fit.kind) {
    case 'list':
      return Array.isArray(value) ? madeList(fit.items, value, path) : misfit(fit, value, path);
    case 'record':
      return isRecord(value) ? madeRecord(fit, value, path) : misfit(fit, value, path);
    case 'nullable':
      return value === null ? { ok: true, value } : made(fit.present, value, path);
    default:
      return isScalar(fit.kind, value) ? { ok: true, value } : misfit(fit, value, path);
  }
}

function madeList(fit: Fit, items: readonly Value[], path: string): Result<Value> {
  const list: Value[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = made(fit, items[index] as Value, `${path}[${index}]`);
    if (!item.ok) return item;
    list.push(item.value);
  }
  return { ok: true, value: list };
}

function madeRecord({ names, fits }: RecordFit, fields: Fields, path: string): Result<Value> {
  const record: Record<string, Value> = {};
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    const field = madeField(fits[at] as Fit, fields, name, pathOf(path, name));
    if (!field.ok) return field;
    record[name] = field.value;
  }
  const foreign = Object.keys(fields).find((name) => !names.includes(name));
  if (foreign === undefined) return { ok: true, value: record };
  return { ok: false, reason: unknownName(path === '' ? 'field' : `field of ${path}`, foreign, names) };
}

function madeField(fit: Fit, fields: Fields, name: string, path: string): Result<Value> {
  if (Object.hasOwn(fields, name)) return made(fit, fields[name] as Value, path);
  if (fit.kind === 'nullable') return { ok: true, value: null };
  return { ok: false, reason: `there is no field "${path}", which must be ${EXPECTED[fit.kind]}` };
}

/** What a value must be, as text. */
export const EXPECTED: Readonly<Record<Fit['kind'], string>> = {
  int32: 'int32 (a whole number from -2147483648 to 2147483647)',
  int64: 'int64 (a bigint from -2^63 to 2^63 - 1)',
  float64: 'float64 (a number)',
  boolean: 'boolean (true or false)',
  string: 'a string',
  timestamp: 'timestamp (a whole number of ms since the epoch)',
  list: 'a list',
  record: 'an object',
  nullable: 'null',
};

function misfit({ kind }: Fit, value: Value, path: string): Result<Value> {
  const subject = path === '' ? 'a record' : `field "${path}"`;
  return { ok: false, reason: `${subject} must be ${EXPECTED[kind]}, not ${shown(value)}` };
}
