// Reads JSON from outside. A number that no double holds as it is written is refused: three ids of 64 bits would become one without a word.
import { describeNonValue, VALUE_DEPTH_MAX, type Value } from './value.ts';

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
export function parseJson(text: string): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' '); // V8 says where, or shows what is around it
    return { ok: false, isJson: false, reason, at: 0 };
  }
  if (isPlain(value, VALUE_DEPTH_MAX)) return { ok: true, value: value as Value };
  const lost = findLostNumber(text);
  if (lost !== null) return { ok: false, isJson: true, ...lost };
  const mistake = describeNonValue(value);
  return mistake === null ? { ok: true, value: value as Value } : { ok: false, isJson: true, reason: mistake, at: 0 };
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

/** The first number of a text, which is JSON, that no double holds. */
function findLostNumber(text: string): LostNumber | null {
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfText(text, at);
    else if (unit !== MINUS && !isDigit(unit)) at += 1;
    else {
      const end = endOfNumber(text, at);
      const literal = text.slice(at, end);
      if (describeLostNumber(literal, '') !== null)
        return { reason: describeLostNumber(literal, placeOf(text, at)) as string, at };
      at = end;
    }
  }
  return null;
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

/** Nothing where the text is the number itself. */
function placeOf(text: string, target: number): string {
  const path = pathTo(text, target);
  return path === '' ? '' : ` at ${cut(path)}`;
}

/** A number for each list that is open there, a name for each object. */
function pathTo(text: string, target: number): string {
  const open: (number | string)[] = [];
  for (let at = 0; at < target;) {
    const unit = text.charCodeAt(at);
    const end = unit === QUOTE ? endOfText(text, at) : at + 1;
    const inner = open.length - 1;
    if (unit === OPEN_LIST) open.push(0);
    else if (unit === OPEN_FIELDS) open.push('');
    else if (unit === CLOSE_LIST || unit === CLOSE_FIELDS) open.pop();
    else if (unit === COMMA && typeof open[inner] === 'number') open[inner] += 1;
    else if (unit === QUOTE && isName(text, end)) open[inner] = JSON.parse(text.slice(at, end)) as string;
    at = end;
  }
  return open.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
}

/** A colon follows. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text.charAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}
