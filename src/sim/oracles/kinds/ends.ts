// The ends of a job, written again: a source is read by the run itself, and a sink takes what JSON can hold.
import { describeLostInJson } from '../../../core/base/json-value.ts';
import type { Value } from '../../../core/base/value.ts';
import type { PlannedOperator } from '../reference-plan.ts';
import { BadOutput, type ReferenceKind } from './kind.ts';

const end = { fire: null, kept: null, dated: 'as-taken', dropsLate: false } as const;

export const source: ReferenceKind = { ...end, take: () => undefined };

export const sink: ReferenceKind = {
  ...end,
  take: (run, index, value, timestamp) => {
    const { operator } = run.plan.operators[index] as PlannedOperator;
    checkSinkRecord(value);
    if (operator.kind === 'sink') run.onSink(operator.sink, value, timestamp);
  },
};

function checkSinkRecord(value: Value): void {
  const lost = describeLostInJson(value);
  if (lost !== null) throw new BadOutput('gives what a sink cannot hold', lost);
}
