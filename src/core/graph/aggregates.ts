// Built-in aggregates: what an author declares of the records of a key, as data that stands in the graph. What each does to a record stands in
// `../operators/aggregate-code.ts`.
import type { KeyPart } from '../base/value.ts';
import type { FieldAt, FieldOf } from './field-path.ts';
import { isFields, ownField, show, type Fields, type RuleOf } from './field-rules.ts';
import { isKeyField, KEY_FIELD_EXPECTED } from './key-field.ts';

/** Whether an aggregate reads a field: always, never, or else the whole record. */
const FIELD_OF = {
  count: 'never',
  sum: 'always',
  avg: 'always',
  min: 'always',
  max: 'always',
  minBy: 'always',
  maxBy: 'always',
  first: 'or-record',
  last: 'or-record',
  countDistinct: 'always',
} as const;

/** The built-in aggregates, by name. */
export type AggregateKind = keyof typeof FIELD_OF;

/** What an aggregate is of: made by `count()`, `sum('price')` and their like. */
export interface Aggregate<Of extends AggregateKind = AggregateKind, F extends string = string> {
  readonly of: Of;
  /** The field that it reads, by name or path (`author.id`); absent: it reads none, or the whole record. */
  readonly field?: F;
}

/** An aggregate with the name that it has in the result. */
export interface NamedAggregate extends Aggregate {
  readonly name: string;
}

type SummedField<T> = FieldOf<T, number> | FieldOf<T, bigint>;
type OrderedField<T> = SummedField<T> | FieldOf<T, string>;

/** The aggregates that records of type `T` allow. */
export type AggregateOf<T> =
  | Aggregate<'count', never>
  | Aggregate<'sum' | 'avg', SummedField<T>>
  | Aggregate<'min' | 'max' | 'minBy' | 'maxBy', OrderedField<T>>
  | Aggregate<'first' | 'last', FieldOf<T, unknown>>
  | Aggregate<'countDistinct', FieldOf<T, KeyPart>>;

/** Aggregates by the names that they have in the result; `key` and `window` are names that it has already. */
export type Aggregates<T> = { readonly [name: string]: AggregateOf<T> } & {
  readonly key?: never;
  readonly window?: never;
};

/** What an aggregate comes to. */
export type AggregatedAs<T, A> =
  A extends Aggregate<infer Of, infer F>
    ? Of extends 'count' | 'avg' | 'countDistinct'
      ? number
      : Of extends 'sum'
        ? SumOf<FieldAt<T, F>>
        : Of extends 'minBy' | 'maxBy'
          ? T
          : [F] extends [never]
            ? T
            : FieldAt<T, F>
    : never;

/** Of numbers a number, of int64s one. */
type SumOf<F> = [F] extends [bigint] ? bigint : number;

/** One result for each record: the key, and what its records have come to. */
export type Aggregated<T, K, D> = {
  readonly [N in 'key' | keyof D]: N extends keyof D ? AggregatedAs<T, D[N]> : K;
};

/** One result for each key and window. */
export type WindowAggregated<T, K, D> = {
  readonly [N in 'key' | 'window' | keyof D]: N extends keyof D
    ? AggregatedAs<T, D[N]>
    : N extends 'key'
      ? K
      : { readonly start: number; readonly end: number };
};

/**
 * How many records.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('counts', { payments: count() })
 * ```
 */
export function count(): Aggregate<'count', never> {
  return { of: 'count' };
}

/**
 * The sum of a number in each record, added in the order of the records, from 0 on, as `sum += value` does: NaN and infinities come out as they do there,
 * and a sum of nothing but -0 is 0. Of bigints it is a bigint; a sum beyond 64 bits fails the job, and so do numbers and bigints of one key.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('balance', { cents: sum('cents') })
 * ```
 */
export function sum<const F extends string>(field: F): Aggregate<'sum', F> {
  return { of: 'sum', field };
}

/**
 * The mean of a number in each record: its `sum`, as a double, divided by `count`.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('usual', { cents: avg('cents') })
 * ```
 */
export function avg<const F extends string>(field: F): Aggregate<'avg', F> {
  return { of: 'avg', field };
}

/**
 * The least of a number or a string in each record. Numbers have Java's order: -Infinity first, -0 before 0, NaN behind Infinity; bigints have
 * theirs; strings that of their UTF-16 units. A key whose records hold two of these types there fails the job.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('from', { at: min('at') })
 * ```
 */
export function min<const F extends string>(field: F): Aggregate<'min', F> {
  return { of: 'min', field };
}

/**
 * The greatest of a number or a string in each record, in the order that `min` has.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('until', { at: max('at') })
 * ```
 */
export function max<const F extends string>(field: F): Aggregate<'max', F> {
  return { of: 'max', field };
}

/**
 * The record with the least number or string in a field, in the order that `min` has; of several the one that came first.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('smallest', { payment: minBy('cents') })
 * ```
 */
export function minBy<const F extends string>(field: F): Aggregate<'minBy', F> {
  return { of: 'minBy', field };
}

