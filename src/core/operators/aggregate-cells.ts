// What built-in aggregates remember of the records of a key, cell by cell. A cell is named by what it holds, `sum(price)`: aggregates that need the same
// share it, and state is found again whatever the aggregates are called.
import { isInt64, type KeyPart, type Value } from '../base/value.ts';
import type { AggregateKind, NamedAggregate } from '../graph/aggregates.ts';
import { readerOf } from '../graph/field-path.ts';
import { describeAnswer } from './answers.ts';
import { addDistinct, DISTINCT_VALUES_MAX, isDistinctValues, NO_VALUES } from './distinct-values.ts';
import { UserCodeError } from './user-code-error.ts';
import { compareOrdered } from './value-order.ts';

/** An avg is a sum and a count. */
type CellKind = Exclude<AggregateKind, 'avg'>;

export interface Cell {
  readonly name: string;
  /** What it holds behind the first record of a key. */
  readonly begin: (record: Value) => Value;
  /** What it holds behind one record more. Undefined before: the state that was restored has no such cell. */
  readonly step: (before: Value | undefined, record: Value) => Value;
}

/** Reads a field, throws if it holds what the cell cannot take. */
type Read<V extends Value = Value> = (record: Value) => V;

export function cellName(of: CellKind, field: string | undefined): string {
  return `${of}(${field ?? ''})`;
}

/** The names of the cells that an aggregate needs. */
export function cellsOf({ of, field }: NamedAggregate): readonly string[] {
  return of === 'avg' ? [cellName('sum', field), cellName('count', undefined)] : [cellName(of, field)];
}

/** What a cell is of, that one of these aggregates needs. */
export interface NeededCell {
  readonly name: string;
  readonly of: CellKind;
  readonly field: string | undefined;
}

/** What all these aggregates need, each once, in the order in which it is needed first. */
export function neededCells(aggregates: readonly NamedAggregate[]): readonly NeededCell[] {
  const needed = aggregates.flatMap(({ of, field }): (readonly [CellKind, string | undefined])[] =>
    of === 'avg'
      ? [
          ['sum', field],
          ['count', undefined],
        ]
      : [[of, field]],
  );
  const byName = new Map(needed.map(([of, field]) => [cellName(of, field), [of, field] as const]));
  return [...byName].map(([name, [of, field]]) => ({ name, of, field }));
}

/** The cells of all these aggregates, each once, in the order in which they are needed first. */
export function createCells(operator: string, aggregates: readonly NamedAggregate[]): readonly Cell[] {
  return neededCells(aggregates).map(({ name, of, field }) => createCell(operator, name, of, field));
}

function createCell(operator: string, name: string, of: CellKind, field: string | undefined): Cell {
  const place = { operator, name, field };
  switch (of) {
    case 'count':
      return { name, begin: () => 1, step: (before) => numberIn(place, before) + 1 };
    case 'sum':
      return createSum(place);
    case 'min':
    case 'max':
      return createExtreme(place, of === 'min' ? -1 : 1);
    case 'minBy':
    case 'maxBy':
      return createExtremeRecord(place, of === 'minBy' ? -1 : 1);
    case 'first': {
      const read = readAny(place);
      return { name, begin: read, step: (before, record) => (read(record), kept(place, before)) };
    }
    case 'last': {
      const read = readAny(place);
      return { name, begin: read, step: (before, record) => (kept(place, before), read(record)) };
    }
    case 'countDistinct':
      return createDistinct(place);
  }
}

/** Where a cell is: for its reader, and for errors. */
interface CellPlace {
  readonly operator: string;
  readonly name: string;
  readonly field: string | undefined;
}

function createSum(place: CellPlace): Cell {
  const read = readSummand(place);
  return {
    name: place.name,
    begin: (record) => {
      const first = read(record);
      return typeof first === 'number' ? 0 + first : first;
    },
    step: (before, record) => {
      const next = read(record);
      if (typeof next === 'number' && typeof before === 'number') return before + next;
      return int64Sum(place, before, next);
    },
  };
}

