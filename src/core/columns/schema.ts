// Schemas: what an author declares of records, as plain data that stands in the graph, and the TypeScript type that follows from it.

/** Types of values that have no parts. `timestamp`: a whole number of ms since the epoch. `int64`: a `bigint`. */
export type ScalarKind = 'int32' | 'int64' | 'float64' | 'boolean' | 'string' | 'timestamp';

interface Holds<T> {
  /** Never there: it lets the compiler know the values of the type. */
  readonly of?: () => T;
}

/** A type of values that have no parts. */
export interface ScalarType<T = unknown> extends Holds<T> {
  readonly kind: ScalarKind;
}

/** Lists: made by `list(…)`. */
export interface ListType<T = unknown> extends Holds<T> {
  readonly kind: 'list';
  readonly items: ColumnType;
}

/** Objects with these fields, each of them. */
export interface RecordType<T = unknown> extends Holds<T> {
  readonly kind: 'record';
  /** In the order that they have in each record. */
  readonly fields: { readonly [name: string]: ColumnType };
}

/** A value of a type, or null: made by `nullable(…)`. */
export interface NullableType<T = unknown> extends Holds<T> {
  readonly kind: 'nullable';
  readonly present: ColumnType;
}

/** A type of values, as data. */
export type ColumnType<T = unknown> = ScalarType<T> | ListType<T> | RecordType<T> | NullableType<T>;

/** The type of a record: made by `schema({ … })`. */
export type Schema<T = unknown> = RecordType<T>;

/** A type, or the fields of a record, each with its own. */
export type Declared = ColumnType | DeclaredFields;
/** Fields by name, in the order that they have in each record. */
export interface DeclaredFields {
  readonly [name: string]: Declared;
}

/**
 * The TypeScript type of the values of a schema, or of a type in it.
 * @example
 * ```ts
 * const payment = schema({ account: string, cents: int32 });
 * type Payment = TypeOf<typeof payment>; // { readonly account: string; readonly cents: number }
 * ```
 */
export type TypeOf<D> = D extends { readonly kind: string; readonly of?: () => infer T }
  ? T
  : { readonly [N in keyof D]: TypeOf<D[N]> };

/** A whole number of 32 bits. */
export const int32: ScalarType<number> = scalar('int32');
/** A whole number of 64 bits, as a `bigint`. In JSON lines it is its digits. */
export const int64: ScalarType<bigint> = scalar('int64');
/** Any number. A whole number in a text that no double holds is rounded. */
export const float64: ScalarType<number> = scalar('float64');
/** `true` or `false`. */
export const boolean: ScalarType<boolean> = scalar('boolean');
/** A text. */
export const string: ScalarType<string> = scalar('string');
/**
 * A moment.
 * @unit ms since the epoch, a whole number
 */
export const timestamp: ScalarType<number> = scalar('timestamp');

function scalar<T>(kind: ScalarKind): ScalarType<T> {
  return Object.freeze({ kind });
}

/**
 * A list of any length, with items of one type.
 * @example
 * ```ts
 * const tagged = schema({ name: string, tags: list(string) });
 * ```
 */
export function list<const D extends Declared>(items: D): ListType<readonly TypeOf<D>[]> {
  return Object.freeze({ kind: 'list', items: typeOf(items, DEPTH_MAX) });
}

/**
 * A value of this type, or null. A record without such a field has null there.
 * @example
 * ```ts
 * const visit = schema({ page: string, referrer: nullable(string) });
 * ```
 */
export function nullable<const D extends Declared>(present: D): NullableType<TypeOf<D> | null> {
  return Object.freeze({ kind: 'nullable', present: typeOf(present, DEPTH_MAX) });
}

/**
 * Declares records: their fields by name, each with its type; an object of fields is a record in the record. A source that is given the schema refuses
 * records that do not fit, and its stream has the type that follows from it.
 * @example
 * ```ts
 * const order = schema({
 *   id: int32,
 *   at: timestamp,
 *   name: string,
 *   price: float64,
 *   ok: boolean,
 *   tags: list(string),
 *   place: { lat: float64, lon: float64 },
 *   note: nullable(string),
 * });
 * ```
 */
export function schema<const F extends DeclaredFields>(fields: F): Schema<TypeOf<F>> {
  return recordOf(fields, DEPTH_MAX) as Schema<TypeOf<F>>;
}

/** What is neither a type nor fields stays as it is, and is refused where the schema is used. */
function typeOf(declared: Declared, depthLeft: number): ColumnType {
  const isType = !isObject(declared) || typeof declared['kind'] === 'string';
  return isType ? declared : recordOf(declared, depthLeft);
}

function recordOf(declared: DeclaredFields, depthLeft: number): RecordType {
  if (!isObject(declared) || depthLeft === 0) return declared as never;
  const fields = Object.entries(declared).map(([name, type]) => [name, typeOf(type, depthLeft - 1)]);
  return Object.freeze({ kind: 'record', fields: Object.freeze(Object.fromEntries(fields)) as RecordType['fields'] });
}

function isObject(candidate: unknown): candidate is { readonly [name: string]: unknown } {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate);
}

// ---- Mistakes

/** Types inside of types, so deep; values themselves may be nested a little deeper. */
const DEPTH_MAX = 16;
/** Types in one schema: each is a column of every batch. */
const TYPES_MAX = 1_000;
const NAME_LENGTH_MAX = 200;

