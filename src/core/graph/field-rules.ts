// Rules of fields: what each must hold, as a test and as text. Whoever has a rule for each field of a type is held to that by the compiler.
import { SCHEMA_EXPECTED, schemaProblem, type Schema } from '../columns/schema.ts';
import { isConnectorUrl } from './connector-url.ts';
import { isKeyField, KEY_FIELD_EXPECTED } from './key-field.ts';

/** Ids are parts of names of files and transactions. */
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** As Apache Kafka has it for topics, but for a dot in front: names of topics and sinks are names of folders elsewhere. */
const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,248}$/;

/** What the name of a topic or a sink is. */
export const NAME_OF_FOLDER = 'up to 249 letters, digits, dots, dashes and underscores that begin with no dot or dash';

export function isNameOfFolder(candidate: unknown): boolean {
  return typeof candidate === 'string' && NAME_PATTERN.test(candidate);
}

const SHOWN_LENGTH_MAX = 80;

export interface FieldRule {
  readonly expected: string;
  readonly holds: (candidate: unknown) => boolean;
  /** What is wrong with one that does not hold, as sentences without their subject; absent: it must be what is expected. */
  readonly problems?: (candidate: unknown) => readonly string[];
}

/** The rule of a field with values of `T`. */
export interface RuleOf<T> extends FieldRule {
  /** Never there: it lets the compiler compare a rule with the type of its field. */
  readonly of?: (value: T) => T;
}

export type Fields = Readonly<Record<string, unknown>>;
export type FieldRules = Readonly<Record<string, FieldRule>>;
/** A rule for each field of `T`, of its type: with one too many, or one too few, it does not compile. */
export type RulesOf<T> = { readonly [F in keyof T]-?: RuleOf<T[F]> };
export const id: RuleOf<string> = {
  expected: 'up to 64 letters, digits, dots, dashes and underscores that begin with a letter or digit',
  holds: (candidate) => typeof candidate === 'string' && ID_PATTERN.test(candidate),
};
/** A topic or a sink. */
export const place: RuleOf<string> = {
  expected: `${NAME_OF_FOLDER}, or the URL of a connector, such as csv:data/rows.csv`,
  holds: (candidate) => isNameOfFolder(candidate) || isConnectorUrl(candidate),
};

/** Of keyed operators. */
export const keyField: RuleOf<string | undefined> = {
  expected: `absent, or ${KEY_FIELD_EXPECTED}`,
  holds: (candidate) => candidate === undefined || isKeyField(candidate),
};

/** Of sources. */
export const schema: RuleOf<Schema | undefined> = {
  expected: `absent, or ${SCHEMA_EXPECTED}`,
  holds: (candidate) => candidate === undefined || schemaProblem(candidate) === null,
  problems: (candidate) => [schemaProblem(candidate) ?? ''],
};

export function checkFields(label: string, fields: Fields, rules: FieldRules): string[] {
  const mistakes = Object.keys(rules).flatMap((field) => checkField(label, fields, field, rules));
  const unknown = Object.keys(fields).find((field) => !Object.hasOwn(rules, field));
  if (unknown !== undefined) mistakes.push(`${label}: unknown field ${show(unknown)}`);
  return mistakes;
}

export function checkField(label: string, fields: Fields, field: string, rules: FieldRules): string[] {
  const rule = rules[field];
  const found = ownField(fields, field);
  if (rule === undefined || rule.holds(found)) return [];
  if (rule.problems !== undefined) return rule.problems(found).map((problem) => `${label}: ${field} ${problem}`);
  return [`${label}: ${field} must be ${rule.expected}, not ${show(found)}`];
}

export function isFields(candidate: unknown): candidate is Fields {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate);
}

export function ownField(fields: Fields, field: string): unknown {
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

export function wholeNumber(min: number, max: number, unit = ''): RuleOf<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  return {
    expected: `a whole number${unit}, ${range}`,
    holds: (candidate) =>
      Number.isSafeInteger(candidate) && (candidate as number) >= min && (candidate as number) <= max,
  };
}

export function numberFrom(min: number, max: number): RuleOf<number> {
  return {
    expected: `a number from ${min} to ${max}`,
    holds: (candidate) => typeof candidate === 'number' && candidate >= min && candidate <= max,
  };
}

export function oneOf<const W extends string | number>(...allowed: readonly W[]): RuleOf<W> {
  return {
    expected: allowed.map(show).join(' or '),
    holds: (candidate) => (allowed as readonly unknown[]).includes(candidate),
  };
}

export function listOf<T>(what: string, max: number): RuleOf<readonly T[]> {
  return {
    expected: `a list of at most ${max} ${what}`,
    holds: (candidate) => Array.isArray(candidate) && candidate.length <= max,
  };
}

/** What was found, short enough for a sentence. */
export function show(found: unknown): string {
  switch (typeof found) {
    case 'string':
      return JSON.stringify(found.length > SHOWN_LENGTH_MAX ? `${found.slice(0, SHOWN_LENGTH_MAX)}…` : found);
    case 'object':
      return found === null ? 'null' : Array.isArray(found) ? 'a list' : 'an object';
    case 'number':
    case 'boolean':
      return String(found);
    case 'bigint':
      return `${found}n`;
    case 'undefined':
      return 'nothing';
    default:
      return `a ${typeof found}`;
  }
}
