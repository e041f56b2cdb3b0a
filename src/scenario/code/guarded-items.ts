// `flatMap` under test. What holds its records is the user's: a generator is user code that runs between two of them.
import type { Value } from '../../core/base/value.ts';
import type { RecordContext } from '../../core/graph/functions.ts';
import { checkItems } from '../../core/operators/answers.ts';
import { checkEmittedCount } from '../../core/operators/emission.ts';
import { absorbPromise } from './absorb.ts';
import { frozen, frozenDeep } from './frozen.ts';
import { checkAgain, isSampled } from './twice.ts';
import { checkRefused, thrownAt, type Site } from './user-code.ts';

type FlatMap = (value: Value, context: RecordContext) => Iterable<Value>;

/** Records of a generator that are kept, to be compared with what it gives when it is called again. */
const COMPARED_RECORDS_MAX = 1_000;

export function guardedFlatMap(site: Site, call: FlatMap): FlatMap {
  return (value, context) => {
    site.code.last.what = site.what;
    frozen(value);
    try {
      const items = call(value, context);
      absorbPromise(items);
      checkItems(site.operator, items);
      const { timestamp, parameters } = context; // it is another record's when a generator goes on
      const again = isSampled(site) ? () => call(value, { timestamp, parameters }) : null;
      return Array.isArray(items) ? allAtOnce(site, value, items, again) : oneByOne(site, value, items, again);
    } catch (thrown) {
      throw thrownAt(site, thrown, value);
    }
  };
}

type Again = (() => Iterable<Value>) | null;

function allAtOnce(site: Site, given: Value, items: readonly Value[], again: Again): readonly Value[] {
  for (const item of items) frozenDeep(item);
  checkRefused(site, given);
  if (again !== null) checkAgain(site, items, given, () => [...again()]);
  return items;
}

/** A generator is named again for each item, after what comes behind it was called for the item before. */
function* oneByOne(site: Site, given: Value, items: Iterable<Value>, again: Again): Iterable<Value> {
  const seen: Value[] = [];
  const iterator = items[Symbol.iterator]();
  let ended = false;
  try {
    for (let count = 1; ; count++) {
      const next = nextOf(site, given, iterator, count);
      if (next.done === true) break;
      if (again !== null && count <= COMPARED_RECORDS_MAX) seen.push(next.value);
      yield next.value;
    }
    ended = true;
  } finally {
    if (!ended) iterator.return?.();
  }
  if (again !== null && seen.length < COMPARED_RECORDS_MAX) compareAll(site, given, seen, again);
}

function nextOf(site: Site, given: Value, iterator: Iterator<Value>, count: number): IteratorResult<Value> {
  site.code.last.what = site.what;
  try {
    const next = iterator.next();
    checkRefused(site, given);
    if (next.done !== true) checkEmittedCount(site.operator, count, 'flatMap');
    frozenDeep(next.value);
    return next;
  } catch (thrown) {
    throw thrownAt(site, thrown, given);
  }
}

function compareAll(site: Site, given: Value, seen: readonly Value[], again: () => Iterable<Value>): void {
  checkAgain(site, seen, given, () => {
    const items: Value[] = [];
    for (const item of again()) if (items.push(item) > COMPARED_RECORDS_MAX) break;
    return items;
  });
}
