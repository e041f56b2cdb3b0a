// reduce: per key, what its records came to. The value is immutable, so an entry is its own copy.
import type { Value } from '../base/value.ts';
import { OPERATOR } from '../base/at-work.ts';
import { KEYED_PLACE, type ChainCode, type ReduceCode } from './chain-code.ts';
import { checkRecord } from './answers.ts';
import { selectKey } from './key-selector.ts';
import { groupIndexOf, prepareWrite, readEntry, type EntryKind, type KeyedState } from './keyed-state.ts';
import { mapKeyOf } from './map-key.ts';

/** Snapshot of an entry: the value itself. */
export const reduceEntries: EntryKind<Value> = {
  copy: (entry) => entry,
  encode: (entry) => entry,
  decode: (value) => value,
  timersOf: () => [],
};

/** Takes a record in and returns what its key has come to. */
export function reduceRecord(
  keyed: KeyedState<Value>,
  code: ChainCode,
  operator: ReduceCode,
  value: Value,
  timestamp: number,
): Value {
  const key = selectKey(operator.id, operator.key, value);
  const mapKey = mapKeyOf(key);
  const group = groupIndexOf(keyed, key);
  const before = readEntry(keyed, group, mapKey);
  const after = before === undefined ? value : callReduce(code, operator, before, value, timestamp);
  prepareWrite(keyed, reduceEntries, group).set(mapKey, after);
  return after;
}

function callReduce(code: ChainCode, operator: ReduceCode, before: Value, value: Value, timestamp: number): Value {
  const { id, reduce } = operator;
  code.context.timestamp = timestamp;
  code.atWork[OPERATOR] = KEYED_PLACE;
  const after = checkRecord(id, 'reduce', reduce(before, value, code.context));
  code.atWork[OPERATOR] = 0;
  return after;
}
