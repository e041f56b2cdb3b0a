// The one file that owns clone, hash and difference of states, and what a state may be made of:
// numbers, strings, booleans, null, arrays, plain objects, Map, Set (their order is state) and typed arrays; a tree.
// A frozen object is promised to be immutable all the way down: clones share it.

type Plain = { [field: string]: unknown };
type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** A deep copy that shares only what is frozen. Throws on anything that is not data. */
export function cloneState<S>(state: S): S {
  return clone(state) as S;
}

function clone(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return checkScalar(value);
  if (isFrozen(value)) return value;
  if (Array.isArray(value)) return cloneArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return cloneObject(value as Plain);
  if (value instanceof Map) return cloneMap(value);
  if (value instanceof Set) return cloneSet(value);
  if (isTypedArray(value)) return value.slice();
  throw notData(value);
}

/** Most objects are extensible, and that is quick to ask. */
function isFrozen(value: object): boolean {
  return !Object.isExtensible(value) && Object.isFrozen(value);
}

function cloneArray(items: readonly unknown[]): unknown[] {
  const copy = items.slice(); // keeps the kind of its elements: numbers stay unboxed
  for (let index = 0; index < copy.length; index++) {
    const item = copy[index];
    if (typeof item === 'object' && item !== null) copy[index] = clone(item);
  }
  return copy;
}

function cloneObject(fields: Plain): Plain {
  const copy = { ...fields }; // keeps the shape, so that the copy is as quick to work on as the original
  for (const name in copy) {
    const field = copy[name];
    if (typeof field === 'object' && field !== null) copy[name] = clone(field);
    else checkScalar(field);
  }
  return copy;
}

function cloneMap(entries: ReadonlyMap<unknown, unknown>): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  for (const [key, value] of entries) copy.set(clone(key), clone(value));
  return copy;
}

function cloneSet(items: ReadonlySet<unknown>): Set<unknown> {
  const copy = new Set<unknown>();
  for (const item of items) copy.add(clone(item));
  return copy;
}

function checkScalar<T>(value: T): T {
  const type = typeof value;
  if (type === 'function' || type === 'symbol' || type === 'bigint') throw notData(value);
  return value;
}

function isTypedArray(value: object): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function notData(value: unknown): TypeError {
  return new TypeError(`a state holds ${typeName(value)}, which is not data (checkTree says where)`);
}

// Tags keep apart what would otherwise give the same words: 1 and '1', [] and {}.
const TAG_NULL = 1;
const TAG_TRUE = 2;
const TAG_FALSE = 3;
const TAG_INT = 4;
const TAG_FLOAT = 5;
const TAG_STRING = 6;
const TAG_ARRAY = 7;
const TAG_OBJECT = 8;
const TAG_MAP = 9;
const TAG_SET = 10;
const TAG_BYTES = 11;
const TAG_UNDEFINED = 12;
const TAG_END = 13;

// Data is first written out as words into this buffer and then rolled over in one tight loop, which is three times as fast as rolling word by
// word. The buffer and the lanes belong to the call of `Hasher.value` that runs; none can begin before it ends.
const BUFFER_WORDS = 4096;
const buffer = new Int32Array(BUFFER_WORDS);
let used = 0;
let laneA = 0;
let laneB = 0;

/** Rolls over what is in the buffer, two words at a time: each lane takes one, then they mix. For given words this is a bijection of the lanes. */
function flush(): void {
  let a = laneA;
  let b = laneB;
  if ((used & 1) === 1) buffer[used++] = 0;
  for (let index = 0; index < used; index += 2) {
    a = Math.imul(a ^ (buffer[index] as number), 0x85ebca6b);
    b = Math.imul(b ^ (buffer[index + 1] as number), 0xc2b2ae35);
    a ^= b >>> 15;
    b = (((b << 13) | (b >>> 19)) + a) | 0;
  }
  laneA = a;
  laneB = b;
  used = 0;
}

const floatBits = new Float64Array(1);
const floatWords = new Int32Array(floatBits.buffer);

const MARGIN_WORDS = 8; // more than anything but text and bytes writes before it looks for room again

function write(value: unknown): void {
  if (used > BUFFER_WORDS - MARGIN_WORDS) flush();
  switch (typeof value) {
    case 'number':
      return writeNumber(value);
    case 'string':
      return writeText(value);
    case 'boolean':
      buffer[used++] = value ? TAG_TRUE : TAG_FALSE;
      return;
    case 'undefined':
      buffer[used++] = TAG_UNDEFINED;
      return;
    case 'object':
      if (value !== null) return writeCompound(value);
      buffer[used++] = TAG_NULL;
      return;
    default:
      throw notData(value);
  }
}

function writeNumber(value: number): void {
  if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
    buffer[used++] = TAG_INT;
    buffer[used++] = value;
    return;
  }
  floatBits[0] = Number.isNaN(value) ? Number.NaN : value; // NaN has many forms, which no program can tell apart
  buffer[used++] = TAG_FLOAT;
  buffer[used++] = floatWords[0] as number;
  buffer[used++] = floatWords[1] as number;
}

