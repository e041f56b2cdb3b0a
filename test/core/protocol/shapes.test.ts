// Shapes: what has one passes, what has not is told where.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import {
  byKind,
  list,
  literal,
  mismatch,
  nullable,
  oneOf,
  partOf,
  record,
  shapeOf,
  shapesOf,
  type Shape,
  type ShapeOf,
} from '../../../src/core/protocol/shapes.ts';

const point = record({ x: 'number', y: 'number' });
const animal = byKind({ dog: record({ barks: 'boolean' }), fish: record({}) });

describe('fits', () => {
  test.each<[string, Shape, Value]>([
    ['any', 'any', null],
    ['a whole number', 'int', 0],
    ['a number', 'number', Number.NaN],
    ['a time before the epoch', 'time', -1],
    ['a text', 'string', ''],
    ['null for a text that may be missing', 'string?', null],
    ['a boolean', 'boolean', false],
    ['an empty list', list('int'), []],
    ['a record with more fields than asked for', point, { x: 1, y: 2, z: 3 }],
    ['null where it may be', nullable(point), null],
    ['a word', oneOf('on', 'off'), 'off'],
    ['a literal number', literal(1), 1],
    ['one of two kinds', animal, { kind: 'fish' }],
    ['bytes', 'bytes', new Uint8Array(1)],
  ])('%s', (_, shape, value) => {
    expect(mismatch(shape, value)).toBe(null);
  });
});

describe('does not fit', () => {
  test.each<[string, Shape, Value | undefined, string]>([
    ['nothing', 'any', undefined, 'value is not any'],
    ['a negative number', 'int', -1, 'value is not int'],
    ['a fraction', 'int', 0.5, 'value is not int'],
    ['a number that is not safe', 'int', 2 ** 53, 'value is not int'],
    ['a number as text', 'number', '1', 'value is not number'],
    ['a time that is no number', 'time', Number.NaN, 'value is not time'],
    ['a time that never comes', 'time', Number.POSITIVE_INFINITY, 'value is not time'],
    ['null', 'string', null, 'value is not string'],
    ['bytes as text', 'string?', new Uint8Array(1), 'value is not string?'],
    ['an object as a list', list('int'), { length: 0 }, 'value is not a list'],
    ['an item', list(list('int')), [[1], [1, 'a']], '[1][1] is not int'],
    ['a list as a record', point, [1, 2], 'value is not a record'],
    ['bytes as a record', point, new Uint8Array(2), 'value is not a record'],
    ['a missing field', record({ at: point }), { at: { x: 1 } }, 'at.y is not number'],
    ['a word', oneOf('on', 'off'), 'of', 'value is not "on" or "off"'],
    [
      'one of many words',
      oneOf('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      'of',
      'value is not "a" or "b" or "c" or "d" or "e" or "f" or 2 more',
    ],
    ['a literal number as text', literal(1), '1', 'value is not 1'],
    ['no kind', animal, {}, 'kind is not "dog" or "fish"'],
    [
      'a kind that every object has',
      record({ pet: animal }),
      { pet: { kind: 'toString' } },
      'pet.kind is not "dog" or "fish"',
    ],
    ['the rest of a kind', animal, { kind: 'dog', barks: 1 }, 'barks is not boolean'],
    ['a kind without a record', animal, 'dog', 'value is not a record'],
  ])('%s', (_, shape, value, sentence) => {
    expect(mismatch(shape, value)).toBe(sentence);
  });
});

interface Pet {
  readonly name: string;
  readonly owner: string | null;
  readonly mood: 'glad' | 'sad';
  readonly last: { readonly kind: 'bark' } | { readonly kind: 'bite'; readonly times: number };
}

const last = byKind({ bark: record({}), bite: record({ times: 'int' }) });
const mood = oneOf('glad', 'sad');
const fields = { name: 'string', owner: 'string?', mood, last } as const;

test('a shape that does not fit its type does not compile, in either direction', () => {
  const pet: ShapeOf<Pet> = shapeOf<Pet>()(record(fields));
  shapeOf<readonly Pet[]>()(list(pet));
  // @ts-expect-error: a field too many
  shapeOf<Pet>()(record({ ...fields, age: 'int' }));
  // @ts-expect-error: a field is missing
  shapeOf<Pet>()(record({ name: 'string', owner: 'string?', mood }));
  // @ts-expect-error: another type
  shapeOf<Pet>()(record({ ...fields, name: 'int' }));
  // @ts-expect-error: it may be null
  shapeOf<Pet>()(record({ ...fields, owner: 'string' }));
  // @ts-expect-error: it is never null
  shapeOf<Pet>()(record({ ...fields, name: 'string?' }));
  // @ts-expect-error: a word is missing
  shapeOf<Pet>()(record({ ...fields, mood: oneOf('glad') }));
  // @ts-expect-error: a word too many
  shapeOf<Pet>()(record({ ...fields, mood: oneOf('glad', 'sad', 'cross') }));
  // @ts-expect-error: a kind is missing
  shapeOf<Pet>()(record({ ...fields, last: byKind({ bark: record({}) }) }));
  // @ts-expect-error: a value of a kind too many
  shapeOf<Pet>()(record({ ...fields, last: byKind({ bark: record({ at: 'int' }), bite: record({ times: 'int' }) }) }));
  // @ts-expect-error: a field that may be left out
  shapeOf<Partial<Pet>>()(record(fields));
  // @ts-expect-error: no shape at all
  shapeOf<Pet>()(7);
  // @ts-expect-error: of another type, within
  shapeOf<readonly { readonly pet: { readonly name: string } }[]>()(list(record({ pet })));
  expect(mismatch(pet, { name: 'a', owner: null, mood: 'sad', last: { kind: 'bite' } })).toBe('last.times is not int');
});

test('shapes of several types are bound one by one, and those of a part in one direction', () => {
  shapesOf<{ a: number; b: string }>()({ a: 'int', b: 'string' });
  // @ts-expect-error: one is missing
  shapesOf<{ a: number; b: string }>()({ a: 'int' });
  // @ts-expect-error: one is of another type
  shapesOf<{ a: number; b: string }>()({ a: 'int', b: 'int' });
  // @ts-expect-error: one too many
  shapesOf<{ a: number; b: string }>()({ a: 'int', b: 'string', c: 'int' });
  partOf<Pet>()(record({ name: 'string' }));
  // @ts-expect-error: no part of it
  partOf<Pet>()(record({ age: 'int' }));
  // @ts-expect-error: a part of another type
  expect(partOf<Pet>()(record({ name: 'int' }))).toEqual({ fields: { name: 'int' } });
});
