// User code whose calls are noted, so that a function which does not come back can be named.
import type { Value } from '../../core/base/value.ts';
import type { JobProgram, OperatorFunctions } from '../../core/graph/functions.ts';
import type { LastCall } from '../../scenario/last-call.ts';

export function notedProgram({ functions }: JobProgram, last: LastCall): JobProgram {
  return { functions: new Map([...functions].map(([id, code]) => [id, notedFunctions(id, code, last)])) };
}

/** The same fields as before: which functions there are is looked at. */
function notedFunctions(id: string, code: OperatorFunctions, last: LastCall): OperatorFunctions {
  const noted = <A extends readonly unknown[], R>(name: string, call: (...given: A) => R): ((...given: A) => R) => {
    const what = `${name} of operator "${id}"`;
    return (...given) => {
      last.what = what;
      return call(...given);
    };
  };
  const { timestamp, key, map, flatMap, filter, reduce, onRecord, onTimer, aggregate } = code;
  return {
    ...(timestamp && { timestamp: noted('timestamp', timestamp) }),
    ...(key && { key: noted('key', key) }),
    ...(map && { map: noted('map', map) }),
    ...(flatMap && {
      flatMap: (value, context) => notedItems(`flatMap of operator "${id}"`, last, () => flatMap(value, context)),
    }),
    ...(filter && { filter: noted('filter', filter) }),
    ...(reduce && { reduce: noted('reduce', reduce) }),
    ...(onRecord && { onRecord: noted('onRecord', onRecord) }),
    ...(onTimer && { onTimer: noted('onTimer', onTimer) }),
    ...(aggregate && {
      aggregate: {
        create: noted('create', aggregate.create),
        add: noted('add', aggregate.add),
        result: noted('result', aggregate.result),
      },
    }),
  };
}

/** A generator is called again for each item, after what comes behind it was called for the item before. */
function notedItems(what: string, last: LastCall, call: () => Iterable<Value>): Iterable<Value> {
  last.what = what;
  const items = call();
  return Array.isArray(items) ? items : notedOneByOne(what, last, items);
}

function* notedOneByOne(what: string, last: LastCall, items: Iterable<Value>): Iterable<Value> {
  for (const item of items) {
    yield item;
    last.what = what;
  }
}
