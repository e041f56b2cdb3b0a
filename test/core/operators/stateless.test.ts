// map, flatMap, filter and reduce: what comes out, with which timestamp, and what happens when user code is wrong.

import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { AssertionError } from '../../../src/core/base/assert.ts';
import { processBatch, resolveChain } from '../../../src/core/operators/chain.ts';
import { UserCodeError } from '../../../src/core/operators/user-code-error.ts';
import type { DataStream } from '../../../src/core/graph/streams.ts';
import { batchOf, harness, jobOf, type Harness, type Row } from './chain-fixture.ts';

const run = (build: (rows: DataStream<Row>) => DataStream<unknown>): Harness =>
  harness(jobOf(build as never, { parameters: { factor: 10 } }));
const row = (key: string, amount: number): Value => ({ key, amount });

describe('in a row', () => {
  test('each record goes through all of them before the next one', () => {
    const seen: string[] = [];
    const chain = run((rows) =>
      rows
        .map('a', (one) => (seen.push(`a${one.amount}`), one.amount))
        .flatMap('b', (amount) => [amount, -amount])
        .filter('c', (amount) => (seen.push(`c${amount}`), amount > 0))
        .map('d', (amount) => ({ amount })),
    );
    chain.send(row('x', 1), 5);
    chain.send(row('x', -2), 6);
    expect(chain.take()).toEqual([
      { value: { amount: 1 }, timestamp: 5 },
      { value: { amount: 2 }, timestamp: 6 },
    ]);
    expect(seen).toEqual(['a1', 'c1', 'c-1', 'a-2', 'c-2', 'c2']);
  });

  test('an empty chain hands its records on', () => {
    const chain = run((rows) => rows);
    chain.send(row('x', 1), 5);
    expect(chain.take()).toEqual([{ value: row('x', 1), timestamp: 5 }]);
  });

  test('contexts tell the timestamp and the parameters', () => {
    const chain = run((rows) => rows.map('a', (_, { timestamp, parameters }) => [timestamp, parameters]));
    chain.send(row('x', 1), 77);
    expect(chain.values()).toEqual([[77, { factor: 10 }]]);
  });

  test('a flatMap may be a generator, and may emit nothing', () => {
    const chain = run((rows) =>
      rows.flatMap('a', function* (one) {
        for (let count = 0; count < one.amount; count++) yield [one.key, count];
      }),
    );
    chain.send(row('x', 0));
    chain.send(row('y', 2));
    expect(chain.values()).toEqual([
      ['y', 0],
      ['y', 1],
    ]);
  });

  test('without keyed state a watermark passes at once', () => {
    const chain = run((rows) => rows.map('a', (one) => one.amount));
    expect(chain.advance(100)).toBe(1);
    expect(chain.chain.watermark).toBe(100);
  });
});

describe('reduce', () => {
  const totals = (): Harness =>
    run((rows) =>
      rows.keyBy((one) => one.key).reduce('total', (sum, one) => ({ key: sum.key, amount: sum.amount + one.amount })),
    );

  test('emits what each key has come to, after each record, with its timestamp', () => {
    const chain = totals();
    chain.send(row('a', 1), 10);
    chain.send(row('b', 5), 11);
    chain.send(row('a', 2), 9);
    expect(chain.take()).toEqual([
      { value: row('a', 1), timestamp: 10 },
      { value: row('b', 5), timestamp: 11 },
      { value: row('a', 3), timestamp: 9 },
    ]);
  });

  test('tuples are keys by their parts', () => {
    const chain = run((rows) =>
      rows
        .keyBy((one) => [one.key, one.amount > 0])
        .reduce('total', (sum, one) => ({ key: sum.key, amount: sum.amount + one.amount })),
    );
    for (const one of [row('a', 1), row('a', -1), row('a', 2)]) chain.send(one);
    expect(chain.values()).toEqual([row('a', 1), row('a', -1), row('a', 3)]);
  });
});

/** The mistake of user code that a call throws. */
function thrownBy(call: () => void): UserCodeError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(UserCodeError);
    return error as UserCodeError;
  }
  throw new Error('nothing was thrown');
}

