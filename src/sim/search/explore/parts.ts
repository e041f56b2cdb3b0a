// Parts that are kept once: each different value has a number, and equal values have the same.
import { assert } from '../../../core/base/assert.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
import type { OtherOrders } from './other-orders.ts';

/** Values by number, and numbers by value. `keyOf` gives equal values the same text, and different ones different texts. */
export class Parts<T> {
  readonly #keyOf: (value: T) => string;
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  /** Undefined: another process had it, and only its key is known here. */
  readonly #values: (T | undefined)[] = [];

  /** Null: values whose entries are in another order are other values, or there are none. */
  readonly orders: OtherOrders<T> | null;

  constructor(keyOf: (value: T) => string = JSON.stringify, orders: OtherOrders<T> | null = null) {
    this.#keyOf = keyOf;
    this.orders = orders;
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
      this.orders?.meet(known, value);
      return known;
    }
    const number = this.#values.length;
    this.#numbers.set(key, number);
    this.#keys.push(key);
    this.#values.push(value);
    this.orders?.meet(number, value);
    return number;
  }

  /** This very value is kept, and not another that is equal. */
  holds(number: number, value: T): boolean {
    return this.#values[number] === value || this.orders?.of(number).includes(value) === true;
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
