// The text by which a state is known.
import { Hasher } from '../../../core/base/hasher.ts';

const hasher = new Hasher();

/** The 64 bits of `hashState` in four characters, by which a value is found sooner than by sixteen. */
export function keyOfState(state: unknown): string {
  hasher.reset();
  hasher.value(state);
  const { low, high } = hasher;
  return String.fromCharCode(low & 0xffff, low >>> 16, high & 0xffff, high >>> 16);
}
