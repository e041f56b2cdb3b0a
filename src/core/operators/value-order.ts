// The order of values that built-in aggregates compare.
import type { KeyPart } from '../base/value.ts';

/**
 * Booleans, numbers, int64s, strings. Numbers as Java's Double.compare has them: -Infinity first, -0 before 0, NaN behind Infinity; strings by UTF-16 units. 0: there
 * is no difference between them.
 */
export function compareOrdered(one: KeyPart, other: KeyPart): number {
  if (typeof one === 'number' && typeof other === 'number') return compareNumbers(one, other);
  if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : one > other ? 1 : 0;
  if (typeof one === 'bigint' && typeof other === 'bigint') return one < other ? -1 : one > other ? 1 : 0;
  return rankOf(one) - rankOf(other);
}

function compareNumbers(one: number, other: number): number {
  if (one < other) return -1;
  if (one > other) return 1;
  if (one === other) return one === 0 ? signOf(one) - signOf(other) : 0;
  return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
}

/** Of a zero. */
function signOf(zero: number): number {
  return Object.is(zero, -0) ? -1 : 0;
}

function rankOf(value: KeyPart): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return 2;
  return typeof value === 'bigint' ? 3 : 4;
}
