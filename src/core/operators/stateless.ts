// map, flatMap and filter, one after the other, down to the end of the chain.
import type { Value } from '../base/value.ts';
import { checkFlag, checkItems, checkRecord } from './answers.ts';
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
  const { stateless, context } = code;
  let value = record;
  context.timestamp = timestamp;
  for (let index = first; index < stateless.length; index++) {
    const { id, kind, call } = stateless[index]!; // taken out, because user code has no `this`
    code.running = id;
    if (kind === 'flat-map') return expand(code, index, call(value, context), timestamp, collector);
    if (kind === 'map') value = checkRecord(id, 'map', call(value, context));
    else if (!checkFlag(id, call(value, context))) return leave(code);
    code.running = null;
  }
  collector.collect(value, timestamp);
}

function leave(code: ChainCode): void {
  code.running = null;
}

/** Sends each item on before the next one is taken: a generator is user code that runs in between. */
function expand(
  code: ChainCode,
  index: number,
  output: Iterable<Value>,
  timestamp: number,
  collector: Collector,
): void {
  const { id } = code.stateless[index]!;
  let count = 0;
  for (const item of checkItems(id, output)) {
    count += 1;
    checkEmittedCount(id, count, 'flatMap');
    const value = checkEmitted(id, item);
    code.running = null;
    runStateless(code, index + 1, value, timestamp, collector);
    code.running = id;
  }
  code.running = null;
}
