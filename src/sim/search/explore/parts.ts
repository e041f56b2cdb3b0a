// Parts that are kept once: each different value has a number, and equal values have the same.
import { Hasher } from '../../../core/base/hasher.ts';

/** Values by number, and numbers by value. `keyOf` gives equal values the same text, and different ones different texts. */
export class Parts<T> {
  readonly #keyOf: (value: T) => string;
  readonly #numbers = new Map<string, number>();
  readonly #values: T[] = [];

  constructor(keyOf: (value: T) => string = JSON.stringify) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#values.length;
  }

  /** The number of a value, which is not to be changed from now on. */
  numberOf(value: T): number {
    const key = this.#keyOf(value);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.length;
    this.#numbers.set(key, number);
    this.#values.push(value);
    return number;
  }

  /** The value of a number that `numberOf` gave. */
  valueOf(number: number): T {
    return this.#values[number] as T;
  }
}

const hasher = new Hasher();

/** The 64 bits of `hashState` in four characters, by which a value is found sooner than by sixteen. */
export function keyOfState(state: unknown): string {
  hasher.reset();
  hasher.value(state);
  const { low, high } = hasher;
  return String.fromCharCode(low & 0xffff, low >>> 16, high & 0xffff, high >>> 16);
}
