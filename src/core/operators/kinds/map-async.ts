// mapAsync: its records wait until the host has called the function. What waits, and what goes on, stands in `../calls.ts`.
import { RECORD, type AtWork } from '../../base/at-work.ts';
import type { Value } from '../../base/value.ts';
import type { MapAsyncOperator } from '../../graph/job-graph.ts';
import { addCall, type CalledRecord } from '../calls.ts';
import type { Rows, StageOutput } from '../stage-output.ts';
import { callsOf, required, type BoundAsking, type ChainState, type OperatorRow } from './kind.ts';

class BoundMapAsync implements BoundAsking {
  readonly #atWork: AtWork;

  constructor(atWork: AtWork) {
    this.#atWork = atWork;
  }

  /** Nothing comes of them here: the task gives what is answered to the next operator. */
  onBatch(chain: ChainState, { values, timestamps }: Rows, size: number): void {
    const calls = callsOf(chain);
    for (let index = 0; index < size; index++) addCall(calls, values[index] as Value, timestamps[index] as number);
  }

  onAnswers(records: readonly CalledRecord[], out: StageOutput): void {
    const atWork = this.#atWork;
    for (let index = 0; index < records.length; index++) {
      const { result, timestamp } = records[index] as CalledRecord;
      // millrace-lint-ignore module-state: what is at hand, for whoever tells of a failure; 0 when a step ends
      atWork[RECORD] = index + 1;
      out.emit(result, timestamp);
    }
  }

  abandon(): void {}
}

export const mapAsync: OperatorRow<MapAsyncOperator> = {
  bind: ({ id }, functions, { atWork }) => {
    required(id, 'mapAsync', functions.mapAsync);
    return new BoundMapAsync(atWork);
  },
};
