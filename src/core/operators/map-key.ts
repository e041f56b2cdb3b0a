// Keys as keys of a Map. Scalars are what they are (a Map tells 1, '1' and true apart); tuples become a text that no other key has.
import type { Key } from '../base/value.ts';

export type MapKey = string | number | boolean;

/** Begins the text of a tuple. A string that begins with it is written the same way, so that it cannot be taken for one. */
const ESCAPE = '\u0000';

export function mapKeyOf(key: Key): MapKey {
  if (typeof key === 'string' ? key.charCodeAt(0) === 0 : typeof key === 'object') return ESCAPE + JSON.stringify(key);
  return key as MapKey;
}

export function keyOfMapKey(mapKey: MapKey): Key {
  if (typeof mapKey !== 'string' || mapKey.charCodeAt(0) !== 0) return mapKey;
  return JSON.parse(mapKey.slice(1)) as Key;
}
