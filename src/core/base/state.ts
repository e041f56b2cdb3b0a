// The one file that owns clone, hash and difference of states, freezing, and the check that a state is a tree.
// A frozen object is promised to be immutable all the way down: clones share it.
import { Hasher } from './hasher.ts';
import { isObject, isTypedArray, notData, typeName } from './state-kinds.ts';
import type { Plain } from './state-kinds.ts';
import { isInt64 } from './value.ts';

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
    else checkScalar(item);
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
  if (type === 'function' || type === 'symbol' || (typeof value === 'bigint' && !isInt64(value))) throw notData(value);
  return value;
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
  return isSame(left, right) ? null : differ(left, right, '');
}

/** The same without a word: it is asked of each step that is made twice, and the answer is nearly always yes. False: `differ` knows better. */
function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (!isObject(left) || !isObject(right)) return false;
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  if (Array.isArray(left)) return areSame(left, right as readonly unknown[]);
  if (left instanceof Map) return areSame(partsOfMap(left), partsOfMap(right as typeof left));
  if (left instanceof Set) return areSame([...left], [...(right as typeof left)]);
  if (isTypedArray(left)) return areSame(left, right as ArrayLike<unknown>);
  return haveSameFields(left as Plain, right as Plain);
}

function partsOfMap(entries: ReadonlyMap<unknown, unknown>): readonly unknown[] {
  return [...entries.keys(), ...entries.values()];
}

function areSame(left: ArrayLike<unknown>, right: ArrayLike<unknown>): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (!isSame(left[index], right[index])) return false;
  return true;
}

function haveSameFields(left: Plain, right: Plain): boolean {
  const names = Object.keys(left);
  if (!areSame(names, Object.keys(right))) return false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    if (!isSame(left[name], right[name])) return false;
  }
  return true;
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
  if (isTypedArray(value))
    return Array.from<unknown, Part>(value as ArrayLike<unknown>, (item, index) => ({
      step: `[${index}]`,
      value: item,
    }));
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
  if (typeof value === 'bigint') return `${value}n`;
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

/** Freezes data all the way down and returns it. Typed arrays cannot be frozen and stay as they are. */
export function deepFreeze<T>(value: T): T {
  freezePart(value);
  return value;
}

/** Also what is frozen is walked: whoever froze it may have frozen only the top of it. */
function freezePart(part: unknown): void {
  if (isObject(part) && !isTypedArray(part)) freeze(part);
}

function freeze(value: object): void {
  Object.freeze(value);
  if (Array.isArray(value)) for (const item of value) freezePart(item);
  else if (value instanceof Map) freezeEntries(value);
  else if (value instanceof Set) for (const item of value) freezePart(item);
  // millrace-lint-ignore order: what is frozen does not depend on the order
  else for (const name in value) freezePart((value as Plain)[name]);
}

function freezeEntries(entries: ReadonlyMap<unknown, unknown>): void {
  for (const [key, value] of entries) {
    freezePart(key);
    freezePart(value);
  }
}

/** Says what keeps a state from being a tree of data, and where; null if nothing does. Frozen parts may be shared. */
export function checkTree(state: unknown): string | null {
  return isTree(state, new Set()) ? null : findFlaw(state, '', new Map());
}

/** The same without a word: it is asked after every step of a checked run, and the answer is nearly always yes. */
function isTree(value: unknown, seen: Set<object>): boolean {
  if (!isObject(value)) return isScalar(value);
  if (seen.has(value)) return isFrozen(value);
  seen.add(value);
  if (!isData(value)) return false;
  if (Array.isArray(value)) return areTrees(value, seen);
  if (value instanceof Map) {
    for (const [key, item] of value) if (isObject(key) || !isTree(key, seen) || !isTree(item, seen)) return false;
    return true;
  }
  if (value instanceof Set) return areTrees(value, seen);
  if (isTypedArray(value)) return true;
  // millrace-lint-ignore order: whether all fields are data does not depend on their order
  for (const name in value) if (!isTree((value as Plain)[name], seen)) return false;
  return true;
}

function areTrees(items: Iterable<unknown>, seen: Set<object>): boolean {
  for (const item of items) if (!isTree(item, seen)) return false;
  return true;
}

function isScalar(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return true;
  return typeof value === 'bigint' && isInt64(value);
}

function findFlaw(value: unknown, path: string, seen: Map<object, string>): string | null {
  const place = path === '' ? 'the state' : path;
  if (!isObject(value)) {
    return isScalar(value) ? null : `${place} is ${typeName(value)}`;
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
