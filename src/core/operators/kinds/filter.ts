// filter: the records for which its function gives true.
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Value } from '../../base/value.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { StatelessOperator } from '../../graph/job-graph.ts';
import { checkFlag } from '../answers.ts';
import { checkEmitted } from '../emission.ts';
import { SeenRows } from '../seen-rows.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { required, type Binding, type BoundOperator, type ChainState, type OperatorRow } from './kind.ts';

class BoundFilter implements BoundOperator {
  readonly #id: string;
  readonly #call: NonNullable<OperatorFunctions['filter']>;
  readonly #binding: Binding;
  readonly #seen: SeenRows;

  constructor(id: string, functions: OperatorFunctions, binding: Binding) {
    this.#id = id;
    this.#call = required(id, 'filter', functions.filter);
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
      const value = row ?? (values[index] as Value);
      const isKept = checkFlag(id, call(value, context));
      atWork[OPERATOR] = 0;
      if (isKept) out.emit(checkEmitted(id, value), timestamp);
    }
    this.#seen.clear();
  }

  abandon(): void {
    this.#seen.clear();
  }
}

export const filter: OperatorRow<StatelessOperator> = {
  bind: ({ id }, functions, binding) => new BoundFilter(id, functions, binding),
};
