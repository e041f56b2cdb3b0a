// What JSON may look like, said once: a type for the compiler, a check of what came, and JSON Schema for the OpenAPI document. Only as much of JSON Schema
// as the answers of Flink need.

export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly pattern?: string;
  readonly format?: 'binary';
  readonly minimum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

declare const TYPE: unique symbol;

export interface Schema<T, Needed extends boolean = true> {
  readonly json: JsonSchema;
  readonly isNeeded: Needed;
  readonly [TYPE]?: T;
}

export type TypeOf<S> = S extends Schema<infer T, boolean> ? T : never;

type Fields = Readonly<Record<string, Schema<unknown, boolean>>>;
type NeededKeys<F extends Fields> = { [K in keyof F]: F[K] extends Schema<unknown> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = { readonly [K in NeededKeys<F>]: TypeOf<F[K]> } & {
  readonly [K in Exclude<keyof F, NeededKeys<F>>]?: TypeOf<F[K]>;
};

function schema<T>(json: JsonSchema): Schema<T> {
  return { json, isNeeded: true };
}

export const text: Schema<string> = schema({ type: 'string' });
export const integer: Schema<number> = schema({ type: 'integer' });
export const count: Schema<number> = schema({ type: 'integer', minimum: 0 });
export const number: Schema<number> = schema({ type: 'number' });
export const flag: Schema<boolean> = schema({ type: 'boolean' });
export const nothing: Schema<null> = schema({ type: 'null' });
/** Whatever it is. */
export const anything: Schema<unknown> = schema({});
export const bytes: Schema<Uint8Array> = schema({ type: 'string', format: 'binary' });

export function words<const W extends string>(...all: readonly W[]): Schema<W> {
  return schema({ type: 'string', enum: all });
}

export function matching(pattern: string, description: string): Schema<string> {
  return schema({ type: 'string', pattern, description });
}

export function list<T>(item: Schema<T>): Schema<readonly T[]> {
  return schema({ type: 'array', items: item.json });
}

export function mapOf<T>(value: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return schema({ type: 'object', additionalProperties: value.json });
}

export function object<const F extends Fields>(fields: F): Schema<ObjectOf<F>> {
  const all = Object.entries(fields);
  return schema({
    type: 'object',
    properties: Object.fromEntries(all.map(([name, { json }]) => [name, json])),
    required: all.filter(([, { isNeeded }]) => isNeeded).map(([name]) => name),
  });
}

export function optional<T>({ json }: Schema<T>): Schema<T, false> {
  return { json, isNeeded: false };
}

export function either<A, B>(a: Schema<A>, b: Schema<B>): Schema<A | B> {
  return schema({ anyOf: [a.json, b.json] });
}

export function nullable<T>(one: Schema<T>): Schema<T | null> {
  return either(one, nothing);
}

export function told<T>(one: Schema<T>, description: string): Schema<T> {
  return schema({ ...one.json, description });
}

// ---- The check

/**
 * Why a value is not of the schema, as a sentence without its subject: `drain is "yes", and should be true or false`; or null.
 *
 * @param isWhole a field that is not named is refused
 */
export function mismatch(json: JsonSchema, value: unknown, isWhole = false, path = 'the body'): string | null {
  if (json.anyOf !== undefined) return mismatchAny(json.anyOf, value, isWhole, path);
  const wrong = (): string => `${path} is ${show(value)}, and should be ${describe(json)}`;
  if (json.type === undefined) return null;
  if (!hasType(json.type, value)) return wrong();
  if (json.enum !== undefined && !json.enum.includes(value as string)) return wrong();
  if (json.pattern !== undefined && !new RegExp(json.pattern, 'u').test(value as string)) return wrong();
  if (json.minimum !== undefined && (value as number) < json.minimum) return wrong();
  if (json.items !== undefined) return mismatchList(json.items, value as readonly unknown[], isWhole, path);
  return json.type === 'object'
    ? mismatchObject(json, value as Readonly<Record<string, unknown>>, isWhole, path)
    : null;
}

function mismatchAny(all: readonly JsonSchema[], value: unknown, isWhole: boolean, path: string): string | null {
  const reasons = all.map((one) => mismatch(one, value, isWhole, path));
  if (reasons.includes(null)) return null;
  const inner = all.findIndex(({ type }) => type !== undefined && hasType(type, value)); // it is of this kind, and wrong inside
  return reasons[inner < 0 ? 0 : inner] as string;
}

function mismatchList(item: JsonSchema, values: readonly unknown[], isWhole: boolean, path: string): string | null {
  for (const [index, value] of values.entries()) {
    const reason = mismatch(item, value, isWhole, `${path === 'the body' ? '' : path}[${index}]`);
    if (reason !== null) return reason;
  }
  return null;
}

function mismatchObject(
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  value: Readonly<Record<string, unknown>>,
  isWhole: boolean,
  path: string,
): string | null {
  const at = (name: string): string => (path === 'the body' ? name : `${path}.${name}`);
  for (const name of required) if (!Object.hasOwn(value, name)) return `${path} has no field "${name}"`;
  for (const [name, field] of Object.entries(value)) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (inner === undefined && isWhole) return `${at(name)} is a field that nobody described`;
    const reason = inner === undefined ? null : mismatch(inner, field, isWhole, at(name));
    if (reason !== null) return reason;
  }
  return null;
}

function hasType(type: NonNullable<JsonSchema['type']>, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function describe({ type, enum: all, pattern, description, minimum }: JsonSchema): string {
  if (all !== undefined) return all.map((word) => `"${word}"`).join(' or ');
  if (pattern !== undefined) return description ?? `a text like ${pattern}`;
  switch (type) {
    case 'object':
      return 'an object';
    case 'array':
      return 'a list';
    case 'integer':
      return minimum === undefined ? 'a whole number' : `a whole number from ${minimum} on`;
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    default:
      return 'a text';
  }
}

const SHOWN_MAX = 60;

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? 'nothing';
  return shown.length > SHOWN_MAX ? `${shown.slice(0, SHOWN_MAX)}…` : shown;
}
