// Schemas as data: what constructors make, what a text says of it, and what is refused.
import { describe, expect, test } from 'vitest';
import {
  boolean,
  describeType,
  float64,
  int32,
  int64,
  list,
  nullable,
  schema,
  schemaProblem,
  string,
  timestamp,
  typeAt,
} from '../../../src/core/columns/schema.ts';

const order = schema({
  id: int32,
  author: int64,
  at: timestamp,
  name: string,
  price: float64,
  ok: boolean,
  tags: list(string),
  place: { lat: float64, 'is home': boolean },
  stops: list({ at: timestamp }),
  note: nullable(string),
});

test('a schema is data, and says as text what its author wrote', () => {
  expect(JSON.parse(JSON.stringify(order))).toStrictEqual(order);
  expect(schemaProblem(order)).toBe(null);
  expect(describeType(order)).toBe(
    '{ id: int32, author: int64, at: timestamp, name: string, price: float64, ok: boolean, tags: list(string), place: { lat: float64, "is home": boolean }, stops: list({ at: timestamp }), note: nullable(string) }',
  );
});

test('a field may be called kind', () => {
  const event = schema({ kind: string, inner: { kind: int32 } });
  expect(event.fields).toStrictEqual({ kind: string, inner: { kind: 'record', fields: { kind: int32 } } });
  expect(schemaProblem(event)).toBe(null);
});

test('the type at a path', () => {
  expect(typeAt(order, ['place', 'lat'])).toBe(float64);
  expect(typeAt(order, ['place', 'toString'])).toBe(null);
  expect(typeAt(order, ['tags', 'length'])).toBe(null);
});

function nested(depth: number): object {
  return depth === 0 ? int32 : { a: nested(depth - 1) };
}
const circle: Record<string, unknown> = {};
circle['a'] = circle;

describe('mistakes', () => {
  test.each<[unknown, string]>([
    [undefined, 'must be made by schema({ name: string, … }), not nothing'],
    [[order], 'must be made by schema({ name: string, … }), not a list'],
    [int32, 'must be made by schema({ name: string, … }), not an object'],
    [schema({}), 'must have fields: { name: type, … } with one at least'],
    [{ kind: 'record' }, 'must have fields: { name: type, … } with one at least'],
    [schema({ a: { b: {} } }), 'field "a.b" must have fields: { name: type, … } with one at least'],
    [
      schema({ a: 'int32' as never }),
      'field "a" must have a type, such as int32, string or list(float64), not "int32"',
    ],
    [
      schema({ a: int32, b: undefined as never }),
      'field "b" must have a type, such as int32, string or list(float64), not nothing',
    ],
    [
      schema({ a: { kind: 'int23' } as never }),
      'field "a" must have a type, such as int32, string or list(float64), not "int23"',
    ],
    [
      schema({ a: list(String as never) }),
      'field "a[]" must have a type, such as int32, string or list(float64), not a function',
    ],
    [schema({ a: nullable(nullable(int32)) }), 'field "a" is nullable twice'],
    [
      schema({ a: { kind: 'list', items: int32, of: 1 } as never }),
      'field "a" has a type list with an unknown part "of"',
    ],
    [
      schema({ '1st': int32 }),
      'has a field "1st": a name must be up to 200 characters, begin with no digit and not be __proto__',
    ],
    [
      schema({ ['__proto__']: int32 }),
      'has a field "__proto__": a name must be up to 200 characters, begin with no digit and not be __proto__',
    ],
    [schema({ a: nested(14) as never }), null as never],
    [schema({ a: nested(16) as never }), `field "${'a.'.repeat(15)}a" is nested deeper than 16`],
    [schema(Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`f${n}`, int32]))), 'has more than 1000 types'],
  ])('%#', (candidate, sentence) => {
    expect(schemaProblem(candidate)).toBe(sentence);
  });

  test('a schema of itself', () => {
    expect(schemaProblem(schema(circle as never))).toMatch(
      /^field "a[.a]*" (is nested deeper than 16|must have a type.*)$/,
    );
  });
});
