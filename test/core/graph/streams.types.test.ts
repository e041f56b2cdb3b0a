// What the job API infers, and what it refuses: the compiler is the test, and `expectTypeOf` only asks it.

import { describe, expectTypeOf, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import {
  avg,
  count,
  countDistinct,
  first,
  last,
  max,
  maxBy,
  min,
  minBy,
  sum,
} from '../../../src/core/graph/aggregates.ts';
import { int32, list, nullable, schema, string, timestamp } from '../../../src/core/columns/schema.ts';
import { createJobBuilder } from '../../../src/core/graph/job-builder.ts';
import { type DataStream, type KeyedStream, type WindowedStream } from '../../../src/core/graph/streams.ts';
import { JobEnvironment } from '../../../src/core/graph/job-environment.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { DAY_MS, tumblingEventTime } from '../../../src/core/graph/windows.ts';

interface Flight {
  readonly time: number;
  readonly origin: string;
  readonly delay: number | null;
  readonly tags?: readonly string[];
}

interface Delays {
  readonly count: number;
  readonly max: number | null;
}

const flightsTopic = { topic: 'flights', splits: 4, timestamp: (row: Flight) => row.time };

describe('inference', () => {
  test('records flow from operator to operator with their types', () => {
    defineJob('typed', (env) => {
      const flights = env.fromSource<Flight>('flights', flightsTopic);
      expectTypeOf(flights).toEqualTypeOf<DataStream<Flight>>();
      const counted = flights.map('count', (row) => ({ word: row.origin, count: 1 }));
      expectTypeOf(counted).toEqualTypeOf<DataStream<{ word: string; count: number }>>();
      const reduced = counted
        .keyBy((row) => row.word)
        .reduce('sum', (sum, row) => ({ word: sum.word, count: sum.count + row.count }));
      expectTypeOf(reduced).toEqualTypeOf<DataStream<{ word: string; count: number }>>();
      const words = reduced.flatMap('split', function* (row) {
        yield row.word;
      });
      expectTypeOf(words).toEqualTypeOf<DataStream<string>>();
      words.sinkTo('out', { sink: 'out' });
    });
  });

  test('keys, accumulators and results', () => {
    defineJob('typed', (env) => {
      const results = env
        .fromSource<Flight>('flights', flightsTopic)
        .keyBy((row) => [row.origin, row.time])
        .window('daily', tumblingEventTime(DAY_MS))
        .aggregate({
          create: (): Delays => ({ count: 0, max: null }),
          add: (delays, row) => ({ count: delays.count + 1, max: row.delay ?? delays.max }),
          result: (delays, { key, window }) => {
            expectTypeOf(key).toEqualTypeOf<readonly [string, number]>();
            expectTypeOf(delays).toEqualTypeOf<Readonly<Delays>>();
            return { origin: key[0], day: window.start, count: delays.count };
          },
        });
      expectTypeOf(results).toEqualTypeOf<DataStream<{ origin: string; day: number; count: number }>>();
      results.sinkTo('out', { sink: 'out' });
    });
  });

  test('process takes the type of its output, and states their own', () => {
    defineJob('typed', (env) => {
      const out = env
        .fromSource<Flight>('flights', flightsTopic)
        .keyBy((row) => row.origin)
        .process<Delays>('watch', {
          onRecord: (row, context) => {
            expectTypeOf(context.key).toEqualTypeOf<string>();
            const state = context.state<Delays>('delays');
            expectTypeOf(state.value()).toEqualTypeOf<Delays | null>();
            state.update({ count: 1, max: row.delay });
            context.collect({ count: 1, max: null });
            // @ts-expect-error the output has another type
            const emitText = (): void => context.collect('text');
            expectTypeOf(emitText).toBeFunction();
          },
        });
      expectTypeOf(out).toEqualTypeOf<DataStream<Delays>>();
      out.sinkTo('out', { sink: 'out' });
    });
  });
});

describe('a key by the name of its field', () => {
  type Author = { readonly id: number; readonly name: string | null; readonly home: { readonly city: string } };
  type Post = {
    readonly title: string;
    readonly author: Author;
    readonly tags: readonly string[];
    readonly pair: readonly [string, number];
    readonly at?: number;
    readonly 'dotted.name': string;
    readonly bytes: Uint8Array;
    readonly reply: Post | null;
    readonly kind: 'a' | 'b';
  };
  type Tree = { readonly label: string; readonly left: Tree; readonly right: Tree };

  test('has the type of the field', () => {
    const use = (
      posts: DataStream<Post>,
      trees: DataStream<Tree>,
      either: DataStream<Post | { title: number }>,
    ): void => {
      expectTypeOf(posts.keyBy('title')).toEqualTypeOf<KeyedStream<Post, string>>();
      expectTypeOf(posts.keyBy('kind')).toEqualTypeOf<KeyedStream<Post, 'a' | 'b'>>();
      expectTypeOf(posts.keyBy('pair')).toEqualTypeOf<KeyedStream<Post, readonly [string, number]>>();
      expectTypeOf(posts.keyBy('author.id')).toEqualTypeOf<KeyedStream<Post, number>>();
      expectTypeOf(posts.keyBy('author.home.city')).toEqualTypeOf<KeyedStream<Post, string>>();
      expectTypeOf(trees.keyBy('left.right.label')).toEqualTypeOf<KeyedStream<Tree, string>>();
      expectTypeOf(either.keyBy('title')).toEqualTypeOf<KeyedStream<Post | { title: number }, string | number>>();
      // @ts-expect-error no such field
      posts.keyBy('tilte');
      // @ts-expect-error no key: a record
      posts.keyBy('author');
      // @ts-expect-error perhaps null
      posts.keyBy('author.name');
      // @ts-expect-error perhaps not there
      posts.keyBy('at');
      // @ts-expect-error perhaps null in between
      posts.keyBy('reply.title');
      // @ts-expect-error would be a path
      posts.keyBy('dotted.name');
      // @ts-expect-error no field of a record
      posts.keyBy('title.length');
      // @ts-expect-error no field of a record
      posts.keyBy('bytes.length');
      // @ts-expect-error not in each of the union
      either.keyBy('author.id');
    };
    expectTypeOf(use).toBeFunction();
  });

  test('is refused where records have no fields', () => {
    // @ts-expect-error a text has no fields
    const ofText = (lines: DataStream<string>): unknown => lines.keyBy('length');
    // @ts-expect-error nobody said what these are
    const ofValues = (values: DataStream<Value>): unknown => values.keyBy('name');
    expectTypeOf([ofText, ofValues]).toBeArray();
  });
});

test('without a type, records are values', () => {
  defineJob('untyped', (env) => {
    const rows = env.fromSource('rows', { topic: 'rows', splits: 1, timestamp: (row) => Number(row) });
    expectTypeOf(rows).toEqualTypeOf<DataStream<Value>>();
    const out = rows.keyBy((row) => typeof row).process('all', { onRecord: (row, context) => context.collect(row) });
    expectTypeOf(out).toEqualTypeOf<DataStream<Value>>();
    out.union(rows).sinkTo('out', { sink: 'out' });
  });
});

describe('what is not data is refused by the compiler', () => {
  const define = (use: (flights: DataStream<Flight>) => unknown): void => void use;

  const aSource = new JobEnvironment(createJobBuilder(1));
  const createMap = (): Map<string, number> => new Map();
  const byOrigin = (flights: DataStream<Flight>): KeyedStream<Flight, string> => flights.keyBy((row) => row.origin);
  const daily = (flights: DataStream<Flight>): WindowedStream<Flight, string> =>
    byOrigin(flights).window('w', tumblingEventTime(1));

  test('by a word at its place', () => {
    // @ts-expect-error a Date
    define((flights) => flights.map('x', () => new Date(0)));
    // @ts-expect-error a field that is a Date
    define((flights) => flights.map('x', () => ({ at: new Date(0) })));
    // @ts-expect-error a field that is a Map
    define((flights) => flights.map('x', () => ({ deep: [new Map<string, string>()] })));
    // @ts-expect-error a function
    define((flights) => flights.map('x', () => () => 1));
    // @ts-expect-error a field that is a function
    define((flights) => flights.map('x', () => ({ call: () => 1 })));
    define((flights) => flights.map('x', () => 1n));
    // @ts-expect-error undefined
    define((flights) => flights.map('x', () => undefined));
    // @ts-expect-error nothing
    define((flights) => flights.map('x', () => {}));
    // @ts-expect-error an optional field that may be undefined
    define((flights) => flights.map('x', (row) => ({ tags: row.tags })));
    // @ts-expect-error a source of Dates
    define(() => aSource.fromSource<Date>('x', { topic: 'x', splits: 1 }));
    // @ts-expect-error a key that is an object
    define((flights) => flights.keyBy((row) => ({ at: row.origin })));
    // @ts-expect-error output that is a Date
    define((flights) => byOrigin(flights).process<Date>('p', { onRecord: () => {} }));
    // @ts-expect-error state that is a Date
    define((flights) => byOrigin(flights).process('p', { onRecord: (_, at) => at.state<Date>('x') }));
    // @ts-expect-error an accumulator that is a Map
    define((flights) => daily(flights).aggregate({ create: createMap, add: createMap, result: () => 1 }));
    // @ts-expect-error a symbol
    define((flights) => flights.map('x', () => Symbol('x')));
    define((flights) => flights.map('x', () => null));
    define((flights) => flights.map('x', () => new Uint8Array(1)));
    define((flights) => flights.map('x', () => ({ bytes: new Uint8Array(1), list: [1, 'a', null] })));
    define((flights) => flights.map('x', (row) => row));
  });
});

describe('built-in aggregates', () => {
  interface Author {
    readonly id: string;
    readonly age: number;
  }
  type Post = {
    readonly author: Author;
    readonly words: readonly string[];
    readonly likes: number;
    readonly rank: number | string;
    readonly title?: string;
    readonly day: string;
    readonly note: string | null;
  };
  const declared = {
    posts: count(),
    likes: sum('likes'),
    mean: avg('author.age'),
    from: min('day'),
    until: max('author.age'),
    worst: minBy('likes'),
    best: maxBy('author.id'),
    opened: first(),
    words: first('words'),
    note: last('note'),
    authors: countDistinct('author.id'),
  };
  interface Results {
    readonly posts: number;
    readonly likes: number;
    readonly mean: number;
    readonly from: string;
    readonly until: number;
    readonly worst: Post;
    readonly best: Post;
    readonly opened: Post;
    readonly words: readonly string[];
    readonly note: string | null;
    readonly authors: number;
  }
  const posts = (use: (posts: KeyedStream<Post, string>) => unknown): void => void use;

  test('the type of a result follows from the declaration', () => {
    posts((keyed) => {
      const totals = keyed.aggregate('totals', declared);
      expectTypeOf<ItemOf<typeof totals>>().toEqualTypeOf<
        Results & { readonly key: string } extends infer R ? { [N in keyof R]: R[N] } : never
      >();
      const windows = keyed.window('w', tumblingEventTime(DAY_MS)).aggregate(declared, { parallelism: 2 });
      expectTypeOf<ItemOf<typeof windows>>().toEqualTypeOf<
        Results & {
          readonly key: string;
          readonly window: { readonly start: number; readonly end: number };
        } extends infer R
          ? { [N in keyof R]: R[N] }
          : never
      >();
      const direct = keyed.aggregate('direct', {
        total: sum('likes'),
        began: first('day'),
        worst: minBy('likes'),
        opened: last(),
      });
      expectTypeOf<ItemOf<typeof direct>>().toEqualTypeOf<{
        readonly key: string;
        readonly total: number;
        readonly began: string;
        readonly worst: Post;
        readonly opened: Post;
      }>();
    });
  });

  test('fields are checked against the record', () => {
    posts((keyed) => {
      // @ts-expect-error there is no such field
      keyed.aggregate('x', { total: sum('like') });
      // @ts-expect-error no number
      keyed.aggregate('x', { total: sum('day') });
      // @ts-expect-error no number in every record
      keyed.aggregate('x', { mean: avg('rank') });
      // @ts-expect-error one may be a number, and the next a string
      keyed.aggregate('x', { least: min('rank') });
      // @ts-expect-error not in every record
      keyed.aggregate('x', { title: first('title') });
      // @ts-expect-error a record
      keyed.aggregate('x', { most: maxBy('author') });
      // @ts-expect-error a list
      keyed.aggregate('x', { words: countDistinct('words') });
      // @ts-expect-error may be null
      keyed.aggregate('x', { notes: countDistinct('note') });
      // @ts-expect-error a name that the result has already
      keyed.aggregate('x', { key: count() });
      // @ts-expect-error not called
      keyed.aggregate('x', { rows: count });
      // @ts-expect-error not declared
      keyed.aggregate('x');
      const windows = keyed.window('w', tumblingEventTime(1));
      // @ts-expect-error there is no such field
      windows.aggregate({ total: sum('like') });
      // @ts-expect-error a name that the result has already
      windows.aggregate({ window: count() });
      keyed.aggregate('x', { rank: countDistinct('rank'), author: last('author') });
    });
  });

  test('fields of unknown records are no affair of the compiler', () => {
    const anyStream = (use: (keyed: KeyedStream<any, string>) => unknown): void => void use; // oxlint-disable-line typescript/no-explicit-any -- the case
    anyStream((keyed) => keyed.aggregate('x', { total: sum('like'), newest: last('a.b') }));
    const values = (use: (keyed: KeyedStream<Value, string>) => unknown): void => void use;
    values((keyed) => keyed.aggregate('x', { rows: count(), newest: last() }));
    // @ts-expect-error of a value nobody knows a field
    values((keyed) => keyed.aggregate('x', { total: sum('like') }));
  });
});

type ItemOf<S> = S extends DataStream<infer T> ? T : never;

describe('schemas', () => {
  const declared = schema({ time: timestamp, origin: string, delay: nullable(int32), place: { tags: list(string) } });
  type Declared = {
    readonly time: number;
    readonly origin: string;
    readonly delay: number | null;
    readonly place: { readonly tags: readonly string[] };
  };
  const settings = { topic: 'flights', splits: 1, schema: declared };

  test('the stream has the type that follows', () => {
    const env = new JobEnvironment(createJobBuilder(1));
    const flights = env.fromSource('flights', { ...settings, timestamp: ({ time }) => time });
    expectTypeOf(flights).toEqualTypeOf<DataStream<Declared>>();
    expectTypeOf(flights.keyBy('origin')).toEqualTypeOf<KeyedStream<Declared, string>>();
    expectTypeOf(flights.keyBy('place.tags')).toEqualTypeOf<KeyedStream<Declared, readonly string[]>>();
    // @ts-expect-error -- no field
    flights.keyBy('origen');
    // @ts-expect-error -- null is no key
    flights.keyBy('delay');
  });

  test("a type of the author's is held against it", () => {
    const env = new JobEnvironment(createJobBuilder(1));
    expectTypeOf(env.fromSource<Flight>('flights', settings)).toEqualTypeOf<DataStream<Flight>>();
    // @ts-expect-error -- its records have no such field
    env.fromSource<Flight & { readonly late: boolean }>('late', settings);
    // @ts-expect-error -- they may have null there
    env.fromSource<{ readonly delay: number }>('never-null', settings);
  });
});