describe('user code that is wrong is named', () => {
  const boom = (): never => {
    throw new RangeError('boom');
  };
  const unprintable = (): never => {
    throw { toString: boom }; // oxlint-disable-line typescript/only-throw-error -- user code may throw anything
  };

  test.each<[string, (rows: DataStream<Row>) => DataStream<unknown>, string]>([
    [
      'map throws',
      (rows) => rows.map('good', (one) => one).map('bad', boom),
      'operator "bad" failed: RangeError: boom',
    ],
    [
      'the first of two throws',
      (rows) => rows.map('bad', boom).map('good', (one) => one),
      'operator "bad" failed: RangeError: boom',
    ],
    ['filter throws', (rows) => rows.filter('bad', boom), 'operator "bad" failed: RangeError: boom'],
    ['flatMap throws', (rows) => rows.flatMap('bad', boom), 'operator "bad" failed: RangeError: boom'],
    [
      'a generator throws after what it emitted was passed on',
      (rows) =>
        rows
          .flatMap('bad', function* () {
            yield 1;
            boom();
          })
          .map('good', (one) => one),
      'operator "bad" failed: RangeError: boom',
    ],
    [
      'behind a generator',
      (rows) =>
        rows
          .flatMap('good', function* () {
            yield 1;
          })
          .map('bad', boom),
      'operator "bad" failed: RangeError: boom',
    ],
    [
      'no iterable',
      (rows) => rows.flatMap('bad', () => 7 as never),
      'flatMap "bad" gave 7, expected records one by one',
    ],
    [
      'nothing at all where records are expected',
      (rows) => rows.flatMap('bad', () => undefined as never),
      'flatMap "bad" gave undefined, expected records one by one',
    ],
    [
      'an asynchronous flatMap',
      (rows) => rows.flatMap('bad', (async () => []) as never),
      'flatMap "bad" gave a promise, expected records one by one',
    ],
    [
      'an asynchronous generator',
      (rows) => rows.flatMap('bad', async function* () {} as never),
      'flatMap "bad" gave an async generator, expected records one by one',
    ],
    [
      'a promise among the records of a flatMap',
      (rows) => rows.flatMap('bad', () => [Promise.resolve(1)] as never),
      'operator "bad" emitted what is not data: an instance of Promise',
    ],
    [
      'an asynchronous map',
      (rows) => rows.map('bad', (async () => 1) as never),
      'map "bad" gave a promise, expected a record',
    ],
    [
      'an asynchronous filter',
      (rows) => rows.filter('bad', (async () => false) as never),
      'filter "bad" gave a promise, expected true or false',
    ],
    [
      'a generator as a filter',
      (rows) => rows.filter('bad', function* () {} as never),
      'filter "bad" gave a generator, expected true or false',
    ],
    [
      'a filter that gives an object',
      (rows) => rows.filter('bad', () => ({}) as never),
      'filter "bad" gave an object, expected true or false',
    ],
    [
      'an asynchronous key',
      (rows) => rows.keyBy((async () => 'a') as never).reduce('bad', (one) => one),
      'operator "bad" gave no key: a promise is no string, number, bigint or boolean, nor an array of them',
    ],
    [
      'an object as a key',
      (rows) => rows.keyBy((({ key }: Row) => ({ key })) as never).reduce('bad', (one) => one),
      'operator "bad" gave no key: an object is no string, number, bigint or boolean, nor an array of them',
    ],
    [
      'null as a key',
      (rows) => rows.keyBy(() => null as never).reduce('bad', (one) => one),
      'operator "bad" gave no key: null is no string, number, bigint or boolean, nor an array of them',
    ],
    [
      'what it throws cannot be looked at',
      (rows) => rows.map('bad', unprintable),
      'operator "bad" failed: something that cannot be described',
    ],
    [
      'map emits a Date',
      (rows) => rows.map('bad', () => ({ at: new Date(0) }) as never),
      'operator "bad" emitted what is not data: an instance of Date at .at',
    ],
    [
      'map emits nothing',
      (rows) => rows.map('bad', () => undefined as never),
      'operator "bad" emitted what is not data: undefined',
    ],
    [
      'flatMap emits a function',
      (rows) => rows.flatMap('bad', () => [1, boom] as never),
      'operator "bad" emitted what is not data: a function',
    ],
    [
      'flatMap emits without end',
      (rows) =>
        rows
          .flatMap('bad', function* () {
            for (;;) yield 1;
          })
          .filter('none', () => false),
      'flatMap "bad" emitted more than 1000000 records in one call',
    ],
    [
      'key throws',
      (rows) => rows.keyBy(boom).reduce('bad', (one) => one),
      'operator "bad" failed in its key function: RangeError: boom',
    ],
    [
      'no key',
      (rows) => rows.keyBy(() => undefined as never).reduce('bad', (one) => one),
      'operator "bad" gave no key: undefined is no string, number, bigint or boolean, nor an array of them',
    ],
    [
      'NaN as a key',
      (rows) => rows.keyBy(() => Number.NaN).reduce('bad', (one) => one),
      'operator "bad" gave no key: NaN is not a finite number',
    ],
  ])('%s', (_, build, sentence) => {
    const chain = run(build);
    const error = thrownBy(() => chain.send(row('a', 1)));
    expect([error.operator, error.message]).toEqual(['bad', sentence]);
    expect(error.sentence).toBe(`${sentence}, at the record {"key":"a","amount":1}`);
  });

  test('reduce throws, or gives no data', () => {
    const throwing = run((rows) => rows.keyBy((one) => one.key).reduce('bad', boom));
    const wrong = run((rows) => rows.keyBy((one) => one.key).reduce('bad', () => undefined as never));
    for (const chain of [throwing, wrong]) chain.send(row('a', 1)); // the first record is the value
    expect(() => throwing.send(row('a', 2))).toThrow('operator "bad" failed: RangeError: boom');
    expect(() => wrong.send(row('a', 2))).toThrow('operator "bad" emitted what is not data: undefined');
  });

  test('an asynchronous reduce', () => {
    const chain = run((rows) => rows.keyBy((one) => one.key).reduce('bad', (async () => 1) as never));
    chain.send(row('a', 1));
    expect(() => chain.send(row('a', 2))).toThrow('reduce "bad" gave a promise, expected a record');
  });

  test.each([true, 1, 'yes', false, 0, '', null, undefined])(
    'a filter that gives %j is judged by its truth',
    (answer) => {
      const chain = run((rows) => rows.filter('code', () => answer as never));
      chain.send(row('a', 1));
      expect(chain.values()).toHaveLength(answer ? 1 : 0);
    },
  );

  test('what fails outside of user code is a bug, and stays what it is', () => {
    const chain = run((rows) => rows.map('good', (one) => one));
    const full = new TypeError('no room');
    const target = {
      onRows: (): never => {
        throw full;
      },
    };
    expect(() =>
      processBatch(chain.chain, chain.code, batchOf([{ value: row('a', 1), timestamp: 0 }]), target),
    ).toThrow(full);
  });

  test('a program without the functions of an operator', () => {
    const { job } = run((rows) => rows.map('bad', (one) => one));
    expect(() => resolveChain(job.graph.operators.slice(1, 2), { functions: new Map() }, null)).toThrow(
      'operator "bad" has no function "map" in its program',
    );
  });

  test('a keyed operator anywhere but first is a bug', () => {
    const { job } = run((rows) => rows.keyBy((one) => one.key).reduce('total', (sum) => sum));
    const [, total] = job.graph.operators;
    expect(() => resolveChain([total!, total!], job.program, null)).toThrow(AssertionError);
  });

  test('a key of another subtask is the fault of the key function: producers route by the same one', () => {
    const job = jobOf((rows) => rows.keyBy((one) => one.key).reduce('total', (sum) => sum) as never, {
      parallelism: 8,
    });
    const chains = Array.from({ length: 8 }, (_, subtask) => harness(job, { subtask, parallelism: 8 }));
    const refused = chains.filter((chain) => {
      try {
        chain.send(row('a', 1));
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(UserCodeError);
        expect(String(error)).toContain('operator "total" gave a key that belongs to another subtask, "a"');
        return true;
      }
    });
    expect(refused).toHaveLength(7);
  });
});
