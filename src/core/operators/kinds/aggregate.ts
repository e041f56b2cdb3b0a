// aggregate: per key, what its records came to by built-in aggregates. No user code runs; state is immutable, so an entry is its own copy.
import { RECORD } from '../../base/at-work.ts';
import type { Key, Value } from '../../base/value.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { AggregateOperator } from '../../graph/job-graph.ts';
import { createAggregateCode, type AggregateCode } from '../aggregate-code.ts';
import { isAggregateState, readingStates } from '../aggregate-state.ts';
import { selectKey } from '../key-selector.ts';
import { groupIndexOf, readEntry, writeEntry, type EntryKind, type KeyedState } from '../keyed-state.ts';
import { mapKeyOf } from '../map-key.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { keyedStateOf, required, type Binding, type BoundKeyed, type ChainState, type KeyedRow } from './kind.ts';
import { reduceEntries } from './reduce.ts';

/** Snapshot of an entry: an object of what each cell holds, by its name (`../aggregate-cells.ts`). */
const aggregateEntries: EntryKind<Value> = {
  ...reduceEntries,
  decode: (value) => (isAggregateState(value) ? value : undefined),
  readValues: readingStates(reduceEntries.readValues, 0),
};

const NO_WINDOW = null;

class BoundAggregate implements BoundKeyed {
  readonly #id: string;
  readonly #keyOf: (value: Value) => Key;
  readonly #code: AggregateCode;
  readonly #binding: Binding;

  constructor({ id, aggregates }: AggregateOperator, functions: OperatorFunctions, binding: Binding) {
    this.#id = id;
    this.#keyOf = required(id, 'key', functions.key);
    this.#code = createAggregateCode(id, aggregates, 'key');
    this.#binding = binding;
  }

  onBatch(chain: ChainState, rows: Rows, size: number, out: StageOutput): void {
    const { values, origins } = rows;
    const keyed = keyedStateOf<Value>(chain, 'aggregate');
    const { atWork } = this.#binding;
    const given = out.beginAlike(rows, size);
    let index = 0;
    try {
      for (; index < size; index++) {
        atWork[RECORD] = originAt(origins, index);
        given[index] = this.#take(keyed, values[index] as Value);
      }
    } finally {
      out.size = index;
    }
  }

  /** Takes a record in and returns what its key has come to. */
  #take(keyed: KeyedState<Value>, value: Value): Value {
    const { begin, add, result } = this.#code;
    const key = selectKey(this.#id, this.#keyOf, value);
    const mapKey = mapKeyOf(key);
    const group = groupIndexOf(keyed, key);
    const before = readEntry(keyed, aggregateEntries, group, mapKey);
    const after = before === undefined ? begin(value) : add(before, value);
    writeEntry(keyed, aggregateEntries, group, mapKey, after);
    return result(after, key, NO_WINDOW);
  }

  /** It sets none. */
  onTimers(): void {}

  abandon(): void {}
}

export const aggregate: KeyedRow<AggregateOperator, Value> = {
  bind: (operator, functions, binding) => new BoundAggregate(operator, functions, binding),
  entries: aggregateEntries,
  timerOffsetMs: () => 0,
  dropsLate: false,
};