function writeText(text: string): void {
  const { length } = text;
  buffer[used++] = TAG_STRING ^ (length << 4);
  let index = 0;
  for (; index + 1 < length; index += 2) {
    if (used > BUFFER_WORDS - MARGIN_WORDS) flush();
    buffer[used++] = text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16);
  }
  if (index < length) buffer[used++] = text.charCodeAt(index);
}

function writeCompound(value: object): void {
  if (Array.isArray(value)) return writeArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return writeObject(value as Plain);
  if (value instanceof Map) return writeMap(value);
  if (value instanceof Set) return writeSet(value);
  if (isTypedArray(value)) return writeBytes(value);
  throw notData(value);
}

function writeArray(items: readonly unknown[]): void {
  buffer[used++] = TAG_ARRAY;
  buffer[used++] = items.length;
  for (let index = 0; index < items.length; index++) write(items[index]);
}

function writeObject(fields: Plain): void {
  buffer[used++] = TAG_OBJECT;
  for (const name in fields) {
    buffer[used++] = wordOf(name);
    write(fields[name]);
  }
  if (used > BUFFER_WORDS - MARGIN_WORDS) flush(); // many objects may end here one behind the other
  buffer[used++] = TAG_END;
}

function writeMap(entries: ReadonlyMap<unknown, unknown>): void {
  buffer[used++] = TAG_MAP;
  buffer[used++] = entries.size;
  for (const [key, value] of entries) {
    write(key);
    write(value);
  }
}

function writeSet(items: ReadonlySet<unknown>): void {
  buffer[used++] = TAG_SET;
  buffer[used++] = items.size;
  for (const item of items) write(item);
}

function writeBytes(array: TypedArray): void {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const { length } = bytes;
  buffer[used++] = TAG_BYTES;
  buffer[used++] = wordOf(typeName(array)); // the same bytes as other numbers are other data
  buffer[used++] = length;
  let index = 0;
  for (; index + 3 < length; index += 4) {
    if (used > BUFFER_WORDS - MARGIN_WORDS) flush();
    const low = (bytes[index] as number) | ((bytes[index + 1] as number) << 8);
    buffer[used++] = low | ((bytes[index + 2] as number) << 16) | ((bytes[index + 3] as number) << 24);
  }
  for (; index < length; index++) buffer[used++] = bytes[index] as number;
}

/** Names of fields come again and again: their words are remembered. Only a memory of what is true anyway, and bounded. */
const nameWords = new Map<string, number>();
const NAME_WORDS_MAX = 10_000;

function wordOf(name: string): number {
  const known = nameWords.get(name);
  if (known !== undefined) return known;
  let word = TAG_STRING ^ name.length;
  for (let index = 0; index < name.length; index++)
    word = Math.imul(word ^ name.charCodeAt(index), 0x01000193) ^ (word >>> 15);
  if (nameWords.size < NAME_WORDS_MAX) nameWords.set(name, word);
  return word;
}

/** Rolls over data: two lanes of 32 bits. The same data in the same order gives the same hash in every process and on every machine. */
export class Hasher {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  /** Starts again. */
  reset(): void {
    this.#a = 0x243f6a88;
    this.#b = 0x13198a2e;
  }

  /** First lane of the hash so far. */
  get low(): number {
    return this.#a;
  }

  /** Second lane of the hash so far. */
  get high(): number {
    return this.#b;
  }

  /** Goes on from another hasher's place. */
  copyFrom(other: Hasher): void {
    this.#a = other.#a;
    this.#b = other.#b;
  }

  /** Any data, with all its fields. Throws on what is not data. */
  value(value: unknown): void {
    this.#begin();
    write(value);
    this.#end();
  }

  /** Four words of 32 bits: cheaper than as data. */
  words(first: number, second: number, third: number, fourth: number): void {
    this.#begin();
    buffer[0] = first;
    buffer[1] = second;
    buffer[2] = third;
    buffer[3] = fourth;
    used = 4;
    this.#end();
  }

