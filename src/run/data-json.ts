// Data as JSON, exactly: whatever a machine may be given or give comes back the same. What JSON has no form for stands in an object with one
// field, the mark of what it is:
//   {"$number":"NaN" | "Infinity" | "-Infinity" | "-0"} · {"$int64":digits} · {"$bytes":base64} · {"$Int32Array":base64} … · {"$map":[[key,value],…]} · {"$set":[…]}
//   {"$seen":n} an object that was written before (trace-lines.ts)
//   {"$same":[n,value]} an array of n equal numbers (the times of records without time) · {"$plain":{…}} an object that looks like a mark itself
// What is no data (undefined, functions, instances of classes) is refused: it would come back as something else.
import { isObject, isTypedArray, notData } from '../core/base/state-kinds.ts';
import type { Plain, TypedArray } from '../core/base/state-kinds.ts';
import { isInt64 } from '../core/base/value.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';

/** The number of an object that was written before, if it was: it is not written again. */
export type NumberOf = (object: object) => number | undefined;
/** The object of a number. Throws if there is none. */
export type ObjectOf = (number: unknown) => unknown;

export interface JsonOptions {
  readonly numberOf?: NumberOf;
  /** Longer texts are cut, and say so; only where nobody needs them back. Default: none is. */
  readonly charactersMax?: number;
}

/** Data in one line. Throws a TypeError where it holds something that is no data. */
export function dataToJson(
  data: unknown,
  { numberOf = () => undefined, charactersMax = Number.POSITIVE_INFINITY }: JsonOptions = {},
): string {
  return JSON.stringify(marked(data, { numberOf, charactersMax }));
}

/** What `dataToJson` wrote. Throws a SyntaxError where the text is no JSON, or a mark in it is none of ours. */
export function dataFromJson(text: string, objectOf: ObjectOf = refuseNumber): unknown {
  return unmarked(JSON.parse(text), objectOf);
}

function refuseNumber(number: unknown): never {
  throw new SyntaxError(`nothing was written before that has the number ${String(number)}`);
}

// ---- To JSON

function marked(data: unknown, options: Required<JsonOptions>): unknown {
  switch (typeof data) {
    case 'string':
      return data.length <= options.charactersMax ? data : cut(data, options.charactersMax);
    case 'boolean':
      return data;
    case 'number':
      return Number.isFinite(data) && !Object.is(data, -0) ? data : { $number: Object.is(data, -0) ? '-0' : `${data}` };
    case 'bigint':
      if (!isInt64(data)) throw notData(data);
      return { $int64: String(data) };
    case 'object':
      return data === null ? null : markedObject(data, options);
    default:
      throw notData(data);
  }
}

function cut(text: string, charactersMax: number): string {
  return `${text.slice(0, charactersMax).toWellFormed()}… (${text.length} characters)`;
}

function markedObject(data: object, options: Required<JsonOptions>): unknown {
  const number = options.numberOf(data);
  if (number !== undefined) return { $seen: number };
  const inner = (one: unknown): unknown => marked(one, options);
  if (Array.isArray(data)) return markedArray(data, inner);
  if (data instanceof Map) return { $map: Array.from(data, ([key, value]) => [inner(key), inner(value)]) };
  if (data instanceof Set) return { $set: Array.from(data, inner) };
  if (isTypedArray(data)) return { [markOf(data)]: base64Of(data) };
  const prototype: unknown = Object.getPrototypeOf(data);
  if (prototype !== Object.prototype && prototype !== null) throw notData(data);
  const plain = markedFields(data as Plain, inner);
  return looksLikeMark(data) ? { $plain: plain } : plain;
}

/** Shorter arrays are shorter as they are; nobody writes a longer one, and a reader must not be filled up by a wrong one. */
const SAME_MIN = 3;
const SAME_MAX = 10_000_000;

type Inner = (one: unknown) => unknown;

function markedArray(items: readonly unknown[], inner: Inner): unknown {
  const [first] = items;
  if (
    items.length >= SAME_MIN &&
    items.length <= SAME_MAX &&
    typeof first === 'number' &&
    items.every((item) => Object.is(item, first))
  )
    return { $same: [items.length, inner(first)] };
  return Array.from(items, inner); // from: a hole is undefined, and refused
}

function markedFields(fields: Plain, inner: Inner): Plain {
  const entries = Object.entries(fields);
  return Object.fromEntries(entries.map(([name, value]) => [name, inner(value)]));
}

function looksLikeMark(data: object): boolean {
  const names = Object.keys(data);
  return names.length === 1 && (names[0] as string).startsWith('$');
}

// ---- From JSON

function unmarked(json: unknown, objectOf: ObjectOf): unknown {
  const inner = (one: unknown): unknown => unmarked(one, objectOf);
  if (!isObject(json)) return json;
  if (Array.isArray(json)) return json.map(inner);
  if (!looksLikeMark(json)) return unmarkedFields(json as Plain, inner);
  const [[mark, content]] = Object.entries(json) as [[string, unknown]];
  return mark === '$seen' ? objectOf(content) : unmark(mark, content, inner);
}

function unmarkedFields(fields: Plain, inner: Inner): Plain {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, inner(value)]));
}

function unmark(mark: string, content: unknown, inner: Inner): unknown {
  switch (mark) {
    case '$number':
      return Number(content);
    case '$int64':
      return BigInt(content as string);
    case '$map':
      return new Map((content as [unknown, unknown][]).map(([key, value]) => [inner(key), inner(value)]));
    case '$set':
      return new Set((content as unknown[]).map(inner));
    case '$same': {
      const [length, value] = content as [number, unknown];
      if (!(length <= SAME_MAX)) throw new SyntaxError(`$same has a length of ${length}`);
      return Array<unknown>(length).fill(inner(value));
    }
    case '$plain':
      return unmarkedFields(content as Plain, inner);
    default:
      return typedArrayOf(mark, content as string);
  }
}

// ---- Typed arrays: their bytes as base64

const typedArrays = {
  $bytes: Uint8Array,
  $Int8Array: Int8Array,
  $Uint16Array: Uint16Array,
  $Int16Array: Int16Array,
  $Uint32Array: Uint32Array,
  $Int32Array: Int32Array,
  $Float32Array: Float32Array,
  $Float64Array: Float64Array,
  $BigInt64Array: BigInt64Array,
} as const;

type TypedMark = keyof typeof typedArrays;

function markOf(array: TypedArray): string {
  const mark = Object.entries(typedArrays).find(([, kind]) => Object.getPrototypeOf(array) === kind.prototype)?.[0];
  if (mark === undefined) throw notData(array);
  return mark;
}

function base64Of({ buffer, byteOffset, byteLength }: TypedArray): string {
  return encodeBase64(new Uint8Array(buffer, byteOffset, byteLength));
}

function typedArrayOf(mark: string, base64: string): TypedArray {
  if (!Object.hasOwn(typedArrays, mark)) throw new SyntaxError(`${mark} is no mark of data in a trace`);
  const bytes = decodeBase64(base64);
  const kind = typedArrays[mark as TypedMark];
  return new kind(bytes.buffer, 0, bytes.byteLength / kind.BYTES_PER_ELEMENT);
}