// millrace-lint-ignore module-state: never changes
const PARTS: Readonly<Record<ColumnType['kind'], readonly string[]>> = {
  int32: [],
  int64: [],
  float64: [],
  boolean: [],
  string: [],
  timestamp: [],
  list: ['items'],
  record: ['fields'],
  nullable: ['present'],
};

export const SCHEMA_EXPECTED = `a schema: { kind: "record", fields } with a type for each field, of ${Object.keys(PARTS).join(', ')}`;

/** The first thing that is wrong with what should be a schema, without its subject; null: it is one. Data from peers may be anything. */
export function schemaProblem(candidate: unknown): string | null {
  if (!isObject(candidate) || candidate['kind'] !== 'record')
    return `must be made by schema({ name: string, … }), not ${shown(candidate)}`;
  return typeProblem(candidate, { path: '', depthLeft: DEPTH_MAX, types: { left: TYPES_MAX } });
}

interface Place {
  readonly path: string;
  readonly depthLeft: number;
  readonly types: { left: number };
}

function typeProblem(candidate: unknown, place: Place): string | null {
  const subject = place.path === '' ? '' : `field ${JSON.stringify(place.path)} `;
  if (place.depthLeft === 0) return `${subject}is nested deeper than ${DEPTH_MAX}`;
  if ((place.types.left -= 1) < 0) return `has more than ${TYPES_MAX} types`;
  const kind = isObject(candidate) ? candidate['kind'] : candidate;
  if (!isObject(candidate) || typeof kind !== 'string' || !Object.hasOwn(PARTS, kind))
    return `${subject}must have a type, such as int32, string or list(float64), not ${shown(kind)}`;
  const parts = PARTS[kind as ColumnType['kind']];
  const unknown = Object.keys(candidate).find((name) => name !== 'kind' && !parts.includes(name));
  if (unknown !== undefined) return `${subject}has a type ${kind} with an unknown part ${JSON.stringify(unknown)}`;
  return partProblem(candidate, kind as ColumnType['kind'], subject, place);
}

function partProblem(
  type: { readonly [name: string]: unknown },
  kind: ColumnType['kind'],
  subject: string,
  place: Place,
): string | null {
  const inner = { ...place, depthLeft: place.depthLeft - 1 };
  switch (kind) {
    case 'list':
      return typeProblem(type['items'], { ...inner, path: `${place.path}[]` });
    case 'record':
      return fieldsProblem(type['fields'], subject, inner);
    case 'nullable':
      if (isObject(type['present']) && type['present']['kind'] === 'nullable') return `${subject}is nullable twice`;
      return typeProblem(type['present'], inner);
    default:
      return null;
  }
}

function fieldsProblem(fields: unknown, subject: string, place: Place): string | null {
  if (!isObject(fields) || Object.keys(fields).length === 0)
    return `${subject}must have fields: { name: type, … } with one at least`;
  for (const [name, type] of Object.entries(fields)) {
    const problem = nameProblem(name) ?? typeProblem(type, { ...place, path: pathOf(place.path, name) });
    if (problem !== null) return problem;
  }
  return null;
}

function nameProblem(name: string): string | null {
  if (name !== '' && name.length <= NAME_LENGTH_MAX && !/^\d/.test(name) && name !== '__proto__') return null;
  return `has a field ${shown(name)}: a name must be up to ${NAME_LENGTH_MAX} characters, begin with no digit and not be __proto__`;
}

/** Of a field in a record at a path; '': the record itself. */
export function pathOf(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

const SHOWN_LENGTH_MAX = 80;

/** What was found, short enough for a sentence. */
export function shown(found: unknown): string {
  if (typeof found === 'string')
    return JSON.stringify(found.length > SHOWN_LENGTH_MAX ? `${found.slice(0, SHOWN_LENGTH_MAX)}…` : found);
  if (found === undefined) return 'nothing';
  if (found === null || typeof found === 'boolean') return String(found);
  if (typeof found === 'number') return Object.is(found, -0) ? '-0' : String(found);
  if (typeof found === 'bigint') return `${found}n`;
  if (typeof found === 'object') return Array.isArray(found) ? 'a list' : 'an object';
  return `a ${typeof found}`;
}

// ---- As text

/** `{ key: int32, tags: list(string), note: nullable(string) }`: as its author wrote it. */
export function describeType(type: ColumnType): string {
  switch (type.kind) {
    case 'list':
      return `list(${describeType(type.items)})`;
    case 'nullable':
      return `nullable(${describeType(type.present)})`;
    case 'record': {
      const fields = Object.entries(type.fields).map(([name, field]) => `${nameAsText(name)}: ${describeType(field)}`);
      return `{ ${fields.join(', ')} }`;
    }
    default:
      return type.kind;
  }
}

function nameAsText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

// ---- Parts

/** The type at the end of a path of fields; null: there is none. */
export function typeAt(type: ColumnType, path: readonly string[]): ColumnType | null {
  let found: ColumnType = type;
  for (const name of path) {
    if (found.kind !== 'record' || !Object.hasOwn(found.fields, name)) return null;
    found = found.fields[name] as ColumnType;
  }
  return found;
}
