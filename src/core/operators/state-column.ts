// A column of keyed state: the values of many keys side by side. What kind it is follows from the values: numbers lie in typed arrays, objects of one
// shape as one column for each field, anything else as it is. A value that does not fit widens the column in place. What comes out is equal to what
// went in, -0, NaN and the order of fields included.
import { isInt64, type Value } from '../base/value.ts';

/** Plain data. `cells` holds a typed array with room for more rows, or a list that is as long as there are rows. */
export interface StateColumn {
  kind: 'int32' | 'float64' | 'boolean' | 'values' | 'fields';
  /** Those of `fields` are empty. */
  cells: Int32Array | Float64Array | Uint8Array | Value[];
  /** Of `fields`: the names, in their order. Frozen. */
  names: readonly string[];
  /** A column for each of them; none has fields itself. */
  fields: StateColumn[];
}

type Fields = Readonly<Record<string, Value>>;

/** Objects with more fields are kept as they are. */
export const FIELDS_MAX = 16;

const NO_NAMES: readonly string[] = Object.freeze([]);

/** A column that this value fits, with room for `capacity` rows, of which there are `rows`; what they hold is of no account. */
export function createColumn(value: Value, rows: number, capacity: number): StateColumn {
  if (isInt32(value)) return columnOf('int32', new Int32Array(capacity));
  if (typeof value === 'number') return columnOf('float64', new Float64Array(capacity));
  if (typeof value === 'boolean') return columnOf('boolean', new Uint8Array(capacity));
  const names = namesOfFlat(value);
  if (names === null) return columnOf('values', emptyCells(rows));
  const fields = names.map((name) => createColumn((value as Fields)[name] as Value, rows, capacity));
  return { kind: 'fields', cells: [], names, fields };
}

/** Lists of names that are shared; then it begins anew. */
const SHARED_NAMES_MAX = 512;

// millrace-lint-ignore module-state: which of two equal lists is used makes no difference but in speed, and it is bounded
const shared = new Map<string, readonly string[]>();

/** The same list for the same names, frozen: columns of one shape are told by it. */
export function sharedNames(names: readonly string[]): readonly string[] {
  const text = JSON.stringify(names);
  const known = shared.get(text);
  if (known !== undefined) return known;
  if (shared.size >= SHARED_NAMES_MAX) shared.clear();
  shared.set(text, Object.freeze(names));
  return names;
}

export function columnOf(kind: Exclude<StateColumn['kind'], 'fields'>, cells: StateColumn['cells']): StateColumn {
  return { kind, cells, names: NO_NAMES, fields: [] };
}

function emptyCells(rows: number): Value[] {
  const cells: Value[] = [];
  while (cells.length < rows) cells.push(null);
  return cells;
}

/** The names of its fields, if it is an object of scalars; else null. */
function namesOfFlat(value: Value): readonly string[] | null {
  if (!isPlainObject(value)) return null;
  const names = Object.keys(value);
  if (names.length === 0 || names.length > FIELDS_MAX || names.includes('__proto__')) return null; // that name cannot be assigned to
  return names.every((name) => isScalar(value[name])) ? sharedNames(names) : null;
}

function isPlainObject(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null)
    return true;
  return typeof value === 'bigint' && isInt64(value);
}

/** -0 is none. */
function isInt32(value: unknown): value is number {
  return typeof value === 'number' && Object.is(value | 0, value);
}

// ---- Cells

export function getCell(column: StateColumn, row: number): Value {
  switch (column.kind) {
    case 'int32':
      return (column.cells as Int32Array)[row] as number;
    case 'float64':
      return (column.cells as Float64Array)[row] as number;
    case 'boolean':
      return (column.cells as Uint8Array)[row] === 1;
    case 'values':
      return (column.cells as Value[])[row] as Value;
    case 'fields':
      return objectAt(column, row);
  }
}

/** Literals for the few fields that most objects have: assigning them one by one takes twice as long. */
function objectAt({ names, fields }: StateColumn, row: number): Value {
  const first = getCell(fields[0] as StateColumn, row);
  const [one, two, three] = names as readonly [string, string, string];
  if (names.length === 1) return { [one]: first };
  const second = getCell(fields[1] as StateColumn, row);
  if (names.length === 2) return { [one]: first, [two]: second };
  const third = getCell(fields[2] as StateColumn, row);
  const object: Record<string, Value> = { [one]: first, [two]: second, [three]: third };
  for (let index = 3; index < names.length; index++)
    object[names[index] as string] = getCell(fields[index] as StateColumn, row);
  return object;
}

/**
 * Stores a value in a row that is there. False: it does not fit, and nothing was changed. What is no value fits no column but one of `values`, which
 * takes anything.
 */
export function setCell(column: StateColumn, row: number, value: Value): boolean {
  if (column.kind === 'fields') return setFields(column, row, value);
  if (!fitsCell(column, value)) return false;
  putCell(column, row, value);
  return true;
}

function fitsCell({ kind }: StateColumn, value: Value): boolean {
  switch (kind) {
    case 'int32':
      return isInt32(value);
    case 'float64':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return true;
  }
}

function putCell({ kind, cells }: StateColumn, row: number, value: Value): void {
  switch (kind) {
    case 'int32':
      // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
      (cells as Int32Array)[row] = value as number;
      break;
    case 'float64':
      // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
      (cells as Float64Array)[row] = Number.isNaN(value) ? Number.NaN : (value as number); // NaN has many forms, and this is hashed
      break;
    case 'boolean':
      // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
      (cells as Uint8Array)[row] = value === true ? 1 : 0;
      break;
    default:
      // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
      (cells as Value[])[row] = value;
  }
}

