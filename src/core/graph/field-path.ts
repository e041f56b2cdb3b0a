// Fields of records by name or path, `account` or `author.id`: their types, and what reads them.
import type { Value } from '../base/value.ts';
import { fieldReader } from '../columns/shape-code.ts';

/** Records inside of records, so deep a path may lead. */
type Depth = readonly [1, 1, 1, 1, 1, 1, 1, 1];
type Deeper<D> = D extends readonly [unknown, ...infer Rest] ? Rest : [];

/** Names with a dot would be paths. */
type PlainName<N> = N extends '' | `${string}.${string}` ? never : N;

/** Names of the fields of `T` that are a `Wanted` in every record, and paths to such fields. A union has the fields that all its members have. */
export type FieldOf<T, Wanted, D = Depth> = 0 extends 1 & T
  ? string
  : [D] extends [readonly []]
    ? never
    : [T] extends [readonly unknown[] | Uint8Array]
      ? never
      : [T] extends [object]
        ? { [N in keyof T & string]: FieldOrPath<PlainName<N>, T[N], Wanted, D> }[keyof T & string]
        : never;

type FieldOrPath<N extends string, F, Wanted, D> =
  | (0 extends 1 & F ? N : undefined extends F ? never : [F] extends [Wanted] ? N : never)
  | ([F] extends [object] ? `${N}.${FieldOf<F, Wanted, Deeper<D>>}` : never);

/** The type of a field by its name or path. */
export type FieldAt<T, P extends string> = P extends keyof T
  ? T[P]
  : P extends `${infer N}.${infer Rest}`
    ? N extends keyof T
      ? FieldAt<T[N], Rest>
      : never
    : never;

/** What a record holds there; undefined if it has no such field. */
export type FieldReader = (record: Value) => unknown;

export function readerOf(field: string): FieldReader {
  const names = field.split('.');
  const [name = field] = names;
  return names.length === 1 && !isInherited(name) ? fieldReader(name) : pathReader(names);
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

// millrace-lint-ignore module-state: never changes
const PROTOTYPES: readonly object[] = [Boolean, Number, String, Array, Uint8Array].map(({ prototype }) => prototype);

/** Some kind of value has it without being told, or has an item of this number. */
function isInherited(name: string): boolean {
  return /^\d/.test(name) || PROTOTYPES.some((prototype) => name in prototype);
}
