// The keys of many records at once, where they lie in a column: what `fieldKey` finds record by record, and the hashes that `hashKey` gives.
import type { Column, RecordColumn } from '../columns/column.ts';
import { hashInt64, hashKey, hashNumber, hashString } from './keys.ts';

/** Each value is a key. -0 may be among the numbers, which is the key 0. */
export type KeyColumn = Extract<Column, { readonly kind: 'int32' | 'float64' | 'int64' | 'string' | 'boolean' }>;

/** The field with this name, or at the end of this path; null: some record has no key there, or not one that a column shows. */
export function keyColumnOf(records: RecordColumn, path: readonly string[]): KeyColumn | null {
  let column: Column = records;
  for (let depth = 0; depth < path.length; depth++) {
    if (column.kind !== 'record') return null;
    const field: Column | undefined = column.fields[column.names.indexOf(path[depth] as string)];
    if (field === undefined) return null;
    column = field;
  }
  return areKeys(column) ? column : null;
}

function areKeys(column: Column): column is KeyColumn {
  if (column.kind === 'float64') return areFinite(column.values);
  return ['int32', 'int64', 'string', 'boolean'].includes(column.kind);
}

function areFinite(numbers: ArrayLike<number>): boolean {
  for (let index = 0; index < numbers.length; index++) if (!Number.isFinite(numbers[index])) return false;
  return true;
}

const HASH_OF_TRUE = hashKey(true);
const HASH_OF_FALSE = hashKey(false);

/** The hashes of all keys, in order, to the beginning of `hashes`. */
export function hashKeys(keys: KeyColumn, hashes: Int32Array): void {
  const { kind, values } = keys;
  if (kind === 'int32') hashes.set(values);
  else if (kind === 'float64') hashNumbers(values, hashes);
  else if (kind === 'int64') hashInt64s(values, hashes);
  else if (kind === 'string') hashStrings(values, hashes);
  else
    for (let index = 0; index < values.length; index++)
      hashes[index] = values[index] === 1 ? HASH_OF_TRUE : HASH_OF_FALSE;
}

function hashNumbers(numbers: ArrayLike<number>, hashes: Int32Array): void {
  for (let index = 0; index < numbers.length; index++) hashes[index] = hashNumber(numbers[index] as number);
}

function hashInt64s(values: ArrayLike<bigint>, hashes: Int32Array): void {
  for (let index = 0; index < values.length; index++) hashes[index] = hashInt64(values[index] as bigint);
}

function hashStrings(texts: readonly string[], hashes: Int32Array): void {
  for (let index = 0; index < texts.length; index++) hashes[index] = hashString(texts[index] as string);
}
