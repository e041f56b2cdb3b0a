// The TypeScript type that follows from a schema: the compiler is the test.
import { expectTypeOf, test } from 'vitest';
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
  type Schema,
  type TypeOf,
} from '../../../src/core/columns/schema.ts';

const order = schema({
  id: int32,
  author: int64,
  at: timestamp,
  name: string,
  price: float64,
  ok: boolean,
  tags: list(string),
  place: { lat: float64, kind: string },
  stops: list({ at: timestamp, by: nullable(string) }),
  note: nullable(string),
  owner: nullable({ id: int32 }),
});

interface Order {
  readonly id: number;
  readonly author: bigint;
  readonly at: number;
  readonly name: string;
  readonly price: number;
  readonly ok: boolean;
  readonly tags: readonly string[];
  readonly place: { readonly lat: number; readonly kind: string };
  readonly stops: readonly { readonly at: number; readonly by: string | null }[];
  readonly note: string | null;
  readonly owner: { readonly id: number } | null;
}

test('of a schema, and of types in it', () => {
  expectTypeOf<TypeOf<typeof order>>().toEqualTypeOf<Order>();
  expectTypeOf<TypeOf<typeof int32>>().toEqualTypeOf<number>();
  expectTypeOf(schema({ kind: string })).toEqualTypeOf<Schema<{ readonly kind: string }>>();
  expectTypeOf<TypeOf<Schema>>().toEqualTypeOf<unknown>();
});

test("a type of the author's is held against it", () => {
  expectTypeOf(order).toExtend<Schema<Order>>();
  expectTypeOf(order).toExtend<Schema<{ readonly name: string }>>();
  expectTypeOf(order).not.toExtend<Schema<Order & { readonly late: boolean }>>();
  expectTypeOf(order).not.toExtend<Schema<Omit<Order, 'note'> & { readonly note: string }>>();
  expectTypeOf(order).not.toExtend<Schema<Omit<Order, 'id'> & { readonly id: string }>>();
});

test('what is no type is refused', () => {
  // @ts-expect-error -- a name of a type is none
  schema({ id: 'int32' });
  // @ts-expect-error -- nor is a class
  schema({ name: String });
  // @ts-expect-error -- a list is of something
  list();
});
