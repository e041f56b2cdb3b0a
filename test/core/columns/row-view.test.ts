// Views beside the objects that they stand for: whatever is done with a view gives what the object gives, whether its code is generated or not.
import { inspect, isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { columnOf, valuesOf, type RecordColumn } from '../../../src/core/columns/column.ts';
import { RowViews, valueOfViews } from '../../../src/core/columns/row-view.ts';
import { typedColumn } from '../../../src/core/columns/typed-column.ts';
import { generatedView, plainView, type RowView, type ViewPlace } from '../../../src/core/columns/view-code.ts';
import { isRowView } from '../../../src/core/columns/view-object.ts';

type Fields = Record<string, Value>;

/** Also of fields that are called `constructor`. */
function same(one: unknown, other: unknown): void {
  if (!isDeepStrictEqual(one, other))
    expect(inspect(one, { depth: 9 })).toBe(`${inspect(other, { depth: 9 })}, exactly`);
}

const recordOf = (fields: Readonly<Record<string, fc.Arbitrary<Value>>>): fc.Arbitrary<Value> =>
  fc.record(fields, { noNullPrototype: true });
const whole = fc.oneof(fc.integer(), fc.constantFrom(0, 2 ** 31 - 1, -(2 ** 31)));
const number = fc.oneof(
  whole,
  fc.double(),
  fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 2 ** 53 - 1, 2 ** 53 + 2),
);
const text = fc.oneof(fc.string(), fc.constantFrom('', '\ud800', '__proto__'));
/** Of one kind each, so that most columns have a type; the last one is of any. */
const kinds: readonly fc.Arbitrary<Value>[] = [
  whole,
  number,
  fc.boolean(),
  text,
  fc.option(number),
  fc.option(text),
  fc.constant(null),
  fc.array(whole, { maxLength: 3 }),
  fc.option(fc.array(text, { maxLength: 2 })),
  recordOf({ lat: number, lon: whole }),
  recordOf({
    id: text,
    of: recordOf({ deep: fc.option(whole), tags: fc.array(text, { maxLength: 2 }) }),
  }),
  fc.option(recordOf({ lat: number })),
  fc.array(recordOf({ x: whole }), { maxLength: 2 }),
  fc.uint8Array({ maxLength: 3 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.option(fc.bigInt({ min: 0n, max: 9n })),
  fc.oneof(number, text, fc.constant(null), fc.constant<Value>([1, 'a'])),
];
const name = fc
  .oneof(
    fc.constantFrom('key', 'value', 'constructor', 'toString', 'length', 'a b', '"', '\u2028', 'ä', '-'),
    fc.string({ minLength: 1, maxLength: 3 }),
  )
  .filter((one) => !/^\d/.test(one) && one !== '__proto__');

/** Records that are alike, many of them. */
const records = fc.uniqueArray(name, { minLength: 1, maxLength: 6 }).chain((names) =>
  fc.tuple(...names.map(() => fc.constantFrom(...kinds))).chain((of) =>
    fc.array(
      fc.tuple(...of).map((values) => Object.fromEntries(names.map((one, at) => [one, values[at]])) as Fields),
      { minLength: 1, maxLength: 12 },
    ),
  ),
);

function columnFor(values: readonly Fields[], isTyped: boolean): RecordColumn {
  const column = columnOf(values);
  if (column.kind !== 'record') throw new Error(`expected records, not ${column.kind}`);
  return (isTyped ? typedColumn(column) : column) as RecordColumn;
}

function takeApart({ ...row }: Fields): Fields {
  return row;
}

const restOf = (row: Fields, first: string): readonly [Value | undefined, Fields] => {
  const { [first]: taken, ...rest } = row;
  return [taken, rest];
};

function inOrder(row: Fields): readonly (readonly [string, Value])[] {
  const entries: (readonly [string, Value])[] = [];
  for (const field in row) entries.push([field, row[field] as Value]);
  return entries;
}

/** JSON has no word for a bigint. */
function jsonOf(row: Fields): string {
  try {
    return JSON.stringify(row);
  } catch (thrown) {
    return String(thrown);
  }
}

/** Everything that can be done with a record, each beside what it gives. */
const forms: Readonly<Record<string, (row: Fields) => unknown>> = {
  'every field': (row) => Object.keys(row).map((field) => row[field]),
  spread: (row) => ({ ...row }),
  'spread behind a field': (row) => ({ first: 1, ...row }),
  'parameters taken apart': takeApart,
  'the first field and the rest': (row) => restOf(row, Object.keys(row)[0]!),
  keys: (row) => Object.keys(row),
  names: (row) => Object.getOwnPropertyNames(row),
  entries: (row) => Object.entries(row),
  'for in': inOrder,
  assign: (row) => Object.assign({}, row),
  json: (row) => jsonOf(row),
  clone: (row) => structuredClone(row),
  'clone in a list': (row) => structuredClone([row, { row }]),
  in: (row) => ['key', 'value', 'toString', 'none'].map((field) => field in row),
  'has own': (row) => ['key', 'value', 'toString', 'none'].map((field) => Object.hasOwn(row, field)),
  tag: (row) => Object.prototype.toString.call(row),
  print: (row) => (Object.hasOwn(row, 'constructor') ? null : inspect(row, { depth: 9 })),
  copy: (row) => valueOfViews(row),
  'copy of what holds it': (row) => valueOfViews({ row, list: [row, 1] }),
  'twice the same': (row) => Object.keys(row).map((field) => Object.is(row[field], row[field])),
};

const makers: Readonly<Record<string, (column: RecordColumn, place: ViewPlace) => RowView | null>> = {
  generated: generatedView,
  plain: plainView,
};

describe.each(Object.keys(makers))('a %s view', (maker) => {
  test.each(Object.keys(forms))('%s', (form) => {
    fc.assert(
      fc.property(records, fc.boolean(), (values, isTyped) => {
        const column = columnFor(values, isTyped);
        const place = { index: 0 };
        const view = makers[maker]!(column, place)!;
        expect(view).not.toBeNull();
        view.show(column);
        const objects = valuesOf(column);
        for (place.index = 0; place.index < values.length; place.index++) {
          const object = objects[place.index] as Fields;
          same(object, values[place.index]);
          const given = forms[form]!(view.row as Fields);
          same(valueOfViews(given), forms[form]!(object)); // records in records are views themselves
          same(view.copy(), object);
          expect(Object.keys(view.copy() as Fields)).toEqual(Object.keys(object));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('cannot be written to', () => {
    fc.assert(
      fc.property(records, (values) => {
        const column = columnFor(values, true);
        const view = makers[maker]!(column, { index: 0 })!;
        view.show(column);
        const row = view.row as Fields;
        const first = column.names[0]!;
        expect(() => (row[first] = 1)).toThrow(
          new TypeError(`a record cannot be changed: its field ${JSON.stringify(first)} was assigned to`),
        );
        expect(() => (row['none at all'] = 1)).toThrow(TypeError);
        expect(() => delete row[first]).toThrow(TypeError);
        expect(() => Object.defineProperty(row, first, { value: 1 })).toThrow(TypeError);
        expect(() => Object.setPrototypeOf(row, null)).toThrow(TypeError);
        expect(Object.isFrozen(row)).toBe(true);
        same(view.copy(), values[0]);
      }),
      { numRuns: 60 },
    );
  });
});

test('one view shows the records of batch after batch, and nothing behind them', () => {
  fc.assert(
    fc.property(fc.array(records, { minLength: 1, maxLength: 40 }), (batches) => {
      const views = new RowViews();
      for (const values of [...batches, ...batches]) {
        const column = columnFor(values, true);
        const { row } = views.show(column);
        for (const [index, value] of values.entries()) {
          views.place.index = index;
          same(valueOfViews(row), value);
        }
        views.clear();
        expect(() => structuredClone(row)).toThrow(TypeError);
      }
    }),
    { numRuns: 60 },
  );
});

test('the view of a shape has generated code once so many records came by', () => {
  const views = new RowViews();
  const values = Array.from({ length: 128 }, (_, key): Fields => ({ key, name: `n${key}`, of: { key } }));
  const column = columnFor(values, true);
  const first = views.show(column).row;
  const second = views.show(column).row;
  expect(second).not.toBe(first);
  expect(views.show(column).row).toBe(second);
  same(valueOfViews(second), values[0]);
  const floats = columnFor(
    values.map(({ key, ...rest }): Fields => ({ key: (key as number) + 0.5, ...rest })),
    true,
  );
  same(valueOfViews(views.show(floats).row), { key: 0.5, name: 'n0', of: { key: 0 } });
  const other = columnFor(
    values.map((value): Fields => ({ ...value, of: { other: 1 } })),
    true,
  );
  same(valueOfViews(views.show(other).row), { key: 0, name: 'n0', of: { other: 1 } });
});

describe('a copy', () => {
  test('is what was given where no view is in it, and nothing where it is no data', () => {
    const data = { a: [1, { b: 'x' }], c: new Uint8Array(2) };
    expect(valueOfViews(data)).toBe(data);
    const cycle: Record<string, unknown> = {};
    cycle['one'] = cycle['two'] = cycle;
    for (const none of [cycle, [() => 1], { at: new Date(0) }, undefined, Promise.resolve(1), new Map(), [undefined]])
      expect(valueOfViews(none)).toBeUndefined();
  });

  test('views are told from objects that look like them', () => {
    const look = Object.create(Object.prototype, { key: { get: () => 1, enumerable: true } }) as object;
    expect([isRowView(look), isRowView({}), isRowView(null), isRowView([])]).toEqual([false, false, false, false]);
  });
});
