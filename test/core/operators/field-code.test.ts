// Code for the names of a shape beside the code that is told them: the same values come out, the same are refused, and the columns are the same bit for bit.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloneState, hashState } from '../../../src/core/base/state.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { CellAccess } from '../../../src/core/operators/cell-access.ts';
import { fieldCodeOf, generatedFields, PLAIN_FIELDS } from '../../../src/core/operators/field-code.ts';
import {
  createColumn,
  getCell,
  setCell,
  sharedNames,
  widenColumn,
  type StateColumn,
} from '../../../src/core/operators/state-column.ts';
import { anyNumber, anyText, anyValue, record } from '../base/values.ts';

const ROWS = 4;

const whole = fc.integer({ min: -3, max: 2 ** 31 });
const scalar: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: whole },
  anyNumber,
  fc.constantFrom(-0, Number.NaN, Infinity, 2 ** 31 - 1, -(2 ** 31)),
  fc.boolean(),
  anyText,
  fc.constant(null),
);
/** Names that code must not take for its own, and such as come first in every object. */
const nameLists = fc.uniqueArray(
  fc.constantFrom(
    'count',
    'sum',
    'value',
    'row',
    'fields',
    'constructor',
    'toString',
    "a'b",
    'a\nb',
    'ü',
    '1',
    '',
    '${x}',
  ),
  { minLength: 1, maxLength: 5 },
);

function objectOf(names: readonly string[], values: readonly Value[]): Value {
  return Object.fromEntries(names.map((name, at) => [name, values[at] as Value]));
}

/** Mostly of one shape. */
const stepsOf = (names: readonly string[]): fc.Arbitrary<readonly (readonly [row: number, value: unknown])[]> => {
  const size = { minLength: names.length, maxLength: names.length };
  const alike = fc.array(scalar, size).map((values) => objectOf(names, values));
  const other = fc.oneof(
    anyValue,
    fc.array(scalar, size).map((values) => objectOf(names.toReversed(), values)),
    fc.array(scalar, size).map((values) => objectOf([...names, 'more'], [...values, 1])),
    fc.array(scalar, size).map((values) => objectOf(names.slice(1), values)),
    fc.array(scalar, size).map((values) => Object.assign(Object.create(null), objectOf(names, values)) as Value),
    fc
      .array(scalar, size)
      .map((values) => Object.assign(Object.create({ inherited: 1 }), objectOf(names, values)) as Value),
    fc.constant(undefined),
    record({ count: fc.constant(undefined as unknown as Value) }),
    fc.constant(
      objectOf(
        names,
        names.map(() => ({ deep: 1 })),
      ),
    ),
  );
  const value = fc.oneof({ weight: 12, arbitrary: alike }, { weight: 1, arbitrary: other });
  return fc.array(fc.tuple(fc.nat(ROWS - 1), value), { minLength: 1, maxLength: 40 });
};

/** The columns have room and rows; a value that does not fit widens both as long as they are of fields. */
function same(names: readonly string[], steps: readonly (readonly [number, unknown])[]): void {
  const first = objectOf(
    names,
    names.map(() => 0),
  );
  const plain = createColumn(first, ROWS, ROWS);
  const coded = cloneState(plain);
  const code = generatedFields(plain.names);
  if (code === null) throw new Error('the host generates no code');
  for (const [row, given] of steps) {
    const value = given as Value;
    const fits = setCell(plain, row, value);
    expect(code.store(coded, row, value)).toBe(fits);
    if (!fits && value !== undefined) {
      const widened = cloneState(plain);
      widenColumn(widened, ROWS, value);
      if (widened.kind !== 'fields') continue;
      for (const column of [plain, coded]) widenColumn(column, ROWS, value);
      expect(code.store(coded, row, value)).toBe(true);
      expect(setCell(plain, row, value)).toBe(true);
    }
    expect(hashState(coded)).toBe(hashState(plain));
    const read = code.read(coded, row);
    expect(read).toEqual(getCell(plain, row));
    expect(Object.keys(read as object)).toEqual(Object.keys(getCell(plain, row) as object));
  }
}

test('code for a shape is equal to the plain way, bit for bit', () => {
  fc.assert(
    fc.property(
      nameLists.chain((names) => fc.tuple(fc.constant(Object.keys(objectOf(names, names) as object)), stepsOf(names))),
      ([names, steps]) => same(names, steps),
    ),
    { numRuns: 500 },
  );
});

test('code is generated once so many objects of a shape came by, and not before', () => {
  const names = sharedNames(['only', 'here']);
  for (let object = 1; object < 256; object++) expect(fieldCodeOf(names)).toBe(PLAIN_FIELDS);
  const code = fieldCodeOf(names);
  expect(code).not.toBe(PLAIN_FIELDS);
  expect(fieldCodeOf(sharedNames(['only', 'here']))).toBe(code);
  expect(fieldCodeOf(sharedNames(['here', 'only']))).toBe(PLAIN_FIELDS);
});

test('one place meets columns of several shapes, and others that have none', () => {
  const access = new CellAccess();
  const shapes: readonly Value[] = [{ a: 0, b: 0 }, { b: 0, a: 0 }, { a: 0 }, 0, 'text', [0]];
  const columns = shapes.map((shape): StateColumn => createColumn(shape, 1, 1));
  for (let round = 0; round < 2_000; round++) {
    const at = round % shapes.length;
    const shape = shapes[at] as Value;
    const value = at < 3 ? { ...(shape as Readonly<Record<string, Value>>), a: round } : shape;
    expect(access.store(columns[at] as StateColumn, 0, value)).toBe(true);
    expect(access.read(columns[at] as StateColumn, 0)).toStrictEqual(value);
  }
});
