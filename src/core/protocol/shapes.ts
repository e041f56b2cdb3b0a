// Shapes of records that come in as bytes: a small table language, so that a decoder refuses what a peer or a disk should not have sent.
import type { Value } from '../base/value.ts';

/**
 * `any` is a Value of the user's; `int` a whole number >= 0; `time` a whole number, also below 0; `number` any number, NaN too; a trailing `?`
 * allows null.
 */
export type Shape =
  | 'any'
  | 'int'
  | 'time'
  | 'number'
  | 'string'
  | 'string?'
  | 'boolean'
  | 'bytes'
  | { readonly list: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> }
  | { readonly nullable: Shape }
  /** One of these words. */
  | { readonly words: readonly (string | number)[] }
  /** A record whose `kind` says which of these shapes the rest has. */
  | { readonly kinds: Readonly<Record<string, Shape>> };

type Fields = Readonly<Record<string, Shape>>;

export const list = <const S extends Shape>(shape: S): { readonly list: S } => ({ list: shape });
export const record = <const F extends Fields>(fields: F): { readonly fields: F } => ({ fields });
export const nullable = <const S extends Shape>(shape: S): { readonly nullable: S } => ({ nullable: shape });
export const oneOf = <const W extends readonly string[]>(...words: W): { readonly words: W } => ({ words });
export const literal = <const W extends string | number>(value: W): { readonly words: readonly [W] } => ({
  words: [value],
});
export const byKind = <const K extends Fields>(kinds: K): { readonly kinds: K } => ({ kinds });

// ---- Shapes and their types

declare const bound: unique symbol;

/** A shape that the compiler compared with `T`, field by field: what passes is a `T`, and every `T` passes. */
export type ShapeOf<T> = Shape & { readonly [bound]: (value: T) => T };

interface Leaves {
  readonly any: Value;
  readonly int: number;
  readonly time: number;
  readonly number: number;
  readonly string: string;
  readonly 'string?': string | null;
  readonly boolean: boolean;
  readonly bytes: Uint8Array;
}

/** The type of what has a shape. */
export type TypeOf<S> = S extends { readonly [bound]: (value: never) => infer T }
  ? T
  : S extends keyof Leaves
    ? Leaves[S]
    : S extends { readonly list: infer I }
      ? readonly TypeOf<I>[]
      : S extends { readonly fields: infer F }
        ? { readonly [N in keyof F]: TypeOf<F[N]> }
        : S extends { readonly nullable: infer N }
          ? TypeOf<N> | null
          : S extends { readonly words: readonly (infer W)[] }
            ? W
            : S extends { readonly kinds: infer K }
              ? { [N in keyof K]: { readonly kind: N } & TypeOf<K[N]> }[keyof K]
              : never;

/** The name is what people read in the compiler's error. */
interface Misfit {
  readonly 'the shape does not fit its type: a field, a word, a kind or a null is missing, or too many': never;
}

type Fit<S, T> = [TypeOf<S>] extends [T] ? ([T] extends [TypeOf<S>] ? unknown : Misfit) : Misfit;

/** `shapeOf<T>()(shape)`: the shape of `T`. One that misses a part of `T`, or asks for more, does not compile. */
export function shapeOf<T>(): <const S>(shape: S & Fit<S, T>) => ShapeOf<T> {
  return (shape) => shape as unknown as ShapeOf<T>;
}

type Each<M> = { readonly [N in keyof M]: ShapeOf<M[N]> };
type EachFits<S, M> = { readonly [N in keyof M]: N extends keyof S ? Fit<S[N], M[N]> : Misfit } & {
  readonly [N in Exclude<keyof S, keyof M>]: Misfit;
};

/** `shapesOf<M>()({ … })`: the shape of each field of `M`, as `shapeOf` binds them. */
export function shapesOf<M>(): <const S>(shapes: S & EachFits<S, M>) => Each<M> {
  return (shapes) => shapes as unknown as Each<M>;
}

/** A shape of some of what a `T` has: whoever acts on it looks at the rest. */
export function partOf<T>(): <const S>(shape: S & ([T] extends [TypeOf<S>] ? unknown : Misfit)) => ShapeOf<T> {
  return (shape) => shape as unknown as ShapeOf<T>;
}

/** Any value: whether it is a `T` is looked at by whoever acts on it. */
export function unread<T>(): ShapeOf<T> {
  return 'any' as unknown as ShapeOf<T>;
}

// ---- What does not fit

/** What is wrong where. The path is made on the way back: what fits, as nearly all does, needs none. */
interface Wrong {
  readonly path: string;
  readonly what: string;
}

/** What is wrong with a value, with its path, or null if it has the shape. */
export function mismatch(shape: Shape, value: Value | undefined): string | null {
  const wrong = wrongIn(shape, value);
  return wrong === null ? null : `${wrong.path || 'value'} ${wrong.what}`;
}

function wrongIn(shape: Shape, value: Value | undefined): Wrong | null {
  if (typeof shape === 'string') return fits(shape, value) ? null : here(`is not ${shape}`);
  if ('fields' in shape) return wrongInFields(shape.fields, value);
  if ('nullable' in shape) return value === null ? null : wrongIn(shape.nullable, value);
  if ('list' in shape) return wrongInList(shape.list, value);
  if ('words' in shape) return wrongInWords(shape.words, value);
  return wrongInKind(shape.kinds, value);
}

function here(what: string): Wrong {
  return { path: '', what };
}

function behind(part: string, { path, what }: Wrong): Wrong {
  return { path: path === '' || path.startsWith('[') ? part + path : `${part}.${path}`, what };
}

function fits(shape: string, value: Value | undefined): boolean {
  switch (shape) {
    case 'any':
      return value !== undefined;
    case 'int':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'time':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'string?':
      return value === null || typeof value === 'string';
    default:
      return typeof value === shape;
  }
}

function wrongInList(shape: Shape, value: Value | undefined): Wrong | null {
  if (!Array.isArray(value)) return here('is not a list');
  for (let index = 0; index < value.length; index++) {
    const wrong = wrongIn(shape, value[index] as Value);
    if (wrong !== null) return behind(`[${index}]`, wrong);
  }
  return null;
}

function wrongInWords(words: readonly (string | number)[], value: Value | undefined): Wrong | null {
  if ((typeof value === 'string' || typeof value === 'number') && words.includes(value)) return null;
  return here(`is not ${listWords(words)}`);
}

/** Words named in a refusal; a longer list says nothing more to whoever reads it. */
const WORDS_SHOWN = 6;

function listWords(words: readonly (string | number)[]): string {
  const shown = words.slice(0, WORDS_SHOWN).map((word) => JSON.stringify(word));
  return [...shown, ...(words.length > WORDS_SHOWN ? [`${words.length - WORDS_SHOWN} more`] : [])].join(' or ');
}

function wrongInKind(kinds: Readonly<Record<string, Shape>>, value: Value | undefined): Wrong | null {
  if (!isRecord(value)) return here('is not a record');
  const { kind } = value;
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) return wrongIn(kinds[kind] as Shape, value);
  const wrong = wrongInWords(Object.keys(kinds), kind);
  return wrong === null ? null : behind('kind', wrong);
}

function wrongInFields(fields: Readonly<Record<string, Shape>>, value: Value | undefined): Wrong | null {
  if (!isRecord(value)) return here('is not a record');
  for (const name of Object.keys(fields)) {
    const wrong = wrongIn(fields[name] as Shape, value[name]);
    if (wrong !== null) return behind(name, wrong);
  }
  return null;
}

function isRecord(value: Value | undefined): value is { readonly [field: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
