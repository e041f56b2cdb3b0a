// The committed output of a job as text: the parts of all sinks joined, sorted, one JSON value a line.
import { isKeptByJson, jsonOf } from '../core/base/json-value.ts';
import type { Value } from '../core/base/value.ts';
import { absorbPromise } from './code/absorb.ts';
import { callScenario } from './scenario-mistake.ts';
import type { Scenario } from './scenario.ts';

/** Of a job that did not finish there is none. */
export function outputOf(
  scenario: Pick<Scenario, 'name' | 'sortBy'>,
  {
    finished,
    committed,
  }: { readonly finished: boolean; readonly committed: Readonly<Record<string, readonly Value[]>> },
): string | null {
  return finished ? callScenario(scenario, 'sortBy', () => outputText(scenario, committed)) : null;
}

export function outputText(
  { sortBy = valueLine }: Pick<Scenario, 'sortBy'>,
  committed: Readonly<Record<string, readonly Value[]>>,
): string {
  const keyed = Object.values(committed)
    .flat()
    .map((value) => ({ key: keyOf(sortBy(value)), line: valueLine(value) }));
  keyed.sort((a, b) => compare(a.key, b.key) || compare(a.line, b.line));
  return keyed.map(({ line }) => `${line}\n`).join('');
}

/** An answer that is no text has no place among texts. */
function keyOf(answer: string): string {
  if (typeof answer === 'string') return answer;
  throw new TypeError(`it gave ${absorbPromise(answer) ? 'a promise' : typeof answer}, expected a text`);
}

function valueLine(value: Value): string {
  return jsonOf(isKeptByJson(value) ? value : sayable(value));
}

/** Bytes, which JSON lacks, as hexadecimal text, and NaN and the infinities as null. */
function sayable(value: Value): Value {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return hexOf(value);
  if (Array.isArray(value)) return value.map(sayable);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, sayable(field)]));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
