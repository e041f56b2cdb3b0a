// filter: the records for which its function gives true.
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Value } from '../../base/value.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { StatelessOperator } from '../../graph/job-graph.ts';
import { checkFlag } from '../answers.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { required, type Binding, type BoundOperator, type ChainState, type OperatorRow } from './kind.ts';

class BoundFilter implements BoundOperator {
  readonly #id: string;
  readonly #call: NonNullable<OperatorFunctions['filter']>;
  readonly #binding: Binding;

  constructor(id: string, call: NonNullable<OperatorFunctions['filter']>, binding: Binding) {
    this.#id = id;
    this.#call = call;
    this.#binding = binding;
  }

  onBatch(_: ChainState, { values, timestamps, origins }: Rows, size: number, out: StageOutput): void {
    const { context, atWork, place } = this.#binding;
    const id = this.#id;
    const call = this.#call; // taken out, because user code has no `this`
    for (let index = 0; index < size; index++) {
      const timestamp = timestamps[index] as number;
      context.timestamp = timestamp;
      atWork[RECORD] = originAt(origins, index);
      atWork[OPERATOR] = place;
      const value = values[index] as Value;
      const isKept = checkFlag(id, call(value, context));
      atWork[OPERATOR] = 0;
      if (isKept) out.emit(value, timestamp);
    }
  }

  abandon(): void {}
}

export const filter: OperatorRow<StatelessOperator> = {
  bind: ({ id }, functions, binding) => new BoundFilter(id, required(id, 'filter', functions.filter), binding),
};
