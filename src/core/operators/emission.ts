// What user code may emit: data, and not without end.
import type { Value } from '../base/value.ts';
import { valueOfViews } from '../columns/row-view.ts';
import { notAValue, UserCodeError, type FunctionName } from './user-code-error.ts';

/** One call of user code may emit this many records: all of them have to be kept until there is room. */
const EMITTED_RECORDS_MAX = 1_000_000;

/** Views in it are copied. */
export function checkEmitted(operator: string, value: Value): Value {
  const emitted = valueOfViews(value);
  if (emitted === undefined) throw notAValue(operator, 'emitted', value);
  return emitted;
}

export function checkEmittedCount(operator: string, count: number, called: FunctionName | null = null): void {
  if (count > EMITTED_RECORDS_MAX)
    throw new UserCodeError(operator, `emitted more than ${EMITTED_RECORDS_MAX} records in one call`, called);
}
