// Which entry of a table is wrong, for a sentence about the table: whoever reads "options must be numbers" has thirty of them to look at.
import { int64AsText } from '../core/base/json-value.ts';

const SHOWN_LENGTH_MAX = 60;

/** `, and "tm-crash" is "often"`; empty if it is no table, or nothing in it is wrong by itself. */
export function describeWrongEntry(table: unknown, isRight: (entry: unknown) => boolean): string {
  if (typeof table !== 'object' || table === null) return '';
  const wrong = Object.entries(table).find(([, entry]) => !isRight(entry));
  return wrong === undefined ? '' : `, and "${wrong[0]}" is ${shown(wrong[1])}`;
}

/** A value for a sentence, in one line. */
export function shown(entry: unknown): string {
  if (typeof entry === 'function') return 'a function';
  if (typeof entry === 'number' || typeof entry === 'bigint' || entry === undefined) return String(entry); // JSON knows neither NaN nor the others
  const text = JSON.stringify(entry, int64AsText) ?? typeof entry;
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
