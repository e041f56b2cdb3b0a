// Reads JSON from outside. A number that no double holds as it is written is refused: three ids of 64 bits would become one without a word. Where its place
// is declared, it is an int64, or rounded.
import { describeNonValue, isInt64, VALUE_DEPTH_MAX, type Value } from './value.ts';

/** What is declared of the numbers of a text: at this place, in fields of it, or in its items. */
export type NumberPlaces =
  /** A whole number is an int64, however small it is; any other is what it is. */
  | 'int64'
  /** Rounded, whole ones too. */
  | 'float64'
  | { readonly fields: Readonly<Record<string, NumberPlaces>> }
  | { readonly items: NumberPlaces };

/** Everywhere a whole number that no double holds exactly is an int64, and all others are numbers: so no digit is lost of what `jsonOf` wrote. */
export type Exact = 'exact';

export type ParsedJson =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false;
      /** False: its syntax is wrong, and `reason` is what the engine says. */
      readonly isJson: boolean;
      /** It names the field. */
      readonly reason: string;
      /** The place of a number in the text; 0 where the whole of it is wrong. */
      readonly at: number;
    };

/** The value that a text is, or what is wrong with it. */
export function parseJson(text: string, places: NumberPlaces | Exact | null = null): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' '); // V8 says where, or shows what is around it
    return { ok: false, isJson: false, reason, at: 0 };
  }
  if (isPlain(value, VALUE_DEPTH_MAX)) return { ok: true, value: asDeclared(value, places) as Value };
  const lost = findLostNumber(text, places);
  if (lost !== null) return { ok: false, isJson: true, ...lost };
  const mistake = describeNonValue(value);
  if (mistake !== null) return { ok: false, isJson: true, reason: mistake, at: 0 };
  return { ok: true, value: (places === null ? value : parseLiterals(text, places)) as Value };
}

/**
 * What is wrong with a number as it is written; null if a double holds it. One with a point or an exponent may be rounded, a whole one may not.
 * @param place ` at .author.id`
 */
export function describeLostNumber(literal: string, place: string): string | null {
  const number = Number(literal);
  if (!Number.isFinite(number)) return `${cut(literal)}${place} is beyond all doubles: write it as a text`;
  if (Number.isSafeInteger(number) || /[.eE]/.test(literal)) return null;
  const nearest = BigInt(number);
  if (BigInt(literal) === nearest) return null;
  return `no double holds ${cut(literal)}${place} exactly, the nearest is ${cut(String(nearest))}: write it as a text`;
}

const SHOWN_LENGTH_MAX = 100; // a sentence must stay one

function cut(text: string): string {
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}

/**
 * Nothing that `JSON.parse` gave is nested too deeply, and no number is so large that its literal may have been rounded to a whole number, or to an
 * infinity: so nearly no text is looked at again. It runs once per record of a source, hence the plain loops.
 */
function isPlain(value: unknown, depthLeft: number): boolean {
  if (typeof value === 'number') return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return true;
  if (depthLeft === 0) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index], depthLeft - 1)) return false;
    return true;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  // millrace-lint-ignore order: whether all fields are plain does not depend on their order
  for (const name in fields) if (!isPlain(fields[name], depthLeft - 1)) return false;
  return true;
}

// ---- What is declared

type Fields = Record<string, unknown>;

/** Changes what `JSON.parse` made, of which nobody else knows. What is no number, or not whole, is left to whoever declared it. */
function asDeclared(value: unknown, places: NumberPlaces | Exact | null): unknown {
  if (places === 'int64') return int64Of(value);
  if (places === null || typeof places === 'string' || typeof value !== 'object' || value === null) return value;
  if ('fields' in places) {
    if (!Array.isArray(value)) declareFields(value as Fields, places.fields);
  } else if (Array.isArray(value))
    for (let index = 0; index < value.length; index++) value[index] = asDeclared(value[index], places.items);
  return value;
}

function declareFields(fields: Fields, places: Readonly<Record<string, NumberPlaces>>): void {
  // millrace-lint-ignore order: no field has to do with another
  for (const name in places)
    if (Object.hasOwn(fields, name)) setField(fields, name, asDeclared(fields[name], places[name] as NumberPlaces));
}

function int64Of(value: unknown): unknown {
  if (value instanceof Literal) return isWhole(value.text) ? BigInt(value.text) : value;
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}

