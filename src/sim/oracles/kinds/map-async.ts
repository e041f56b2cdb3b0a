// mapAsync, written again: in a sequential run each call is over before the next record comes. Of a cut that holds records in flight these, and what comes
// of them, are not there yet.
import type { Value } from '../../../core/base/value.ts';
import { holdBack } from '../in-flight.ts';
import type { PlannedOperator } from '../reference-plan.ts';
import { BadOutput, type Emit, type ReferenceKind, type ReferenceRun } from './kind.ts';

export const mapAsync: ReferenceKind = {
  take: (run, index, value, timestamp, emit) => {
    if (!holdBack(run.inFlight, index, value, timestamp)) callAndEmit(run, index, value, timestamp, emit);
  },
  fire: null,
  kept: null,
  dated: 'as-taken',
  dropsLate: false,
};

function callAndEmit(run: ReferenceRun, index: number, value: Value, timestamp: number, emit: Emit): void {
  const { operator } = run.plan.operators[index] as PlannedOperator;
  const called = run.plan.call(operator.id, value, timestamp);
  const { durationMs } = called;
  run.longestCallMs = Math.max(run.longestCallMs, durationMs);
  const timeoutMs = operator.kind === 'map-async' ? operator.timeoutMs : 0;
  if (timeoutMs > 0 && durationMs > timeoutMs)
    throw new BadOutput('answers too late', `it took ${durationMs} ms, and its timeoutMs is ${timeoutMs}`);
  if (called.kind === 'returned') return emit(run, index, called.value, timestamp);
  throw new BadOutput(called.isMistake ? 'does what no function may' : 'throws', called.problem);
}
