// flatMap: any number of records for each record, with its timestamp.
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Value } from '../../base/value.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { StatelessOperator } from '../../graph/job-graph.ts';
import { checkItems } from '../answers.ts';
import { checkEmitted, checkEmittedCount } from '../emission.ts';
import { SeenRows } from '../seen-rows.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { required, type Binding, type BoundOperator, type ChainState, type OperatorRow } from './kind.ts';

class BoundFlatMap implements BoundOperator {
  readonly #id: string;
  readonly #call: NonNullable<OperatorFunctions['flatMap']>;
  readonly #binding: Binding;
  readonly #seen: SeenRows;

  constructor(id: string, functions: OperatorFunctions, binding: Binding) {
    this.#id = id;
    this.#call = required(id, 'flatMap', functions.flatMap);
    this.#binding = binding;
    this.#seen = new SeenRows(functions);
  }

  onBatch(_: ChainState, rows: Rows, size: number, out: StageOutput): void {
    const { timestamps, origins } = rows;
    const { row, values, place: shown } = this.#seen.of(rows);
    const { context, atWork, place } = this.#binding;
    const id = this.#id;
    const call = this.#call; // taken out, because user code has no `this`
    for (let index = 0; index < size; index++) {
      const timestamp = timestamps[index] as number;
      context.timestamp = timestamp;
      atWork[RECORD] = originAt(origins, index);
      atWork[OPERATOR] = place;
      shown.index = index;
      let count = 0;
      // A generator is user code that runs in between.
      for (const item of checkItems(id, call(row ?? (values[index] as Value), context))) {
        count += 1;
        checkEmittedCount(id, count, 'flatMap');
        const value = checkEmitted(id, item);
        atWork[OPERATOR] = 0;
        out.emit(value, timestamp);
        atWork[OPERATOR] = place;
      }
      atWork[OPERATOR] = 0;
    }
    this.#seen.clear();
  }

  abandon(): void {
    this.#seen.clear();
  }
}

export const flatMap: OperatorRow<StatelessOperator> = {
  bind: ({ id }, functions, binding) => new BoundFlatMap(id, functions, binding),
};
