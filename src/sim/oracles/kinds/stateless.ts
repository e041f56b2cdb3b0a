// map, flatMap and filter, written again.
import type { Value } from '../../../core/base/value.ts';
import type { RecordContext } from '../../../core/graph/functions.ts';
import type { PlannedOperator } from '../reference-plan.ts';
import { emitterOf, type ReferenceKind, type ReferenceRun } from './kind.ts';

const stateless = { fire: null, kept: null, dated: 'as-taken', dropsLate: false } as const;

export const map: ReferenceKind = {
  ...stateless,
  take: (run, index, value, timestamp, emit) =>
    emit(run, index, functionsOf(run, index).map?.(value, contextOf(run, timestamp)) as Value, timestamp),
};

export const flatMap: ReferenceKind = {
  ...stateless,
  take: (run, index, value, timestamp, emit) => {
    const collect = emitterOf(run, index, timestamp, emit);
    for (const each of functionsOf(run, index).flatMap?.(value, contextOf(run, timestamp)) ?? []) collect(each);
  },
};

export const filter: ReferenceKind = {
  ...stateless,
  take: (run, index, value, timestamp, emit) => {
    // Truth as JavaScript has it: nobody compiled the scenario, so its answer may be no boolean.
    if (functionsOf(run, index).filter?.(value, contextOf(run, timestamp))) emit(run, index, value, timestamp);
  },
};

function functionsOf({ plan }: ReferenceRun, index: number): PlannedOperator['functions'] {
  return (plan.operators[index] as PlannedOperator).functions;
}

function contextOf({ plan }: ReferenceRun, timestamp: number): RecordContext {
  return { timestamp, parameters: plan.graph.parameters };
}