/** `__proto__` must stay a field. */
function setField(fields: Fields, name: string, value: unknown): void {
  if (name !== '__proto__') fields[name] = value;
  else Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A number as it is written. */
class Literal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepLarge: Reviver = (_, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined ? new Literal(source) : value;

/** None of its numbers is lost where it stands. */
function parseLiterals(text: string, places: NumberPlaces | Exact): unknown {
  const value: unknown = JSON.parse(text, keepLarge as (name: string, value: unknown) => unknown);
  return settled(asDeclared(value, places), places === 'exact');
}

/** Nothing is declared of the literals that are left. */
function settled(value: unknown, exactly: boolean): unknown {
  if (value instanceof Literal) return numberOf(value.text, exactly);
  if (typeof value !== 'object' || value === null) return value;
  for (const [name, field] of Object.entries(value)) setField(value as Fields, name, settled(field, exactly));
  return value;
}

function numberOf(literal: string, exactly: boolean): number | bigint {
  return exactly && describeLostNumber(literal, '') !== null ? BigInt(literal) : Number(literal);
}

// ---- Which number it is

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const PLUS = 0x2b;
const E = 0x45;
const SMALL_E = 0x65;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_FIELDS = 0x7b;
const CLOSE_FIELDS = 0x7d;

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

interface LostNumber {
  readonly reason: string;
  readonly at: number;
}

/** The first number of a text, which is JSON, that is not held where it stands. */
function findLostNumber(text: string, places: NumberPlaces | Exact | null): LostNumber | null {
  const path: Step[] = [];
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    const isNumber = unit === MINUS || isDigit(unit);
    const end = isNumber ? endOfNumber(text, at) : unit === QUOTE ? endOfText(text, at) : at + 1;
    const reason = isNumber ? lostAt(path, text.slice(at, end), places) : null;
    if (reason !== null) return { reason, at };
    if (!isNumber) follow(path, text, at, end);
    at = end;
  }
  return null;
}

function lostAt(path: readonly Step[], literal: string, places: NumberPlaces | Exact | null): string | null {
  if (Number.isSafeInteger(Number(literal))) return null;
  const declared = placeAt(places, path);
  if (declared === 'int64' && isWhole(literal))
    return isInt64Literal(literal) ? null : `${cut(literal)}${placeOf(path)} is beyond 64 bits: write it as a text`;
  if (declared === 'float64' && Number.isFinite(Number(literal))) return null;
  if (declared === 'exact' && isWhole(literal) && isInt64Literal(literal)) return null;
  return describeLostNumber(literal, '') === null ? null : describeLostNumber(literal, placeOf(path));
}

const INT64_LENGTH_MAX = 20; // a sign and 19 digits

/** Of a whole one. */
function isInt64Literal(literal: string): boolean {
  return literal.length <= INT64_LENGTH_MAX && isInt64(BigInt(literal));
}

/** No point, and no exponent. */
function isWhole(literal: string): boolean {
  return !/[.eE]/.test(literal);
}

/** What is declared at the end of a path; null: nothing is. */
function placeAt(places: NumberPlaces | Exact | null, path: readonly Step[]): NumberPlaces | Exact | null {
  if (places === 'exact') return places;
  let place = places;
  for (const step of path) {
    if (place === null || typeof place === 'string') return null;
    if ('items' in place) place = typeof step === 'number' ? place.items : null;
    else
      place =
        typeof step === 'string' && Object.hasOwn(place.fields, step) ? (place.fields[step] as NumberPlaces) : null;
  }
  return place;
}

/** Behind the quote that closes it. */
function endOfText(text: string, from: number): number {
  for (let at = from + 1; ; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at += 1;
    else if (unit === QUOTE) return at + 1;
  }
}

function endOfNumber(text: string, from: number): number {
  let at = from + 1;
  while (isPartOfNumber(text.charCodeAt(at))) at += 1;
  return at;
}

function isPartOfNumber(unit: number): boolean {
  return isDigit(unit) || [POINT, E, SMALL_E, MINUS, PLUS].includes(unit);
}

type Step = number | string;

/** Nothing where the text is the number itself. */
function placeOf(path: readonly Step[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return steps === '' ? '' : ` at ${cut(steps)}`;
}

/** What lies between `at` and `end`, a text or a sign, opens, closes or moves on. The path has a number for each open list, a name for each open object. */
function follow(path: Step[], text: string, at: number, end: number): void {
  const unit = text.charCodeAt(at);
  const inner = path.length - 1;
  if (unit === OPEN_LIST) path.push(0);
  else if (unit === OPEN_FIELDS) path.push('');
  else if (unit === CLOSE_LIST || unit === CLOSE_FIELDS) path.pop();
  else if (unit === COMMA && typeof path[inner] === 'number') path[inner] += 1;
  else if (unit === QUOTE && isName(text, end)) path[inner] = JSON.parse(text.slice(at, end)) as string;
}

/** A colon follows. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text.charAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}
