// map: one record for each record, with its timestamp.
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Value } from '../../base/value.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { StatelessOperator } from '../../graph/job-graph.ts';
import { checkRecord } from '../answers.ts';
import { SeenRows } from '../seen-rows.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { required, type Binding, type BoundOperator, type ChainState, type OperatorRow } from './kind.ts';

class BoundMap implements BoundOperator {
  readonly #id: string;
  readonly #call: NonNullable<OperatorFunctions['map']>;
  readonly #binding: Binding;
  readonly #seen: SeenRows;

  constructor(id: string, functions: OperatorFunctions, binding: Binding) {
    this.#id = id;
    this.#call = required(id, 'map', functions.map);
    this.#binding = binding;
    this.#seen = new SeenRows(functions);
  }

  onBatch(_: ChainState, rows: Rows, size: number, out: StageOutput): void {
    const { timestamps, origins } = rows;
    const { row, values, place: shown } = this.#seen.of(rows);
    const { context, atWork, place } = this.#binding;
    const id = this.#id;
    const call = this.#call; // taken out, because user code has no `this`
    const given = out.beginAlike(rows, size);
    let index = 0;
    try {
      for (; index < size; index++) {
        shown.index = index;
        context.timestamp = timestamps[index] as number;
        atWork[RECORD] = originAt(origins, index);
        atWork[OPERATOR] = place;
        given[index] = checkRecord(id, 'map', call(row ?? (values[index] as Value), context));
        atWork[OPERATOR] = 0;
      }
    } finally {
      out.size = index;
      this.#seen.clear();
    }
  }

  abandon(): void {}
}

export const map: OperatorRow<StatelessOperator> = {
  bind: ({ id }, functions, binding) => new BoundMap(id, functions, binding),
};
