// Values against a schema: what is taken as it is, what is made of others, and what is refused.
import { describe, expect, test } from 'vitest';
import { jsonOf } from '../../../src/core/base/json-value.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { fitOf, fitted } from '../../../src/core/columns/fit.ts';
import {
  boolean,
  float64,
  int32,
  int64,
  list,
  nullable,
  schema,
  string,
  timestamp,
} from '../../../src/core/columns/schema.ts';

const order = schema({
  id: int32,
  author: int64,
  at: timestamp,
  price: float64,
  ok: boolean,
  tags: list(string),
  place: { lat: float64, name: nullable(string) },
  stops: nullable(list({ at: timestamp })),
});
const fit = fitOf(order);

const right = {
  id: 7,
  author: -9_223_372_036_854_775_808n,
  at: 1_700_000_000_000,
  price: 12,
  ok: false,
  tags: ['new', ''],
  place: { lat: -0, name: 'home' },
  stops: [{ at: 0 }],
};

test('a record that is exactly so is taken as it is', () => {
  const taken = fitted(fit, right);
  expect(taken.ok && taken.value).toBe(right);
});

test('fields come in the order of the schema, and null where one is absent', () => {
  const taken = fitted(fit, {
    place: { lat: 1 },
    tags: [],
    ok: true,
    price: Number.NaN,
    at: -1,
    id: -2_147_483_648,
    author: 0n,
  });
  expect(taken.ok && jsonOf({ ...(taken.value as object), price: 0 })).toBe(
    '{"id":-2147483648,"author":0,"at":-1,"price":0,"ok":true,"tags":[],"place":{"lat":1,"name":null},"stops":null}',
  );
});

describe('what does not fit', () => {
  const INT32 = 'int32 (a whole number from -2147483648 to 2147483647)';
  test.each<[Value, string]>([
    ['x', 'a record must be an object, not "x"'],
    [null, 'a record must be an object, not null'],
    [[right], 'a record must be an object, not a list'],
    [new Uint8Array(2), 'a record must be an object, not an object'],
    [{ ...right, id: 1.5 }, `field "id" must be ${INT32}, not 1.5`],
    [{ ...right, id: 2_147_483_648 }, `field "id" must be ${INT32}, not 2147483648`],
    [{ ...right, id: -0 }, `field "id" must be ${INT32}, not -0`],
    [{ ...right, id: '7' }, `field "id" must be ${INT32}, not "7"`],
    [
      { ...right, at: 8.64e15 + 1 },
      'field "at" must be timestamp (a whole number of ms since the epoch), not 8640000000000001',
    ],
    [{ ...right, author: 7 }, 'field "author" must be int64 (a bigint from -2^63 to 2^63 - 1), not 7'],
    [{ ...right, id: 7n }, `field "id" must be ${INT32}, not 7n`],
    [{ ...right, at: 0.5 }, 'field "at" must be timestamp (a whole number of ms since the epoch), not 0.5'],
    [{ ...right, price: null }, 'field "price" must be float64 (a number), not null'],
    [{ ...right, ok: 1 }, 'field "ok" must be boolean (true or false), not 1'],
    [{ ...right, tags: 'new' }, 'field "tags" must be a list, not "new"'],
    [{ ...right, tags: ['a', 2] }, 'field "tags[1]" must be a string, not 2'],
    [{ ...right, place: { lat: 'x' } }, 'field "place.lat" must be float64 (a number), not "x"'],
    [
      { ...right, stops: [{ at: 1 }, { at: true }] },
      'field "stops[1].at" must be timestamp (a whole number of ms since the epoch), not true',
    ],
    [
      { ...right, stops: [{}] },
      'there is no field "stops[0].at", which must be timestamp (a whole number of ms since the epoch)',
    ],
    [{ ...right, prise: 1 }, 'unknown field "prise", did you mean "price"?'],
    [{ ...right, place: { lat: 1, 'x-y': 1 } }, 'unknown field of place "x-y": there are lat, name'],
  ])('%#', (value, reason) => {
    expect(fitted(fit, value)).toStrictEqual({ ok: false, reason });
  });
});