// millrace-lint-ignore module-state: scratch, written and read within one call
const found: Value[] = emptyCells(FIELDS_MAX);

/** All fields are looked at before the first one is stored. */
function setFields({ names, fields }: StateColumn, row: number, value: Value): boolean {
  if (!isPlainObject(value)) return false;
  let at = 0;
  // millrace-lint-ignore order: the order of the fields is compared, as it is part of the value
  for (const name in value) {
    if (name !== names[at]) return false;
    const field = value[name] as Value;
    if (!isScalar(field) || !fitsCell(fields[at] as StateColumn, field)) return false;
    found[at] = field;
    at += 1;
  }
  if (at !== names.length) return false;
  for (let index = 0; index < at; index++) putCell(fields[index] as StateColumn, row, found[index] as Value);
  return true;
}

// ---- Widening

/** Makes the column one that this value fits. What its rows hold stays equal. */
export function widenColumn(column: StateColumn, rows: number, value: Value): void {
  if (column.kind === 'fields' && hasFields(column, value)) widenFields(column, rows, value as Fields);
  else if (column.kind === 'int32' && typeof value === 'number') {
    // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
    column.kind = 'float64';
    // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
    column.cells = Float64Array.from(column.cells as Int32Array);
  } else toValues(column, rows);
}

function hasFields({ names }: StateColumn, value: Value): boolean {
  const others = namesOfFlat(value);
  return others !== null && others.length === names.length && others.every((name, index) => name === names[index]);
}

function widenFields({ names, fields }: StateColumn, rows: number, value: Fields): void {
  for (const [index, name] of names.entries()) {
    const field = fields[index] as StateColumn;
    if (!fitsCell(field, value[name] as Value)) widenColumn(field, rows, value[name] as Value);
  }
}

/** Objects that are made here are frozen: whatever keeps the column as it was shares them. */
function toValues(column: StateColumn, rows: number): void {
  const cells: Value[] = [];
  for (let row = 0; row < rows; row++) {
    const value = getCell(column, row);
    cells.push(column.kind === 'fields' ? Object.freeze(value as Fields) : value);
  }
  // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
  column.kind = 'values';
  // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
  column.cells = cells;
  // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
  column.names = NO_NAMES;
  // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
  column.fields = [];
}

// ---- Rows

/** Makes room for this many rows, or takes it away: no row lies behind it. */
export function resizeColumn(column: StateColumn, capacity: number): void {
  for (const field of column.fields) resizeColumn(field, capacity);
  const { cells } = column;
  // millrace-lint-ignore outside-state: the column is part of the state, which the linter loses on its way down the fields
  if (!Array.isArray(cells)) column.cells = resized(cells, capacity);
}

export function resized<T extends Int32Array | Float64Array | Uint8Array>(cells: T, capacity: number): T {
  const other = new (cells.constructor as new (length: number) => T)(capacity);
  other.set(cells.length > capacity ? cells.subarray(0, capacity) : cells);
  return other;
}

/** Adds a row behind the others: zeros, or null. There is room. */
export function appendCell(column: StateColumn): void {
  if (column.kind === 'values') (column.cells as Value[]).push(null);
  else if (column.kind === 'fields') for (const field of column.fields) appendCell(field);
}

/** The row holds nothing any more: no trace of what it held is left. */
export function clearCell(column: StateColumn, row: number): void {
  for (const field of column.fields) clearCell(field, row);
  if (column.kind === 'values') column.cells[row] = null as never;
  else if (column.kind !== 'fields') column.cells[row] = 0;
}

/** The last row takes the place of another one, and is no more. */
export function moveLastCell(column: StateColumn, last: number, row: number): void {
  for (const field of column.fields) moveLastCell(field, last, row);
  if (column.kind === 'fields') return;
  const { cells } = column;
  cells[row] = cells[last] as never;
  if (Array.isArray(cells)) cells.pop();
  else cells[last] = 0;
}

/** A copy of the rows from one to before another; the values in it are shared. */
export function sliceColumn(column: StateColumn, from: number, to: number): StateColumn {
  const fields = column.fields.map((field) => sliceColumn(field, from, to));
  const cells = column.kind === 'fields' ? [] : column.cells.slice(from, to);
  return { kind: column.kind, cells, names: column.names, fields };
}

/** Writes the rows of a column of the same kind over those from `at` on. */
export function pasteColumn(column: StateColumn, at: number, rows: StateColumn): void {
  for (let index = 0; index < column.fields.length; index++)
    pasteColumn(column.fields[index] as StateColumn, at, rows.fields[index] as StateColumn);
  const { cells } = column;
  if (!Array.isArray(cells)) cells.set(rows.cells as typeof cells, at);
  else for (let index = 0; index < rows.cells.length; index++) cells[at + index] = rows.cells[index] as Value;
}

/** The column of these values, one behind the other. */
export function columnFrom(values: Value[]): StateColumn {
  if (values.every((value) => isInt32(value))) return columnOf('int32', Int32Array.from(values));
  if (values.every((value) => typeof value === 'number')) return columnOf('float64', Float64Array.from(values));
  const column = createColumn(values[0] ?? null, 0, values.length);
  for (const [row, value] of values.entries()) {
    appendCell(column);
    if (setCell(column, row, value)) continue;
    widenColumn(column, row + 1, value);
    setCell(column, row, value);
  }
  return column;
}
