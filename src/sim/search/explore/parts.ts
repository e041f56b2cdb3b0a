// Parts that are kept once: each different value has a number, and equal values have the same.
import { assert } from '../../../core/base/assert.ts';
import { Hasher } from '../../../core/base/hasher.ts';
import type { KeptReader, KeptWriter } from './kept.ts';

/** Values by number, and numbers by value. `keyOf` gives equal values the same text, and different ones different texts. */
export class Parts<T> {
  readonly #keyOf: (value: T) => string;
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  /** Undefined: another process had it, and only its key is known here. */
  readonly #values: (T | undefined)[] = [];

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
    if (known !== undefined) {
      if (this.#values[known] === undefined) this.#values[known] = value;
      return known;
    }
    const number = this.#values.length;
    this.#numbers.set(key, number);
    this.#keys.push(key);
    this.#values.push(value);
    return number;
  }

  /** False: only its key is known. */
  has(number: number): boolean {
    return this.#values[number] !== undefined;
  }

  /** An order that does not depend on which value came first. */
  compare(one: number, other: number): number {
    const [left, right] = [this.#keys[one] as string, this.#keys[other] as string];
    return left < right ? -1 : left > right ? 1 : 0;
  }

  /** Keys alone: values are met again. */
  keep(out: KeptWriter): void {
    out.texts(this.#keys);
  }

  /** What is here already comes first there. */
  restore(kept: KeptReader): void {
    for (const [number, key] of kept.texts().entries()) {
      assert((this.#keys[number] ?? key) === key, 'a part has the number that it had');
      if (number < this.size) continue;
      this.#numbers.set(key, number);
      this.#keys.push(key);
      this.#values.push(undefined);
    }
  }

  /** The value of a number that `numberOf` gave in this process. */
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
