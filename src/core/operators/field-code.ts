// Code for objects that lie in columns of keyed state, a field in each. Code that has the names of the fields as literals reads and stores them several
// times as fast as code that is told them, so it is generated once for each list of names. `getCell` and `setCell` do the same without it.
import type { Value } from '../base/value.ts';
import { getCell, setCell, type StateColumn } from './state-column.ts';

/** Both take a column of `fields` with the names that the code was made for; of which kinds its fields are may change. */
export interface FieldCode {
  readonly read: (column: StateColumn, row: number) => Value;
  /** As `setCell`: false if the value does not fit, and nothing was changed. */
  readonly store: (column: StateColumn, row: number, value: Value) => boolean;
}

/** Does it for any names. */
export const PLAIN_FIELDS: FieldCode = { read: getCell, store: setCell };

/** Objects of a shape before code is generated for it: it costs as much as some hundred of them. */
const GENERATED_FROM = 256;

interface Shape {
  code: FieldCode;
  objects: number;
}

// millrace-lint-ignore module-state: a memo of a pure function of the names, which goes with them
const shapes = new WeakMap<readonly string[], Shape>();

/** The code for the next object with fields of these names: the list is frozen, and the same for all columns of a shape. */
export function fieldCodeOf(names: readonly string[]): FieldCode {
  let shape = shapes.get(names);
  if (shape === undefined) shapes.set(names, (shape = { code: PLAIN_FIELDS, objects: 0 }));
  shape.objects += 1;
  if (shape.objects === GENERATED_FROM) shape.code = generatedFields(names) ?? PLAIN_FIELDS;
  return shape.code;
}

/** Null where the host generates none. */
export function generatedFields(names: readonly string[]): FieldCode | null {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the names are literals of JSON
    const make = new Function('plain', bodyFor(names)) as (plain: unknown) => FieldCode | null;
    return make(Object.prototype);
  } catch {
    return null;
  }
}

/**
 * Each kind of a field has an access of its own, which so meets one kind of cells. `__proto__` and names as literals in a row are what V8 looks at within
 * the code itself: with `Object.getPrototypeOf` and a list of names, storing two numbers takes half as long again. Hosts that have no `__proto__` get none.
 */
function bodyFor(names: readonly string[]): string {
  const isOther = names.map((name, at) => `at === ${at} ? name !== ${JSON.stringify(name)} : `).join('');
  const each = (text: (at: number, name: string) => string): string =>
    names.map((name, at) => text(at, JSON.stringify(name))).join('\n');
  return `'use strict';
if ({}.__proto__ !== plain) return null;
function read({ fields }, row) {
  ${each((at) => `const f${at} = fields[${at}], k${at} = f${at}.kind;`)}
  return {
    ${each((at, name) => `${name}: k${at} === 'int32' ? f${at}.cells[row] : k${at} === 'float64' ? f${at}.cells[row] : k${at} === 'boolean' ? f${at}.cells[row] === 1 : f${at}.cells[row],`)}
  };
}
function isScalar(value) {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
}
function store({ fields }, row, value) {
  if (typeof value !== 'object' || value === null || value.__proto__ !== plain) return false;
  let at = 0;
  for (const name in value) {
    if (${isOther}true) return false;
    at += 1;
  }
  if (at !== ${names.length}) return false;
  ${each(
    (at, name) => `const f${at} = fields[${at}], k${at} = f${at}.kind, v${at} = value[${name}];
  if (k${at} === 'int32' ? typeof v${at} !== 'number' || (v${at} | 0) !== v${at} || (v${at} === 0 && 1 / v${at} < 0)
    : k${at} === 'float64' ? typeof v${at} !== 'number'
    : k${at} === 'boolean' ? typeof v${at} !== 'boolean'
    : !isScalar(v${at})) return false;`,
  )}
  ${each(
    (at) => `if (k${at} === 'int32') f${at}.cells[row] = v${at};
  else if (k${at} === 'float64') f${at}.cells[row] = v${at} === v${at} ? v${at} : NaN;
  else if (k${at} === 'boolean') f${at}.cells[row] = v${at} ? 1 : 0;
  else f${at}.cells[row] = v${at};`,
  )}
  return true;
}
return { read, store };`;
}
