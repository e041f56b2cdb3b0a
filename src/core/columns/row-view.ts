// Views of the records of a column: one object that shows one record after the other. It has the fields of the record as accessors of its own, so that
// `{ ...row }`, `Object.keys`, `JSON.stringify` and `structuredClone` give what the record itself gives, and no object is made for each. Whoever keeps
// one copies it.
import { isValue, VALUE_DEPTH_MAX, type Value } from '../base/value.ts';
import { columnLength, type Column, type RecordColumn } from './column.ts';
import { generatedView, plainView, sortOf, type RowView, type ViewPlace } from './view-code.ts';
import { copyOfView, isRowView } from './view-object.ts';

/** Shapes that are remembered; then it begins anew. */
const SHAPES_MAX = 16;
/** Records of a shape before code is generated for it: it costs as much as some hundred of them. */
const GENERATED_FROM = 256;

interface Shape {
  view: RowView;
  records: number;
}

/** The views of one function: it mostly meets records of one shape. */
export class RowViews {
  readonly place: ViewPlace = { index: 0 };
  /** The one whose records came last, if its code is generated and it is flat; and by what it is told. */
  #last: RowView | null = null;
  #names: readonly string[] = [];
  #sorts = '';
  readonly #shapes = new Map<string, Shape>();

  /** The view of this column: it shows the record at the place. */
  show(column: RecordColumn): RowView {
    const sorts = sortsOf(column);
    const isLast = this.#last !== null && sorts === this.#sorts && areSame(column.names, this.#names);
    const view = isLast ? (this.#last as RowView) : this.#meet(column, sorts);
    view.show(column);
    return view;
  }

  #meet(column: RecordColumn, sorts: string): RowView {
    const shape = this.#shapeOf(column);
    const before = shape.records;
    shape.records += columnLength(column);
    if (shape.records < GENERATED_FROM) return shape.view;
    if (before < GENERATED_FROM) shape.view = generatedView(column, this.place) ?? shape.view;
    // millrace-lint-ignore outside-state: most often the next one, and only a memory
    this.#last = sorts.includes('r') ? null : shape.view; // the names of records in it count as well
    // millrace-lint-ignore outside-state: most often the next one, and only a memory
    this.#names = column.names;
    // millrace-lint-ignore outside-state: most often the next one, and only a memory
    this.#sorts = sorts;
    return shape.view;
  }

  #shapeOf(column: RecordColumn): Shape {
    const text = shapeText(column);
    let shape = this.#shapes.get(text);
    if (shape === undefined) {
      if (this.#shapes.size >= SHAPES_MAX) this.#shapes.clear();
      this.#shapes.set(text, (shape = { view: plainView(column, this.place), records: 0 }));
    }
    return shape;
  }

  /** Nothing of a batch is kept: what a view shows from here on is nothing. */
  clear(): void {
    for (const { view } of this.#shapes.values()) view.show(null);
    this.#last?.show(null);
  }
}

function sortsOf({ fields }: RecordColumn): string {
  let sorts = '';
  for (let index = 0; index < fields.length; index++) sorts += sortOf(fields[index] as Column);
  return sorts;
}

function areSame(names: readonly string[], others: readonly string[]): boolean {
  if (names === others) return true;
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index++) if (names[index] !== others[index]) return false;
  return true;
}

function shapeText({ names, fields }: RecordColumn): string {
  const inner = fields.map((field) => (field.kind === 'record' ? shapeText(field) : sortOf(field)));
  return JSON.stringify([names, inner]);
}

/** Data with copies of the views in it; what holds none is given back as it is. Undefined: it is no data. */
export function valueOfViews(candidate: unknown, depthLeft = VALUE_DEPTH_MAX): Value | undefined {
  if (isValue(candidate)) return candidate;
  if (typeof candidate !== 'object' || candidate === null || depthLeft === 0) return undefined;
  if (Array.isArray(candidate)) return itemsWithout(candidate, depthLeft - 1);
  const prototype: unknown = Object.getPrototypeOf(candidate);
  if (isRowView(candidate)) return copyOfView(candidate) ?? fieldsWithout(candidate, depthLeft - 1);
  const hasFields = prototype === Object.prototype || prototype === null;
  return hasFields ? fieldsWithout(candidate, depthLeft - 1) : undefined;
}

function itemsWithout(candidate: readonly unknown[], depthLeft: number): Value | undefined {
  const items: Value[] = [];
  for (let index = 0; index < candidate.length; index++) {
    const item = valueOfViews(candidate[index], depthLeft);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function fieldsWithout(candidate: object, depthLeft: number): Value | undefined {
  const fields: [string, Value][] = [];
  for (const [name, held] of Object.entries(candidate)) {
    const value = valueOfViews(held, depthLeft);
    if (value === undefined) return undefined;
    fields.push([name, value]);
  }
  return Object.fromEntries(fields);
}
