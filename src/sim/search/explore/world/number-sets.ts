// Sets of whole numbers that are kept once: each has a number, and what two of them are together is found once.
import { Parts } from '../parts.ts';
import { KeyTable } from './key-table.ts';

const EMPTY = 0;

export class NumberSets {
  readonly #sets = new Parts<readonly number[]>(String);
  readonly #unions = new KeyTable();
  readonly #common = new KeyTable();

  constructor() {
    this.#sets.numberOf([]);
  }

  get bytes(): number {
    return this.#unions.bytes + this.#common.bytes;
  }

  /** @param numbers each once, in any order */
  numberOf(numbers: Iterable<number>): number {
    return this.#sets.numberOf([...numbers].sort((one, other) => one - other));
  }

  /** Sorted. */
  valueOf(set: number): readonly number[] {
    return this.#sets.valueOf(set);
  }

  union(one: number, other: number): number {
    if (one === other || other === EMPTY) return one;
    if (one === EMPTY) return other;
    const [low, high] = one < other ? [one, other] : [other, one];
    const known = this.#unions.get(low, high, 0);
    if (known >= 0) return known;
    const set = this.numberOf(new Set([...this.valueOf(low), ...this.valueOf(high)]));
    this.#unions.set(low, high, 0, set);
    return set;
  }

  common(one: number, other: number): number {
    if (one === other) return one;
    const [low, high] = one < other ? [one, other] : [other, one];
    const known = this.#common.get(low, high, 0);
    if (known >= 0) return known;
    const others = new Set(this.valueOf(high));
    const set = this.numberOf(this.valueOf(low).filter((number) => others.has(number)));
    this.#common.set(low, high, 0, set);
    return set;
  }
}
