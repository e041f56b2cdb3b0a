// The code of views. Code that has the fields as accesses of its own reads them as fast as a loop over arrays does, so it is generated for each view;
// where a host generates none, or a shape has too many fields, closures do the same.
import type { Value } from '../base/value.ts';
import { valuesOf, type Column, type RecordColumn } from './column.ts';
import { defineField, viewConstructor, withCopy } from './view-object.ts';

const FIELDS_MAX = 64;

export interface RowView {
  /** The view: the record at the place. */
  readonly row: Value;
  /** It shows records of this column from here on, which is of the shape that it was made for; null: nothing. */
  readonly show: (column: RecordColumn | null) => void;
  /** An object that is equal to what it shows. */
  readonly copy: () => Value;
}

/** Which record of their columns views show. */
export interface ViewPlace {
  index: number;
}

/** How the values of a field lie, a letter each; views of one shape have the same for all fields. */
export type FieldSort =
  | 'i' // numbers in an Int32Array
  | 'f' // in a Float64Array
  | 'l' // bigints in a BigInt64Array
  | 'v' // in a list, as they are
  | 'b' // booleans
  | 'm' // made of their column when the first one of a batch is asked for
  | 'r'; // records, which have a view of their own

export function sortOf(column: Column): FieldSort {
  switch (column.kind) {
    case 'int32':
    case 'float64':
      return sortOfNumbers(column.values);
    case 'int64':
      return column.values instanceof BigInt64Array ? 'l' : 'v';
    case 'boolean':
      return 'b';
    case 'record':
      return 'r';
    case 'list':
    case 'nullable':
      return 'm';
    default:
      return 'v';
  }
}

function sortOfNumbers(values: ArrayLike<number>): FieldSort {
  if (values instanceof Int32Array) return 'i';
  return values instanceof Float64Array ? 'f' : 'v';
}

/** What a view reads a field of. */
export function itemsOf(column: Column): ArrayLike<unknown> | null {
  return column.kind === 'record' || column.kind === 'list' || column.kind === 'nullable' ? null : column.values;
}

/** Views of the fields that are records; null: the others. */
function viewsWithin({ fields }: RecordColumn, view: (column: RecordColumn) => RowView): readonly (RowView | null)[] {
  return fields.map((field) => (field.kind === 'record' ? view(field) : null));
}

/** Null where there can be none. */
export function generatedView(column: RecordColumn, place: ViewPlace): RowView | null {
  const { names, fields } = column;
  if (names.length > FIELDS_MAX) return null;
  const quoted = names.map((name) => JSON.stringify(name));
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the names are literals of JSON
    const make = new Function(
      'place',
      'inner',
      'itemsOf',
      'valuesOf',
      'defineField',
      'viewConstructor',
      'withCopy',
      bodyOf(quoted, fields.map(sortOf)),
    ) as (...given: readonly unknown[]) => RowView;
    const inner = viewsWithin(column, (field) => generatedView(field, place) ?? plainView(field, place));
    return make(place, inner, itemsOf, valuesOf, defineField, viewConstructor, withCopy);
  } catch {
    return null;
  }
}

function bodyOf(names: readonly string[], sorts: readonly FieldSort[]): string {
  const each = (text: (at: number, sort: FieldSort) => string): string =>
    sorts.map((sort, at) => text(at, sort)).join('\n');
  return `'use strict';
let ${names.map((_, at) => `c${at}, k${at}`).join(', ')};
${each((at, sort) => (sort === 'r' ? `const r${at} = inner[${at}];` : ''))}
const View = viewConstructor((view) => {
  ${each((at, sort) => `defineField(view, ${names[at]}, () => ${readText(at, sort)});`)}
});
function copy() {
  return { ${names.map((name, at) => `${name}: ${copyText(at, sorts[at] as FieldSort)}`).join(', ')} };
}
return {
  row: withCopy(new View(), copy),
  show(column) {
    const fields = column === null ? null : column.fields;
    ${each((at, sort) => showText(at, sort))}
  },
  copy,
};`;
}

function readText(at: number, sort: FieldSort): string {
  if (sort === 'r') return `r${at}.row`;
  if (sort === 'b') return `c${at}[place.index] === 1`;
  if (sort === 'm') return `(c${at} ??= valuesOf(k${at}))[place.index]`;
  return `c${at}[place.index]`;
}

function copyText(at: number, sort: FieldSort): string {
  return sort === 'r' ? `r${at}.copy()` : readText(at, sort);
}

function showText(at: number, sort: FieldSort): string {
  const field = `fields === null ? null : fields[${at}]`;
  if (sort === 'r') return `r${at}.show(${field});`;
  if (sort === 'm') return `c${at} = null; k${at} = ${field};`;
  return `c${at} = fields === null ? null : itemsOf(fields[${at}]);`;
}

/** The same without generated code. */
export function plainView(column: RecordColumn, place: ViewPlace): RowView {
  const { names } = column;
  const inner = viewsWithin(column, (field) => plainView(field, place));
  let shown: RecordColumn | null = null;
  const made: (readonly Value[] | null)[] = names.map(() => null);
  const read = (at: number): unknown => {
    const field = (shown as RecordColumn).fields[at] as Column;
    if (field.kind === 'record') return (inner[at] as RowView).row;
    const value = (itemsOf(field) ?? (made[at] ??= valuesOf(field)))[place.index];
    return field.kind === 'boolean' ? value === 1 : value;
  };
  const View = viewConstructor((view) => {
    for (const [at, name] of names.entries()) defineField(view, name, () => read(at));
  });
  return {
    row: new View() as Value,
    show: (next) => {
      shown = next;
      made.fill(null);
      for (const [at, view] of inner.entries()) view?.show(next === null ? null : (next.fields[at] as RecordColumn));
    },
    copy: () => Object.fromEntries(names.map((name, at) => [name, inner[at]?.copy() ?? read(at)])) as Value,
  };
}
