// Numbers as a person reads them.

/**
 * `1234567` as `1,234,567`, rounded to a whole number. Not `toLocaleString`: it takes 100 µs where this takes 1.4, and a
 * line of progress is made very often.
 */
export function formatNumber(number: number): string {
  return String(Math.round(number)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A number and a noun that fits it: `1 seed`, `2 seeds`. */
export function count(number: number, noun: string): string {
  return `${formatNumber(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Milliseconds as seconds. */
export function formatSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
