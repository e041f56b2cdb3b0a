// Keys by the name of a field: `keyBy('account')`, `keyBy('author.id')`. The name is data and stands in the graph; the function that reads the field
// stands in the program, like one of the author's, so that whoever asks for the key of a record asks in one way.
import type { Key, Value } from '../base/value.ts';
import { fieldReader } from '../columns/shape-code.ts';
import { describeKeyProblem } from './keys.ts';

/** The key of a record. */
export interface KeyFunction {
  (value: Value): Key;
  /** The field that it reads, by name or path; absent: it is the author's own. */
  readonly field?: string;
}

/** Records inside of records, so deep a path may lead. */
type Depth = readonly [1, 1, 1, 1, 1, 1, 1, 1];
type Deeper<D> = D extends readonly [unknown, ...infer Rest] ? Rest : [];

/** Names with a dot would be paths. */
type PlainName<N> = N extends '' | `${string}.${string}` ? never : N;

/** Names of the fields of `T` that are keys in every record, and paths to such fields. A union has the fields that all its members have. */
export type KeyField<T, D = Depth> = 0 extends 1 & T
  ? string
  : [D] extends [readonly []]
    ? never
    : [T] extends [readonly unknown[] | Uint8Array]
      ? never
      : [T] extends [object]
        ? { [N in keyof T & string]: FieldOrPath<PlainName<N>, T[N], D> }[keyof T & string]
        : never;

type FieldOrPath<N extends string, F, D> = [F] extends [Key]
  ? N
  : [F] extends [object]
    ? `${N}.${KeyField<F, Deeper<D>>}`
    : never;

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
  const names = field.split('.');
  const [name = field] = names;
  const read = names.length === 1 && !isInherited(name) ? fieldReader(name) : pathReader(names);
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

function pathReader(names: readonly string[]): (value: Value) => unknown {
  return (value) => {
    let found: unknown = value;
    for (let index = 0; index < names.length && found !== undefined; index++)
      found = ownFieldOf(found, names[index] as string);
    return found;
  };
}

function ownFieldOf(value: unknown, name: string): unknown {
  const isRecord =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isRecord && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Every object has it, or strings, arrays or bytes do, or they have an item of this number. */
function isInherited(name: string): boolean {
  return name in Object.prototype || name in String.prototype || name in Uint8Array.prototype || /^\d/.test(name);
}
