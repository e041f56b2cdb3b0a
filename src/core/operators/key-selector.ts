// The key of a record, by user code: for the producer, which routes by it, and for the keyed operator, which finds its state by it.
import type { Key, Value } from '../base/value.ts';
import { describeKeyProblem, normalizeKey } from '../graph/keys.ts';
import { describeThrown, UserCodeError } from './user-code-error.ts';

/** Throws a UserCodeError if `keyOf` throws or gives no key. -0 comes back as 0. */
export function selectKey(operator: string, keyOf: (value: Value) => Key, value: Value): Key {
  const key = callKey(operator, keyOf, value);
  if (typeof key === 'string') return key;
  const problem = describeKeyProblem(key);
  if (problem !== null) throw new UserCodeError(operator, `gave no key: ${problem}`);
  return normalizeKey(key);
}

function callKey(operator: string, keyOf: (value: Value) => Key, value: Value): Key {
  try {
    return keyOf(value);
  } catch (error) {
    throw new UserCodeError(operator, `failed in its key function: ${describeThrown(error)}`);
  }
}
