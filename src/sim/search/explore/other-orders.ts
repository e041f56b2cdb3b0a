// Parts that are one although entries came into their maps and sets in other orders: each order that was met, up to a number of them, so that whoever
// takes them for one can see whether that is right.
import { keyOfState } from './key-of-state.ts';

/** So many other orders of one part are kept; nobody looks at more. */
const ORDERS_MAX = 32;

/** A part that was met in another order than before. */
export interface OtherOrder<T> {
  readonly number: number;
  readonly value: T;
}

export class OtherOrders<T> {
  /** Gives values whose entries are in another order different texts. */
  readonly #keyOf: (value: T) => string;
  readonly #keys: string[][] = [];
  readonly #others = new Map<number, T[]>();
  #fresh: OtherOrder<T>[] = [];

  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf;
  }

  /** A value was met. */
  meet(number: number, value: T): void {
    const keys = (this.#keys[number] ??= []);
    if (keys.length > ORDERS_MAX) return;
    const key = this.#keyOf(value);
    if (keys.includes(key)) return;
    keys.push(key);
    if (keys.length === 1) return;
    const others = this.#others.get(number);
    if (others === undefined) this.#others.set(number, [value]);
    else others.push(value);
    this.#fresh.push({ number, value });
  }

  /** All but the first that was met. */
  of(number: number): readonly T[] {
    return this.#others.get(number) ?? [];
  }

  /** Those that were met since this was asked. */
  takeFresh(): readonly OtherOrder<T>[] {
    if (this.#fresh.length === 0) return [];
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}

/** As `keyOfState`, of states that are equal but for the order of entries in maps and sets as well. */
export function keyOfEntries(state: unknown): string {
  return keyOfState(inOrder(state));
}

/** The same, with the entries of maps and sets in one order. */
export function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  if (value instanceof Map) return new Map(byKey([...value].map(([key, item]) => [key, inOrder(item)] as const)));
  if (value instanceof Set)
    return new Set(byKey([...value].map((item) => [item, null] as const)).map(([item]) => item));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, inOrder(field)]));
}

function byKey<V>(entries: readonly (readonly [unknown, V])[]): readonly (readonly [unknown, V])[] {
  const keyed = entries.map((entry) => ({ key: keyOfState(entry[0]), entry }));
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ entry }) => entry);
}
