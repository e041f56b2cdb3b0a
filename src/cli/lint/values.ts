// The arithmetic of values: union, members, contents. Pure.
import type { Value } from './model.ts';

const DEPTH_MAX = 5; // what lies deeper is taken as one

export const NOTHING: Value = {
  origin: 0,
  fields: null,
  inside: null,
  code: [],
  classes: [],
  library: null,
  isFrozen: false,
};

/** The dotted name of what Millrace makes and hands to user functions, whatever its type says. */
export const MILLRACE = 'millrace';

export function madeOf(parts: Partial<Value>): Value {
  return { ...NOTHING, ...parts };
}

export function isNothing(value: Value): boolean {
  return value === NOTHING || (isBare(value) && value.fields === null && value.inside === null);
}

function isBare(value: Value): boolean {
  return value.origin === 0 && value.code.length === 0 && value.classes.length === 0 && value.library === null;
}

/** The same value, known to come from somewhere as well. */
export function marked(value: Value, origin: number): Value {
  if (value.isFrozen) return withMarkedContents(value, origin);
  return (value.origin & origin) === origin ? value : { ...value, origin: value.origin | origin };
}

function withMarkedContents(value: Value, origin: number): Value {
  const fields =
    value.fields === null ? null : new Map([...value.fields].map(([name, one]) => [name, marked(one, origin)]));
  return { ...value, fields, inside: value.inside === null ? null : marked(value.inside, origin) };
}

export function union(a: Value, b: Value, depth = 0): Value {
  if (a === b || isNothing(b)) return a;
  if (isNothing(a)) return b;
  return {
    origin: a.origin | b.origin,
    fields: depth > DEPTH_MAX ? null : unionOfFields(a, b, depth),
    inside: depth > DEPTH_MAX ? null : unionOrNull(a.inside, b.inside, depth),
    code: joined(a.code, b.code),
    classes: joined(a.classes, b.classes),
    library: a.library ?? b.library,
    isFrozen: a.isFrozen && b.isFrozen,
  };
}

export function unionOf(values: readonly Value[]): Value {
  return values.reduce((all, one) => union(all, one), NOTHING);
}

function joined<T extends { readonly node: object }>(a: readonly T[], b: readonly T[]): readonly T[] {
  if (b.length === 0) return a;
  return [...a, ...b.filter((one) => !a.some((other) => other.node === one.node))];
}

function unionOfFields(a: Value, b: Value, depth: number): ReadonlyMap<string, Value> | null {
  if (a.fields === null && b.fields === null) return null;
  const names = new Set([...(a.fields?.keys() ?? []), ...(b.fields?.keys() ?? [])]);
  return new Map([...names].map((name) => [name, union(ownField(a, name), ownField(b, name), depth + 1)]));
}

function ownField(value: Value, name: string): Value {
  return value.fields?.get(name) ?? value.inside ?? NOTHING;
}

function unionOrNull(a: Value | null, b: Value | null, depth: number): Value | null {
  if (a === null) return b;
  return b === null ? a : union(a, b, depth + 1);
}

/** What `value.name` may be. What is reached through something shared is shared. */
export function memberOf(value: Value, name: string): Value {
  return marked(value.fields?.get(name) ?? value.inside ?? NOTHING, value.origin);
}

/** What an element, an entry or any member may be. */
export function contentsOf(value: Value): Value {
  const fields = value.fields === null ? [] : [...value.fields.values()];
  return marked(unionOf([...fields, value.inside ?? NOTHING]), value.origin);
}

/** A new container of such contents. */
export function holding(inside: Value): Value {
  return isNothing(inside) ? NOTHING : madeOf({ inside });
}

/** The value after `what` was put into it at a path of names; null stands for an element. */
export function withPut(value: Value, path: readonly (string | null)[], what: Value): Value {
  const [name, ...rest] = path;
  if (name === undefined) return union(value, what);
  const inner = withPut(name === null ? (value.inside ?? NOTHING) : ownField(value, name), rest, what);
  if (name === null) return { ...value, inside: union(value.inside ?? NOTHING, inner) };
  return { ...value, fields: new Map([...(value.fields ?? []), [name, inner]]) };
}

const ids = new WeakMap<object, number>();
let idsGiven = 0;

function idOf(thing: object): number {
  const known = ids.get(thing);
  if (known !== undefined) return known;
  ids.set(thing, ++idsGiven);
  return idsGiven;
}

/** A text that is the same for values that need no second look. */
export function digestOf(value: Value, depth = 0): string {
  if (isNothing(value)) return '-';
  const code = value.code.map(({ node, activation }) => `${idOf(node)}@${activation.id}`).join('.');
  const classes = value.classes.map(({ node }) => idOf(node)).join('.');
  const head = `${value.origin}${code === '' ? '' : `f${code}`}${classes === '' ? '' : `c${classes}`}${value.library ?? ''}`;
  if (depth > DEPTH_MAX) return head;
  const fields =
    value.fields === null ? '' : [...value.fields].map(([name, one]) => fieldDigest(name, one, depth)).join('');
  return `${head}{${fields}${value.inside === null ? '' : `*${digestOf(value.inside, depth + 1)}`}}`;
}

function fieldDigest(name: string, value: Value, depth: number): string {
  return isNothing(value) ? '' : `${name}:${digestOf(value, depth + 1)},`;
}
