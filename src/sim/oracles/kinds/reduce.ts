// reduce, written again: the value of a key is what its records came to, and a snapshot holds it as it is.
import type { Value } from '../../../core/base/value.ts';
import type { PlannedOperator } from '../reference-plan.ts';
import {
  keyOf,
  NO_WINDOWS,
  stateOfKey,
  statesOfKeys,
  type Emit,
  type OperatorState,
  type ReferenceKind,
  type ReferenceRun,
} from './kind.ts';

export const reduce: ReferenceKind = {
  take: reduceRecord,
  fire: null,
  kept: {
    read: (key, value) => ({ key, windows: NO_WINDOWS, values: new Map([['value', value]]), timers: [] }),
    expected: statesOfKeys,
  },
  dated: 'as-taken',
  dropsLate: false,
};

function reduceRecord(run: ReferenceRun, index: number, value: Value, timestamp: number, emit: Emit): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  const { values } = stateOfKey(run.states[index] as OperatorState, keyOf(planned, value));
  const before = values.get('value');
  const context = { timestamp, parameters: run.plan.graph.parameters };
  const after = before === undefined ? value : (planned.functions.reduce?.(before, value, context) as Value);
  values.set('value', after);
  emit(run, index, after, timestamp);
}
