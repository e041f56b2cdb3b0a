// Keys as keys of a Map. Scalars are what they are (a Map tells 1, 1n, '1' and true apart); tuples become a text that no other key has.
import type { Key, KeyPart } from '../base/value.ts';

export type MapKey = KeyPart;

/** Begins the text of a tuple. A string that begins with it is written the same way, so that it cannot be taken for one. */
const ESCAPE = '\u0000';

export function mapKeyOf(key: Key): MapKey {
  if (typeof key === 'string' ? key.charCodeAt(0) === 0 : typeof key === 'object') return ESCAPE + textOf(key);
  return key as MapKey;
}

export function keyOfMapKey(mapKey: MapKey): Key {
  if (typeof mapKey !== 'string' || mapKey.charCodeAt(0) !== 0) return mapKey;
  const read = JSON.parse(mapKey.slice(1)) as string | readonly WrittenPart[];
  return typeof read === 'string' ? read : read.map((part) => (typeof part === 'object' ? BigInt(part[0]) : part));
}

/** An int64 within a tuple is a list of its digits, which is no part of a key. */
type WrittenPart = Exclude<KeyPart, bigint> | readonly [string];

function textOf(key: Key): string {
  if (typeof key !== 'object' || !key.some((part) => typeof part === 'bigint')) return JSON.stringify(key);
  return JSON.stringify(key.map((part): WrittenPart => (typeof part === 'bigint' ? [String(part)] : part)));
}
