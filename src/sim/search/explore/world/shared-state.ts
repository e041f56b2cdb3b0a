// States of which most is equal hold it once: a step changes little of a state, and leaves a copy of all of it.
import { isObject, isTypedArray } from '../../../../core/base/state-kinds.ts';

/**
 * Puts what is equal in both from the state before into the one behind it. Neither may be changed from then on.
 *
 * @returns `before` if all is equal, else `after`
 */
export function shareWith(before: unknown, after: unknown): unknown {
  if (Object.is(before, after)) return before;
  if (!isObject(before) || !isObject(after) || Object.isFrozen(after)) return after;
  if (Object.getPrototypeOf(before) !== Object.getPrototypeOf(after)) return after;
  if (Array.isArray(after))
    return shareFields(before as Fields, after as unknown as Fields, isSameLength(before, after));
  if (after instanceof Map) return shareEntries(before as typeof after, after);
  if (after instanceof Set) return isSameList([...(before as typeof after)], [...after]) ? before : after;
  if (isTypedArray(after)) return isSameList(before as typeof after, after) ? before : after;
  return shareFields(before as Fields, after as Fields, isSameList(Object.keys(before), Object.keys(after)));
}

type Fields = Record<string, unknown>;

/** Of objects and arrays. @param hasSameNames in the same order */
function shareFields(before: Fields, after: Fields, hasSameNames: boolean): unknown {
  let isSame = hasSameNames;
  for (const name of Object.keys(after)) {
    const shared = shareWith(before[name], after[name]);
    if (shared !== after[name]) after[name] = shared;
    isSame &&= Object.is(shared, before[name]);
  }
  return isSame ? before : after;
}

function shareEntries(before: Map<unknown, unknown>, after: Map<unknown, unknown>): unknown {
  let isSame = isSameList([...before.keys()], [...after.keys()]);
  for (const [key, value] of after) {
    const shared = shareWith(before.get(key), value);
    if (shared !== value) after.set(key, shared);
    isSame &&= Object.is(shared, before.get(key));
  }
  return isSame ? before : after;
}

function isSameLength(one: unknown, other: readonly unknown[]): boolean {
  return (one as readonly unknown[]).length === other.length;
}

function isSameList(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (!Object.is(one[at], other[at])) return false;
  return true;
}