  #begin(): void {
    used = 0;
    laneA = this.#a;
    laneB = this.#b;
  }

  #end(): void {
    flush();
    this.#a = laneA;
    this.#b = laneB;
  }

  /** The hash so far, as 16 hexadecimal digits. */
  digest(): string {
    return hex(this.#a) + hex(this.#b);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** The hash of a state, as 16 hexadecimal digits. Equal states have equal hashes. */
export function hashState(state: unknown): string {
  const hasher = new Hasher();
  hasher.value(state);
  return hasher.digest();
}

/** Where two states differ first, in the order of the left one, and what each says there. */
export interface StateDifference {
  readonly path: string;
  readonly left: string;
  readonly right: string;
}

/** The first difference between two states, or null if they are equal. */
export function diffStates(left: unknown, right: unknown): StateDifference | null {
  return differ(left, right, '');
}

function differ(left: unknown, right: unknown, path: string): StateDifference | null {
  if (Object.is(left, right)) return null;
  if (!isObject(left) || !isObject(right) || typeName(left) !== typeName(right)) return difference(path, left, right);
  const mine = partsOf(left);
  const theirs = partsOf(right);
  for (let index = 0; index < Math.max(mine.length, theirs.length); index++) {
    const here = mine[index];
    const there = theirs[index];
    if (here === undefined || there === undefined || here.step !== there.step) return differentStep(path, here, there);
    const found = differ(here.value, there.value, path + here.step);
    if (found !== null) return found;
  }
  return null;
}

interface Part {
  readonly step: string;
  readonly value: unknown;
}

/** What an object is made of, in order; each part under a step that names it. */
function partsOf(value: object): readonly Part[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => ({ step: `[${index}]`, value: item }));
  if (value instanceof Map)
    return [...value].map(([key, item]) => ({ step: `{${describeState(key)}}`, value: item as unknown }));
  if (value instanceof Set)
    return [...value].map((item) => ({ step: `{${describeState(item)}}`, value: item as unknown }));
  if (isTypedArray(value)) return Array.from(value, (item, index) => ({ step: `[${index}]`, value: item }));
  return Object.entries(value).map(([name, item]) => ({ step: `.${name}`, value: item as unknown }));
}

function difference(path: string, left: unknown, right: unknown): StateDifference {
  return { path: path === '' ? '.' : path, left: describeState(left), right: describeState(right) };
}

/** One side lacks a part, or has it at another place: what each side has here. */
function differentStep(path: string, here: Part | undefined, there: Part | undefined): StateDifference {
  const step = (here ?? there)?.step ?? '';
  const describe = (part: Part | undefined): string =>
    part === undefined ? 'nothing' : part.step === step ? describeState(part.value) : `${part.step} at this place`;
  return { path: path + step, left: describe(here), right: describe(there) };
}

const DESCRIBE_CHARACTERS_MAX = 200;

/** A state as one short line, for differences and errors. */
export function describeState(value: unknown): string {
  const text = describe(value);
  return text.length <= DESCRIBE_CHARACTERS_MAX ? text : `${text.slice(0, DESCRIBE_CHARACTERS_MAX)}…`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Object.is(value, -0)) return '-0';
  if (!isObject(value)) return typeof value === 'function' ? 'a function' : String(value);
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  if (value instanceof Map)
    return `Map {${[...value].map(([key, item]) => `${describe(key)} => ${describe(item)}`).join(', ')}}`;
  if (value instanceof Set) return `Set {${[...value].map(describe).join(', ')}}`;
  if (isTypedArray(value)) return `${typeName(value)} [${value.join(' ')}]`;
  return `{${Object.entries(value)
    .map(([name, item]) => `${name}: ${describe(item)}`)
    .join(', ')}}`;
}

/** What is frozen all the way down, so that it is not walked again. Only a memory of what is true anyway. */
const deeplyFrozen = new WeakSet<object>();

/** Freezes data all the way down and returns it. Typed arrays cannot be frozen and stay as they are. */
export function deepFreeze<T>(value: T): T {
  if (isObject(value)) freeze(value);
  return value;
}

function freeze(value: object): void {
  if (deeplyFrozen.has(value) || isTypedArray(value)) return;
  deeplyFrozen.add(value);
  Object.freeze(value);
  for (const part of childrenOf(value)) if (isObject(part)) freeze(part);
}

function childrenOf(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return value instanceof Set || Array.isArray(value) ? value : Object.values(value);
}

/** Says what keeps a state from being a tree of data, and where; null if nothing does. Frozen parts may be shared. */
export function checkTree(state: unknown): string | null {
  return findFlaw(state, '', new Map());
}

function findFlaw(value: unknown, path: string, seen: Map<object, string>): string | null {
  const place = path === '' ? 'the state' : path;
  if (!isObject(value)) {
    return value === null || ['string', 'number', 'boolean'].includes(typeof value)
      ? null
      : `${place} is ${typeName(value)}`;
  }
  const before = seen.get(value);
  if (before !== undefined)
    return isFrozen(value) ? null : `${place} is the same object as ${before === '' ? 'the state' : before}`;
  seen.set(value, path);
  if (!isData(value)) return `${place} is ${typeName(value)}`;
  if (isTypedArray(value)) return null;
  if (value instanceof Map)
    for (const key of value.keys()) if (isObject(key)) return `${place} has a key that is an object`;
  for (const part of partsOf(value)) {
    const flaw = findFlaw(part.value, path + part.step, seen);
    if (flaw !== null) return flaw;
  }
  return null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isData(value: object): boolean {
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof Set ||
    isTypedArray(value)
  );
}

function typeName(value: unknown): string {
  if (!isObject(value)) return value === undefined ? 'undefined' : `a ${typeof value}`;
  const { name } = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor ?? {};
  return name ?? 'Object';
}
