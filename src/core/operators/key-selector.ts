// The key of a record, by user code: for the producer, which routes by it, and for the keyed operator, which finds its state by it.
import type { Key, Value } from '../base/value.ts';
import { checkKey } from './answers.ts';
import { NoKeyInField } from '../graph/key-field.ts';
import { isProcessEnded } from '../base/process-ended.ts';
import { describeThrown, showRecord, UserCodeError } from './user-code-error.ts';

/** Throws a UserCodeError if `keyOf` throws or gives no key. -0 comes back as 0. */
export function selectKey(operator: string, keyOf: (value: Value) => Key, value: Value): Key {
  try {
    return checkKey(operator, keyOf(value));
  } catch (thrown) {
    throw errorOf(operator, thrown, value);
  }
}

function errorOf(operator: string, thrown: unknown, value: Value): Error {
  if (isProcessEnded(thrown)) return thrown;
  const error = asUserCodeError(operator, thrown);
  error.given ??= showRecord(value);
  return error;
}

function asUserCodeError(operator: string, thrown: unknown): UserCodeError {
  if (thrown instanceof UserCodeError) return thrown;
  if (thrown instanceof NoKeyInField) return new UserCodeError(operator, thrown.message);
  return new UserCodeError(operator, `failed in its key function: ${describeThrown(thrown)}`, null, thrown);
}