/** Numbers and int64s make no sum together: a double would lose digits, and an int64 fractions. */
function int64Sum(place: CellPlace, before: Value | undefined, next: number | bigint): bigint {
  if (typeof before !== 'number' && typeof before !== 'bigint') throw lost(place);
  if (typeof before !== 'bigint' || typeof next !== 'bigint') throw failed(place, otherType(place, next, before));
  const sum = before + next;
  if (isInt64(sum)) return sum;
  throw failed(place, `its sum is ${sum}, beyond 64 bits (-2^63 to 2^63 - 1)`);
}

type Side = -1 | 1;

/** The least or the greatest. */
function createExtreme(place: CellPlace, side: Side): Cell {
  const read = readOrdered(place);
  return {
    name: place.name,
    begin: read,
    step: (before, record) => {
      const next = read(record);
      return isBeyond(place, side, next, kept(place, before)) ? next : (before as Value);
    },
  };
}

/** The record with the least or the greatest. */
function createExtremeRecord(place: CellPlace, side: Side): Cell {
  const read = readOrdered(place);
  const readKept = readerOf(place.field as string);
  return {
    name: place.name,
    begin: (record) => (read(record), record),
    step: (before, record) => {
      const next = read(record);
      const last = kept(place, readKept(kept(place, before)) as Value | undefined);
      return isBeyond(place, side, next, last) ? record : (before as Value);
    },
  };
}

/** Strictly: the first of several stays. */
function isBeyond(place: CellPlace, side: Side, next: KeyPart, last: Value): boolean {
  if (typeof next === typeof last) return compareOrdered(next, last as KeyPart) * side > 0;
  throw failed(place, otherType(place, next, last));
}

function otherType({ field }: CellPlace, next: KeyPart, last: Value): string {
  return `its field "${field}" holds ${describeAnswer(next)}, expected a ${typeof last} as before`;
}

function createDistinct(place: CellPlace): Cell {
  const read = readScalar(place);
  return {
    name: place.name,
    begin: (record) => addDistinct(NO_VALUES, read(record)) as unknown as Value,
    step: (before, record) => {
      if (!isDistinctValues(before)) throw lost(place);
      const after = addDistinct(before, read(record));
      if (after.size > DISTINCT_VALUES_MAX)
        throw failed(place, `its key has more than ${DISTINCT_VALUES_MAX} different values there`);
      return after as unknown as Value;
    },
  };
}

// ---- What a record holds

function readSummand(place: CellPlace): Read<number | bigint> {
  const read = readerOf(place.field as string);
  return (record) => {
    const found = read(record);
    if (typeof found === 'number' || typeof found === 'bigint') return found;
    throw unfit(place, found, 'a number');
  };
}

function readOrdered(place: CellPlace): Read<number | bigint | string> {
  const read = readerOf(place.field as string);
  return (record) => {
    const found = read(record);
    if (typeof found === 'number' || typeof found === 'string' || typeof found === 'bigint') return found;
    throw unfit(place, found, 'a number or a string');
  };
}

function readScalar(place: CellPlace): Read<KeyPart> {
  const read = readerOf(place.field as string);
  return (record) => {
    const found = read(record);
    if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') return found;
    if (typeof found === 'bigint') return found;
    throw unfit(place, found, 'a string, a number or a boolean');
  };
}

/** Without a field, the record. */
function readAny(place: CellPlace): Read {
  if (place.field === undefined) return (record) => record;
  const read = readerOf(place.field);
  return (record) => {
    const found = read(record);
    if (found !== undefined) return found as Value;
    throw unfit(place, found, 'a value');
  };
}

// ---- What the state holds

function numberIn(place: CellPlace, before: Value | undefined): number {
  if (typeof before === 'number') return before;
  throw lost(place);
}

function kept(place: CellPlace, before: Value | undefined): Value {
  if (before !== undefined) return before;
  throw lost(place);
}

/** Its job went on from state of another version of it. */
function lost({ operator, name }: CellPlace): UserCodeError {
  return new UserCodeError(operator, `has no ${name} in the state of this key: other aggregates wrote it`);
}

function unfit(place: CellPlace, found: unknown, expected: string): UserCodeError {
  const { field } = place;
  return found === undefined
    ? failed(place, `the record has no field "${field}"`)
    : failed(place, `its field "${field}" holds ${describeAnswer(found)}, expected ${expected}`);
}

function failed({ operator, name }: CellPlace, problem: string): UserCodeError {
  return new UserCodeError(operator, `has no ${name}: ${problem}`);
}
