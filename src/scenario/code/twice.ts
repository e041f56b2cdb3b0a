// A share of the calls of user functions is made twice, and must come to the same: a function that counts, remembers or draws is found by it.
import type { Value } from '../../core/base/value.ts';
import { showRecord, UserCodeError } from '../../core/operators/user-code-error.ts';
import { mistakeAt, showGiven, type Site } from './user-code.ts';

/** Of a function's first calls every fourth is repeated, of the others every 61st: a prime, so that it meets every record of a cycle. */
const FIRST_CALLS = 128;
const FIRST_SHARE = 4;
const SHARE = 61;

/** Counts a call, and says whether it is to be made twice. */
export function isSampled(site: Site): boolean {
  const call = site.calls;
  site.calls = call + 1;
  return call < FIRST_CALLS ? call % FIRST_SHARE === 0 : call % SHARE === 0;
}

/** Calls a function once more, and throws unless it gives the same. */
export function checkAgain<T>(site: Site, first: T, given: Value, call: () => T): void {
  let second: T;
  try {
    second = call();
  } catch (thrown) {
    throw isOther(site, given, [`first it gave ${show(first)}`, `then it threw ${String(thrown)}`]);
  }
  if (!isSame(first, second)) throw isOther(site, given, [`first it gave ${show(first)}`, `then ${show(second)}`]);
}

/** The error for a function that did something else when it was called again. */
export function isOther(site: Site, given: Value, evidence: readonly string[]): UserCodeError {
  const problem =
    'did something else when it was called again with the same: it must follow from what it is given alone';
  const error = new UserCodeError(site.operator, problem, site.name);
  error.given = showGiven(site, given);
  return mistakeAt(site, error, evidence);
}

export function show(answer: unknown): string {
  return showRecord(answer as Value).replace('the record ', '');
}

/** As data; what is no data is refused elsewhere, and equals nothing but itself. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || ArrayBuffer.isView(left)) return areSameItems(left, right);
  const names = Object.keys(left);
  const fields = left as Readonly<Record<string, unknown>>;
  const others = right as Readonly<Record<string, unknown>>;
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isSame(fields[name], others[name]))
  );
}

function areSameItems(left: object, right: object): boolean {
  if (Array.isArray(left) !== Array.isArray(right) || ArrayBuffer.isView(left) !== ArrayBuffer.isView(right))
    return false;
  const [items, others] = [left as ArrayLike<unknown>, right as ArrayLike<unknown>];
  if (items.length !== others.length) return false;
  for (let index = 0; index < items.length; index++) if (!isSame(items[index], others[index])) return false;
  return true;
}
