// map: one record for each record, with its timestamp.
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Value } from '../../base/value.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { StatelessOperator } from '../../graph/job-graph.ts';
import { checkRecord } from '../answers.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { required, type Binding, type BoundOperator, type ChainState, type OperatorRow } from './kind.ts';

class BoundMap implements BoundOperator {
  readonly #id: string;
  readonly #call: NonNullable<OperatorFunctions['map']>;
  readonly #binding: Binding;

  constructor(id: string, call: NonNullable<OperatorFunctions['map']>, binding: Binding) {
    this.#id = id;
    this.#call = call;
    this.#binding = binding;
  }

  onBatch(_: ChainState, rows: Rows, size: number, out: StageOutput): void {
    const { values, timestamps, origins } = rows;
    const { context, atWork, place } = this.#binding;
    const id = this.#id;
    const call = this.#call; // taken out, because user code has no `this`
    const given = out.beginAlike(rows, size);
    let index = 0;
    try {
      for (; index < size; index++) {
        context.timestamp = timestamps[index] as number;
        atWork[RECORD] = originAt(origins, index);
        atWork[OPERATOR] = place;
        given[index] = checkRecord(id, 'map', call(values[index] as Value, context));
        atWork[OPERATOR] = 0;
      }
    } finally {
      out.size = index;
    }
  }

  abandon(): void {}
}

export const map: OperatorRow<StatelessOperator> = {
  bind: ({ id }, functions, binding) => new BoundMap(id, required(id, 'map', functions.map), binding),
};
