// From objects of one shape to columns, and back. Code that knows the names of the fields does both several times as fast as code that is told them, so it
// is generated once for each shape; where a host generates none, or a shape has too many fields, a plain loop does the same.
import type { Value } from '../base/value.ts';

type Items = ArrayLike<Value>;
type Fields = Readonly<Record<string, Value>>;

export interface ShapeCode {
  /** The objects, from a column for each field. */
  readonly make: (columns: readonly Items[], count: number) => Value[];
  /** The values of each field, in order. */
  readonly take: (rows: readonly Fields[]) => Value[][];
}

/** Shapes that are remembered; then it begins anew. */
const SHAPES_MAX = 512;
/** Objects of a shape before code is generated for it: where names of fields are data, a shape comes once, and code costs as much as some hundred objects. */
const GENERATED_FROM = 256;
const FIELDS_MAX = 64;

// millrace-lint-ignore module-state: only a memory of what is true anyway, and bounded
const known = new Map<string, KnownShape>();

interface KnownShape {
  readonly names: readonly string[];
  readonly kinds: string;
  code: ShapeCode;
  objects: number;
}

/** `names` has no `__proto__`. */
export function makeRows(names: readonly string[], columns: readonly Items[], count: number): Value[] {
  let kinds = '';
  for (let index = 0; index < columns.length; index++) kinds += letterOf(columns[index] as Items);
  return shapeCodeOf(names, kinds, count).make(columns, count);
}

export function takeFields(names: readonly string[], rows: readonly Fields[]): Value[][] {
  return shapeCodeOf(names, '', rows.length).take(rows);
}

/** One for each kind of columns too, so that its accesses meet one kind. */
function shapeCodeOf(names: readonly string[], kinds: string, objects: number): ShapeCode {
  if (names.length > FIELDS_MAX) return plainCode(names); // so many may be data, and would be remembered
  if (kinds !== last.kinds || !areSame(names, last.names)) last = rememberedShape(names, kinds);
  if (last.objects < GENERATED_FROM && last.objects + objects >= GENERATED_FROM)
    last.code = generatedCode(names) ?? last.code;
  last.objects += objects;
  return last.code;
}

// millrace-lint-ignore module-state: most often the next one, and only a memory
let last: KnownShape = { names: [], kinds: '', code: plainCode([]), objects: 0 };

function areSame(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index++) if (names[index] !== others[index]) return false;
  return true;
}

function rememberedShape(names: readonly string[], kinds: string): KnownShape {
  const text = JSON.stringify(names) + kinds;
  let shape = known.get(text);
  if (shape === undefined) {
    if (known.size >= SHAPES_MAX) known.clear();
    known.set(text, (shape = { names: [...names], kinds, code: plainCode(names), objects: 0 }));
  }
  return shape;
}

function letterOf(items: Items): string {
  if (items instanceof Int32Array) return 'i';
  if (items instanceof Float64Array) return 'f';
  return (items as unknown) instanceof BigInt64Array ? 'l' : 'v';
}

/** What a field of a value holds; undefined if it has none. Of code that knows the name, each field has its own memory of the shapes that it met. */
export function fieldReader(name: string): (value: Value) => unknown {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the name is a literal of JSON
    return new Function(
      'value',
      `'use strict'; return value === null ? undefined : value[${JSON.stringify(name)}];`,
    ) as (value: Value) => unknown;
  } catch {
    return plainReader(name);
  }
}

export function plainReader(name: string): (value: Value) => unknown {
  return (value) => (value === null ? undefined : (value as Fields)[name]);
}

/** Null where there can be none. */
export function generatedCode(names: readonly string[]): ShapeCode | null {
  if (names.length > FIELDS_MAX) return null;
  const quoted = names.map((name) => JSON.stringify(name));
  try {
    /* oxlint-disable typescript/no-implied-eval -- the names are literals of JSON */
    const make = new Function('columns', 'count', makingBody(quoted)) as ShapeCode['make'];
    const take = new Function('rows', takingBody(quoted)) as ShapeCode['take'];
    /* oxlint-enable typescript/no-implied-eval */
    return { make, take };
  } catch {
    return null; // the host allows none
  }
}

function makingBody(names: readonly string[]): string {
  return `'use strict';
const ${names.map((_, at) => `c${at} = columns[${at}]`).join(', ')};
const rows = new Array(count);
for (let index = 0; index < count; index++) rows[index] = { ${names.map((name, at) => `${name}: c${at}[index]`).join(', ')} };
return rows;`;
}

function takingBody(names: readonly string[]): string {
  return `'use strict';
const count = rows.length;
const ${names.map((_, at) => `f${at} = new Array(count)`).join(', ')};
for (let index = 0; index < count; index++) {
  const row = rows[index];
  ${names.map((name, at) => `f${at}[index] = row[${name}];`).join('\n  ')}
}
return [${names.map((_, at) => `f${at}`).join(', ')}];`;
}

export function plainCode(names: readonly string[]): ShapeCode {
  const template: Record<string, Value> = {};
  for (const name of names) template[name] = null;
  return {
    make: (columns, count) => {
      const rows: Value[] = [];
      for (let index = 0; index < count; index++) {
        const row = { ...template }; // the quickest way to many of a shape that is known at run time only
        for (let at = 0; at < names.length; at++) row[names[at] as string] = (columns[at] as Items)[index] as Value;
        rows.push(row);
      }
      return rows;
    },
    take: (rows) => names.map((name) => rows.map((row) => row[name] as Value)),
  };
}
