// window-aggregate: the windows of `window`, whose records come to something by built-in aggregates. No user code runs.
import type { WindowAggregateOperator } from '../../graph/job-graph.ts';
import { createAggregateCode } from '../aggregate-code.ts';
import { isAggregateState, readingStates } from '../aggregate-state.ts';
import type { EntryKind } from '../keyed-state.ts';
import type { WindowEntry } from '../window-columns.ts';
import type { KeyedRow } from './kind.ts';
import { BoundWindow, windowEntries, windowRow, type WindowCode } from './window.ts';

const ACCUMULATORS = 1; // behind their starts

const windowAggregateEntries: EntryKind<WindowEntry> = {
  ...windowEntries,
  decode: (value) => {
    const entry = windowEntries.decode(value);
    return entry?.accumulators.every(isAggregateState) === true ? entry : undefined;
  },
  readValues: readingStates(windowEntries.readValues, ACCUMULATORS),
};

function codeOf({ id, aggregates, sizeMs }: WindowAggregateOperator): WindowCode {
  const { begin, add, result } = createAggregateCode(id, aggregates, 'key-and-window');
  return {
    add: (before, value) => (before === undefined ? begin(value) : add(before, value)),
    result: (accumulator, key, start) => result(accumulator, key, { start, end: start + sizeMs }),
  };
}

export const windowAggregate: KeyedRow<WindowAggregateOperator, WindowEntry> = {
  ...windowRow,
  entries: windowAggregateEntries,
  bind: (operator, functions, binding) => new BoundWindow(operator, functions, codeOf(operator), binding),
};
