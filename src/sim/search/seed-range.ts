// Seeds, and ranges of them, as people write them: `42`, `1..1000`. A refusal names the place.
import type { Result } from '../../core/base/value.ts';

/** The largest seed: what fits 32 bits, so that a seed is short enough to be read aloud. */
export const SEED_MAX = 2 ** 32 - 1;
/** The most seeds of one sweep; more is a mistake of typing. */
export const SEEDS_MAX = 10_000_000;

export interface SeedRange {
  readonly first: number;
  readonly last: number;
}

export function parseSeed(text: string): Result<number> {
  const seed = wholeNumber(text);
  if (seed !== null) return { ok: true, value: seed };
  return { ok: false, reason: `"${text}" is not a seed: expected a whole number from 0 to ${SEED_MAX}` };
}

/** Reads `first..last`. */
export function parseSeedRange(text: string): Result<SeedRange> {
  const refuse = (reason: string): Result<SeedRange> => ({
    ok: false,
    reason: `"${text}" is not a range like 1..1000: ${reason}`,
  });
  const dots = text.indexOf('..');
  if (dots < 0)
    return refuse(wholeNumber(text) === null ? 'there is no ".." in it' : `for one seed say --seed ${text}`);
  const [first, last] = [wholeNumber(text.slice(0, dots)), wholeNumber(text.slice(dots + 2))];
  if (first === null) return refuse(notASeed(text.slice(0, dots), 1));
  if (last === null) return refuse(notASeed(text.slice(dots + 2), dots + 3));
  if (first > last) return refuse(`it is empty, as ${first} is larger than ${last}`);
  if (last - first >= SEEDS_MAX) return refuse(`it holds more than ${SEEDS_MAX} seeds`);
  return { ok: true, value: { first, last } };
}

function notASeed(text: string, column: number): string {
  return `expected a whole number from 0 to ${SEED_MAX} at character ${column}, found "${text}"`;
}

function wholeNumber(text: string): number | null {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value <= SEED_MAX ? value : null;
}
