// Keys by the name of a field: `keyBy('account')`, `keyBy('author.id')`. The name is data and stands in the graph; the function that reads the field
// stands in the program, like one of the author's, so that whoever asks for the key of a record asks in one way.
import type { Key, Value } from '../base/value.ts';
import { readerOf, type FieldOf } from './field-path.ts';
import { describeKeyProblem } from './keys.ts';

/** The key of a record. */
export interface KeyFunction {
  (value: Value): Key;
  /** The field that it reads, by name or path; absent: it is the author's own. */
  readonly field?: string;
}

/** Names of the fields of `T` that are keys in every record, and paths to such fields. A union has the fields that all its members have. */
export type KeyField<T> = FieldOf<T, Key>;

/** The type of a field by its name or path; of an unknown record any key, so that a stream of records is a stream of unknown ones. */
export type KeyAt<T, P extends string> = unknown extends T
  ? Key
  : P extends keyof T
    ? Extract<T[P], Key>
    : P extends `${infer N}.${infer Rest}`
      ? N extends keyof T
        ? KeyAt<T[N], Rest>
        : never
      : never;

const FIELD_LENGTH_MAX = 1_000;

export const KEY_FIELD_EXPECTED = `the name of a field, or a path to one such as author.id, of up to ${FIELD_LENGTH_MAX} characters`;

export function isKeyField(candidate: unknown): candidate is string {
  return (
    typeof candidate === 'string' && candidate.length <= FIELD_LENGTH_MAX && candidate.split('.').every((name) => name)
  );
}

/** A record has no key where its operator looks for one. */
export class NoKeyInField extends Error {
  override readonly name = 'NoKeyInField';
}

/** Reads the field. What it gives throws NoKeyInField if the record has no such field, or no key there. */
export function fieldKey(field: string): KeyFunction {
  const read = readerOf(field);
  return Object.assign(
    (value: Value): Key => {
      const found = read(value);
      if (typeof found === 'string' || (typeof found === 'number' && Number.isFinite(found))) return found;
      const problem = describeKeyProblem(found);
      if (problem === null) return found as Key;
      throw new NoKeyInField(found === undefined ? missing(field) : `has no key in field "${field}": ${problem}`);
    },
    { field },
  );
}

function missing(field: string): string {
  return `has no key: the record has no field "${field}"`;
}
