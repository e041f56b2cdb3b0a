// map, flatMap and filter, one after the other, down to the end of the chain.
import type { Value } from '../base/value.ts';
import { checkFlag, checkItems, checkRecord } from './answers.ts';
import { OPERATOR } from '../base/at-work.ts';
import type { ChainCode } from './chain-code.ts';
import { checkEmitted, checkEmittedCount } from './emission.ts';

/** Takes what comes out of a chain. */
export interface Collector {
  collect(value: Value, timestamp: number): void;
}

/** Sends a record through the stateless operators from `first` on. */
export function runStateless(
  code: ChainCode,
  first: number,
  record: Value,
  timestamp: number,
  collector: Collector,
): void {
  const { stateless, context, atWork } = code;
  let value = record;
  context.timestamp = timestamp;
  for (let index = first; index < stateless.length; index++) {
    const { id, place, kind, call } = stateless[index]!; // taken out, because user code has no `this`
    atWork[OPERATOR] = place;
    if (kind === 'flat-map') return expand(code, index, call(value, context), timestamp, collector);
    if (kind === 'map') value = checkRecord(id, 'map', call(value, context));
    else if (!checkFlag(id, call(value, context))) return leave(code);
    atWork[OPERATOR] = 0;
  }
  collector.collect(value, timestamp);
}

function leave(code: ChainCode): void {
  code.atWork[OPERATOR] = 0;
}

/** Sends each item on before the next one is taken: a generator is user code that runs in between. */
function expand(
  code: ChainCode,
  index: number,
  output: Iterable<Value>,
  timestamp: number,
  collector: Collector,
): void {
  const { id, place } = code.stateless[index]!;
  const { atWork } = code;
  let count = 0;
  for (const item of checkItems(id, output)) {
    count += 1;
    checkEmittedCount(id, count, 'flatMap');
    const value = checkEmitted(id, item);
    atWork[OPERATOR] = 0;
    runStateless(code, index + 1, value, timestamp, collector);
    atWork[OPERATOR] = place;
  }
  atWork[OPERATOR] = 0;
}
