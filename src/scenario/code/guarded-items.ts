// `flatMap` under test. What holds its records is the user's: a generator is user code that runs between two of them.
import type { Value } from '../../core/base/value.ts';
import type { RecordContext } from '../../core/graph/functions.ts';
import { checkItems } from '../../core/operators/answers.ts';
import { checkEmittedCount } from '../../core/operators/emission.ts';
import { absorbPromise } from './absorb.ts';
import { frozen, frozenDeep } from './frozen.ts';
import { asObject, kept, lend, type Lent } from './lent-record.ts';
import { checkAgain, isSampled } from './twice.ts';
import { checkRefused, thrownAt, type Site } from './user-code.ts';

type FlatMap = (value: Value, context: RecordContext) => Iterable<Value>;

/** Records of a generator that are kept, to be compared with what it gives when it is called again. */
const COMPARED_RECORDS_MAX = 1_000;

export function guardedFlatMap(site: Site, call: FlatMap): FlatMap {
  return (given, context) => {
    const value = asObject(given);
    site.code.last.what = site.what;
    frozen(value);
    const lent = lend(site, value);
    try {
      const items = call(lent === null ? value : lent.value, context);
      absorbPromise(items);
      checkItems(site.operator, items);
      const { timestamp, parameters } = context; // it is another record's when a generator goes on
      const again = isSampled(site) ? () => call(lend(site, value)?.value ?? value, { timestamp, parameters }) : null;
      return Array.isArray(items)
        ? allAtOnce(site, value, items, again, lent)
        : oneByOne(site, value, items, again, lent);
    } catch (thrown) {
      throw thrownAt(site, thrown, value);
    }
  };
}

type Again = (() => Iterable<Value>) | null;

function allAtOnce(
  site: Site,
  given: Value,
  made: readonly Value[],
  again: Again,
  lent: Lent | null,
): readonly Value[] {
  const items = site.seesViews ? made.map((item) => kept(site, item)) : made;
  for (const item of items) frozenDeep(item);
  lent?.end();
  checkRefused(site, given);
  if (again !== null) checkAgain(site, items, given, () => [...again()].map((item) => kept(site, item)));
  return items;
}

/** A generator is named again for each item, after what comes behind it was called for the item before. */
function* oneByOne(site: Site, given: Value, items: Iterable<Value>, again: Again, lent: Lent | null): Iterable<Value> {
  const seen: Value[] = [];
  const iterator = items[Symbol.iterator]();
  let ended = false;
  try {
    for (let count = 1; ; count++) {
      const next = nextOf(site, given, iterator, count);
      if (next.done === true) break;
      const value = kept(site, next.value);
      if (again !== null && count <= COMPARED_RECORDS_MAX) seen.push(value);
      yield value;
    }
    ended = true;
  } finally {
    if (!ended) iterator.return?.();
    lent?.end();
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
    for (const item of again()) if (items.push(kept(site, item)) > COMPARED_RECORDS_MAX) break;
    return items;
  });
}