/**
 * The record with the greatest number or string in a field, in the order that `min` has; of several the one that came first.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('largest', { payment: maxBy('cents') })
 * ```
 */
export function maxBy<const F extends string>(field: F): Aggregate<'maxBy', F> {
  return { of: 'maxBy', field };
}

/**
 * The first record, or what a field of it holds.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('opened', { payment: first(), at: first('at') })
 * ```
 */
export function first(): Aggregate<'first', never>;
export function first<const F extends string>(field: F): Aggregate<'first', F>;
export function first(field?: string): Aggregate<'first'> {
  return field === undefined ? { of: 'first' } : { of: 'first', field };
}

/**
 * The last record so far, or what a field of it holds.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('newest', { payment: last(), at: last('at') })
 * ```
 */
export function last(): Aggregate<'last', never>;
export function last<const F extends string>(field: F): Aggregate<'last', F>;
export function last(field?: string): Aggregate<'last'> {
  return field === undefined ? { of: 'last' } : { of: 'last', field };
}

/**
 * How many different strings, numbers, bigints and booleans a field holds, exactly: 0 and -0 are one, and so is NaN; 1 and 1n are two. All of them are kept, for each key (and window):
 * 1,000,000 at the most, else the job fails.
 * @example
 * ```ts
 * payments.keyBy('account').aggregate('days', { amounts: countDistinct('cents') })
 * ```
 */
export function countDistinct<const F extends string>(field: F): Aggregate<'countDistinct', F> {
  return { of: 'countDistinct', field };
}

/** As an author declared them, in the form of the graph. What is no declaration is handed on, and is refused there. */
export function namedAggregates(declared: unknown): readonly NamedAggregate[] {
  if (typeof declared !== 'object' || declared === null) return declared as never;
  return Object.entries(declared).map(([name, given]) => {
    return (isFields(given) ? { ...given, name } : { of: given, name }) as NamedAggregate;
  });
}

// ---- Rules

/** They come to one record. */
const AGGREGATES_MAX = 64;
const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const TAKEN_NAMES: readonly unknown[] = ['key', 'window'];

const EXPECTED = [
  `1 to ${AGGREGATES_MAX} aggregates, each { name, of, field }: a name of its own other than key and window, of up to 64 letters, digits, dashes and underscores`,
  `that begins with a letter; of ${Object.keys(FIELD_OF).join(', ')}; field absent for count, absent or a field for first and last, else ${KEY_FIELD_EXPECTED}`,
].join(' ');

/** Of operators that aggregate by declaration. */
export const aggregates: RuleOf<readonly NamedAggregate[]> = {
  expected: EXPECTED,
  holds: (candidate) => problemsOf(candidate).length === 0,
  problems: problemsOf,
};

/** What is wrong with declared aggregates, as sentences. */
function problemsOf(candidate: unknown): readonly string[] {
  if (!Array.isArray(candidate))
    return [`must be aggregates by name, such as { payments: count() }, not ${show(candidate)}`];
  if (candidate.length === 0 || candidate.length > AGGREGATES_MAX)
    return [`must be 1 to ${AGGREGATES_MAX} aggregates, not ${candidate.length}`];
  const problems = candidate.flatMap((item, index) => problemOf(item, index) ?? []);
  if (problems.length > 0) return problems;
  const names = candidate.map(({ name }: NamedAggregate) => name);
  const doubled = names.find((name, index) => names.indexOf(name) < index);
  return doubled === undefined ? [] : [`more than one is called ${show(doubled)}`];
}

function problemOf(candidate: unknown, index: number): string | null {
  if (!isFields(candidate)) return `number ${index + 1} must be an aggregate, not ${show(candidate)}`;
  const name = ownField(candidate, 'name');
  if (typeof name !== 'string' || !NAME_PATTERN.test(name))
    return `${show(name)} is no name: it must be up to 64 letters, digits, dashes and underscores that begin with a letter`;
  if (TAKEN_NAMES.includes(name)) return `${show(name)} is a name that the result has already: choose another`;
  const of = ownField(candidate, 'of');
  if (typeof of !== 'string' || !Object.hasOwn(FIELD_OF, of))
    return `${show(name)} must be one of ${Object.keys(FIELD_OF).join(', ')}, such as count() or sum('price'), not ${show(of)}`;
  const unknown = Object.keys(candidate).find((field) => !['name', 'of', 'field'].includes(field));
  if (unknown !== undefined) return `${show(name)} has an unknown field ${show(unknown)}`;
  return fieldProblem(name, of as AggregateKind, candidate);
}

function fieldProblem(name: string, of: AggregateKind, candidate: Fields): string | null {
  const field = ownField(candidate, 'field');
  const needs = FIELD_OF[of];
  if (needs === 'never' ? field === undefined : isKeyField(field) || (needs === 'or-record' && field === undefined))
    return null;
  const expected = needs === 'never' ? 'no field' : KEY_FIELD_EXPECTED;
  return `${show(name)}: ${of} takes ${expected}, not ${show(field)}`;
}
