// Reads a command line against a table of options. Pure. Nothing is guessed: what is not in the table is refused, with the nearest
// option that is. node:util's parseArgs would let a repeated option, a contradiction or a flag with a value pass.
import { meantName, nearestName } from '../core/base/options.ts';
import type { OptionTable } from '../core/base/options.ts';
import type { Result } from '../core/base/value.ts';
import { wrapText } from './terminal.ts';

export interface OptionRow {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for its value in the help; null: it is a flag. */
  readonly value: string | null;
  readonly about: string;
  readonly repeatable?: true;
}

/** Two options that cannot be given together, and why. */
export interface Contradiction {
  readonly these: readonly [string, string];
  readonly because: string;
}

export interface CommandLine {
  /** Option to its values, in order; a flag has one empty value. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** Arguments that belong to no option. */
  readonly bare: readonly string[];
}

/** @param keys that `--set` knows: who takes one for an option is told so. */
export function readArguments(
  rows: readonly OptionRow[],
  words: readonly string[],
  keys: OptionTable = {},
): Result<CommandLine> {
  const options = new Map<string, string[]>();
  const bare: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith('-') || word === '-') {
      bare.push(word);
      continue;
    }
    const [name, attached] = splitOption(word);
    const row = rows.find((one) => one.name === name);
    if (row === undefined) return { ok: false, reason: unknownOption(name, rows, keys) };
    const value = row.value === null ? flagValue(row, attached) : optionValue(row, attached, words[at + 1]);
    if (!value.ok) return value;
    if (row.value !== null && attached === null) at += 1;
    const given = options.get(name);
    if (given !== undefined && row.repeatable === undefined) return { ok: false, reason: `--${name} is given twice` };
    options.set(name, [...(given ?? []), value.value]);
  }
  return { ok: true, value: { options, bare } };
}

/** The first pair of options that contradict each other, as a sentence, or null. */
export function findContradiction(
  contradictions: readonly Contradiction[],
  given: ReadonlyMap<string, unknown>,
): string | null {
  const found = contradictions.find(({ these }) => these.every((name) => given.has(name)));
  return found === undefined
    ? null
    : `--${found.these[0]} and --${found.these[1]} contradict each other: ${found.because}`;
}

/** The options with their explanations. */
export function describeOptions(rows: readonly OptionRow[]): string {
  return describeRows(
    rows.map(({ name, value, about }) => [value === null ? `--${name}` : `--${name} ${value}`, about]),
  );
}

/** What `--set` can set, with defaults and ranges. */
export function describeTable(table: OptionTable): string {
  return describeRows(
    Object.entries(table).map(([name, spec]) => [
      `${name}=${spec.default}`,
      `${spec.about} (${spec.unit}, ${spec.min}..${spec.max})`,
    ]),
  );
}

function describeRows(rows: readonly (readonly [head: string, about: string])[]): string {
  const width = Math.max(...rows.map(([head]) => head.length));
  return rows.map(([head, about]) => wrapText(`  ${head.padEnd(width)}  `, about)).join('\n');
}

function splitOption(word: string): readonly [string, string | null] {
  if (word === '-h') return ['help', null];
  if (word === '-f') return ['follow', null];
  const name = word.replace(/^--?/, '');
  const equals = name.indexOf('=');
  return equals < 0 ? [name, null] : [name.slice(0, equals), name.slice(equals + 1)];
}

function unknownOption(name: string, rows: readonly OptionRow[], keys: OptionTable): string {
  const names = rows.map((row) => row.name);
  const near = nearestName(name, [...names, ...Object.keys(keys)]);
  if (near === null) {
    const all = names.map((one) => `--${one}`).join(', ');
    return `unknown option "--${name}": there are ${all}`;
  }
  return meantName('option', `--${name}`, names.includes(near) ? `--${near}` : `--set ${near}=NUMBER`);
}

function flagValue(row: OptionRow, attached: string | null): Result<string> {
  if (attached === null) return { ok: true, value: '' };
  return { ok: false, reason: `--${row.name} takes no value, and was given "${attached}"` };
}

function optionValue(row: OptionRow, attached: string | null, next: string | undefined): Result<string> {
  const value = attached ?? next;
  const isMissing = value === undefined || value === '' || (attached === null && value.startsWith('--'));
  return isMissing
    ? { ok: false, reason: `--${row.name} needs a value: --${row.name} ${row.value}` }
    : { ok: true, value };
}
