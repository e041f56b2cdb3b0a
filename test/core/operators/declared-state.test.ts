// Declared state: accessors straight on the columns of a key's row do what the same fields do by `value()` and `update()`, bit for bit, whatever else happens to
// the key, while snapshots are taken, and behind a restore.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashState } from '../../../src/core/base/state.ts';
import type { Value } from '../../../src/core/base/value.ts';
import {
  boolean,
  float64,
  int32,
  list,
  nullable,
  schema,
  string,
  timestamp,
} from '../../../src/core/columns/schema.ts';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import type { ProcessContext, StateFields } from '../../../src/core/graph/functions.ts';
import { beginSnapshot, snapshotStep, type SnapshotCursor } from '../../../src/core/operators/chain.ts';
import { plainFields, planOf } from '../../../src/core/operators/state-fields.ts';
import { UserCodeError } from '../../../src/core/operators/user-code-error.ts';
import { harness, jobOf, opened, restore, snapshotOf, type Emitted, type Harness } from './chain-fixture.ts';

const declared = schema({
  whole: int32,
  number: float64,
  flag: boolean,
  text: string,
  at: timestamp,
  maybe: nullable(float64),
  word: nullable(string),
});
type Name = 'whole' | 'number' | 'flag' | 'text' | 'at' | 'maybe' | 'word';

/** What a record asks of the state of its key. */
interface Deed {
  readonly key: number;
  readonly sets: readonly (readonly [Name, Value])[];
  readonly also: 'nothing' | 'add' | 'read' | 'clear' | 'other' | 'other first' | 'timer' | 'whole';
}

function does({ sets, also }: Deed, context: ProcessContext, state: StateFields): void {
  if (also === 'other first') context.state<number>('other').update(1);
  for (const [name, value] of sets) state[name] = value;
  if (also === 'add') {
    state['whole'] = (state['whole'] as number) + 1;
    state['number'] = (state['number'] as number) + 0.5;
  }
  if (also === 'clear') context.state('state').clear();
  if (also === 'other') context.state<number>('other').update(0.5);
  if (also === 'timer') context.registerEventTimeTimer(10);
  if (also === 'whole')
    context.state('state').update({ ...((context.state('state').value() ?? state) as object), whole: 7 });
  context.collect([context.key, { ...state }, context.state('state').value()]);
}

function declaredJob(): JobDefinition {
  return jobOf(
    (rows) =>
      rows
        .keyBy('key')
        .withState(declared)
        .process('head', {
          onRecord: (deed, context, state) => does(deed as never, context as never, state as never),
          onTimer: (time, context, state) => {
            state.number += time;
            context.collect({ ...state });
          },
        }) as never,
    { maxParallelism: 4 },
  );
}

/** The same job, whose fields are those of the plain twin over a state that nobody declared. */
function plainJob(): JobDefinition {
  const plan = planOf(declared);
  const fieldsOf = (context: ProcessContext): StateFields =>
    plainFields(plan, {
      read: () => context.state('state').value(),
      write: (value) => context.state('state').update(value),
      fail: (problem) => {
        throw new UserCodeError('head', problem);
      },
    });
  return jobOf(
    (rows) =>
      rows.keyBy('key').process('head', {
        onRecord: (deed, context) => does(deed as never, context as never, fieldsOf(context as never)),
        onTimer: (time, context) => {
          const state = fieldsOf(context);
          state['number'] = (state['number'] as number) + time;
          context.collect({ ...state });
        },
      }) as never,
    { maxParallelism: 4 },
  );
}

interface Sent {
  readonly deeds: readonly Deed[];
  readonly snapshot: 'begin' | 'step' | 'none' | 'restore';
  readonly watermark: number;
}

function outcomeOf(job: JobDefinition, sent: readonly Sent[]): unknown {
  let one = harness(job);
  let open: SnapshotCursor | null = null;
  const seen: unknown[] = [];
  const put = (into: Harness, { deeds, watermark }: Sent): void => {
    into.sendAll(deeds.map((deed): Emitted => ({ value: deed as unknown as Value, timestamp: 0 })));
    into.advance(Math.max(into.chain.watermark, watermark));
  };
  try {
    for (const each of sent) {
      if (each.snapshot === 'begin') open = beginSnapshot(one.chain);
      put(one, each);
      seen.push(hashState(one.chain), one.take());
      if (each.snapshot === 'step' && open !== null) {
        const done = snapshotStep(one.chain, open, 2);
        if (done !== null) {
          seen.push(done);
          open = null;
        }
      }
      if (each.snapshot === 'restore') {
        const next = harness(job);
        const taken = snapshotOf(one.chain);
        seen.push(taken);
        restore(next.chain, taken, one.chain.watermark);
        one = next;
        open = null;
      }
    }
  } catch (thrown) {
    seen.push((thrown as { readonly sentence?: string }).sentence ?? String(thrown));
  }
  return [seen, hashState(one.chain), snapshotOf(one.chain)];
}

const whole = fc.oneof(fc.integer(), fc.constantFrom(0, -0, 2 ** 31 - 1, -(2 ** 31)));
const number = fc.oneof(whole, fc.double(), fc.constantFrom(Number.NaN, -0, Infinity, 2 ** 53));
const values: Readonly<Record<Name, fc.Arbitrary<Value>>> = {
  whole,
  number,
  flag: fc.boolean(),
  text: fc.string(),
  at: fc.oneof(fc.integer(), fc.constantFrom(-0, 8.64e15, -8.64e15)),
  maybe: fc.option(number),
  word: fc.option(fc.string()),
};
const names = Object.keys(values) as readonly Name[];
/** Of all types: most are none of the field's. */
const anything: fc.Arbitrary<Value> = fc.oneof(
  number,
  fc.string(),
  fc.boolean(),
  fc.constantFrom<Value>(null, [], { a: 1 }, 8.64e15 + 2),
);
const set = (name: Name): fc.Arbitrary<readonly [Name, Value]> =>
  fc.oneof({ weight: 400, arbitrary: values[name] }, { weight: 1, arbitrary: anything }).map((value) => [name, value]);
const deed = (keys: number): fc.Arbitrary<Deed> =>
  fc.record(
    {
      key: fc.nat(keys),
      sets: fc.array(fc.constantFrom(...names).chain(set), { maxLength: 3 }),
      also: fc.constantFrom('nothing', 'nothing', 'add', 'read', 'clear', 'other', 'other first', 'timer', 'whole'),
    },
    { noNullPrototype: true },
  );
const sent = fc.constantFrom(6, 100).chain((keys) =>
  fc.array(
    fc.record({
      deeds: fc.array(deed(keys), { minLength: 1, maxLength: 120, size: 'max' }),
      snapshot: fc.constantFrom('begin', 'step', 'step', 'none', 'restore'),
      watermark: fc.nat(20),
    }),
    { minLength: 1, maxLength: 6 },
  ),
);

test('accessors on columns are equal to the plain way, bit for bit', () => {
  fc.assert(
    fc.property(sent, (all) => {
      expect(outcomeOf(declaredJob(), all as never)).toEqual(outcomeOf(plainJob(), all as never));
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

test('what two subtasks held, three go on with', () => {
  const sums = (chains: readonly Harness[], key: number): Value => {
    for (const one of chains) {
      try {
        one.send({ key, sets: [], also: 'add' });
        return one.values()[0] as Value;
      } catch (thrown) {
        expect(String(thrown)).toContain('belongs to another subtask');
      }
    }
    throw new Error('nobody takes the key');
  };
  const of = (parallelism: number): Harness[] =>
    Array.from({ length: parallelism }, (_, subtask) => harness(declaredJob(), { subtask, parallelism }));
  const two = of(2);
  for (let key = 0; key < 100; key++) for (let round = 0; round < 3; round++) sums(two, key);
  const taken = two.map(({ chain }) => snapshotOf(chain)[0]!);
  const three = of(3);
  for (const { chain } of three) {
    const { firstKeyGroup, groups } = chain.keyed!.state;
    const mine = taken.flatMap(({ keyGroups }) =>
      keyGroups.filter(({ keyGroup }) => keyGroup >= firstKeyGroup && keyGroup < firstKeyGroup + groups.length),
    );
    restore(chain, [{ ...taken[0]!, keyGroups: mine }], 0);
  }
  for (let key = 0; key < 100; key++) {
    const all = { whole: 4, number: 2, flag: false, text: '', at: 0, maybe: null, word: null };
    expect(sums(three, key)).toEqual([key, all, all]);
  }
});

/** The sentence with which a record fails. */
function sentenceOf(
  onRecord: (
    state: { whole: number; number: number; flag: boolean; word: string | null },
    context: ProcessContext,
  ) => void,
  keys = 1,
): string {
  const job = jobOf(
    (rows) =>
      rows
        .keyBy('key')
        .withState(declared)
        .process('head', { onRecord: (_, context, state) => onRecord(state, context as never) }) as never,
    { maxParallelism: 1 },
  );
  const one = harness(job);
  try {
    for (let key = 0; key < keys; key++) one.send({ key, amount: 1 });
  } catch (thrown) {
    return (thrown as UserCodeError).message;
  }
  return 'nothing';
}

describe.each([1, 40])('a field that is set out of the range of its type, of %i keys', (keys) => {
  /** Of the last key, which has a row in a table where there are many. */
  const last = (set: (state: Parameters<Parameters<typeof sentenceOf>[0]>[0]) => void): string =>
    sentenceOf((state, { key }) => {
      state.whole = 1;
      if (key === keys - 1) set(state);
    }, keys);
  const whole32 = 'expected int32, a whole number from -2147483648 to 2147483647';

  test.each<[string, unknown, string]>([
    ['whole', 2 ** 31, `"whole" to 2147483648, ${whole32}`],
    ['whole', -(2 ** 31) - 1, `"whole" to -2147483649, ${whole32}`],
    ['whole', 0.5, `"whole" to 0.5, ${whole32}`],
    ['whole', NaN, `"whole" to NaN, ${whole32}`],
    ['whole', null, `"whole" to null, ${whole32}`],
    ['whole', undefined, `"whole" to nothing, ${whole32}`],
    ['whole', 1n, `"whole" to 1n, ${whole32}`],
    ['number', '1', '"number" to "1", expected float64, a number'],
    ['flag', 1, '"flag" to 1, expected true or false'],
    ['text', 1, '"text" to 1, expected a string'],
    ['text', ['a'], '"text" to a list, expected a string'],
    ['at', 8.64e15 + 2, '"at" to 8640000000000002, expected timestamp, a whole number of ms that a Date can have'],
    ['maybe', 'x', '"maybe" to "x", expected float64, a number, or null'],
  ])('%s = %s', (name, value, sentence) => {
    expect(last((state) => void ((state as unknown as Record<string, unknown>)[name] = value))).toBe(
      `operator "head" set its state field ${sentence}`,
    );
  });

  test('int32 does not wrap', () => {
    expect(
      last((state) => {
        state.whole = 2_147_483_647;
        state.whole += 1;
      }),
    ).toBe(`operator "head" set its state field "whole" to 2147483648, ${whole32}`);
  });
});

test('what is stored as a whole must fit as well', () => {
  const stored = (value: Value): string => sentenceOf((_, context) => context.state('state').update(value), 40);
  const zero = { whole: 0, number: 0, flag: false, text: '', at: 0, maybe: null, word: null };
  expect(stored({ ...zero, maybe: 1, whole: 3 })).toBe('nothing');
  expect(stored({ ...zero, text: 1 })).toBe('operator "head" set its state field "text" to 1, expected a string');
  const all = 'whole, number, flag, text, at, maybe, word';
  for (const none of [null, 1, 'x', [], { whole: 1 }, { ...zero, more: 1 }])
    expect(stored(none as Value)).toBe(
      `operator "head" stored in "state" what has not the fields of its schema: ${all}`,
    );
});

test('fields that there are not can be neither set nor defined', () => {
  expect(sentenceOf((state) => void ((state as unknown as { other: number }).other = 1))).toContain(
    'operator "head" failed: TypeError',
  );
});

test('state that was kept is of no use behind its call', () => {
  let kept: { whole: number } | null = null;
  const job = jobOf(
    (rows) =>
      rows
        .keyBy('key')
        .withState(declared)
        .process('head', { onRecord: (_, __, state) => void (kept ??= state) }) as never,
  );
  harness(job).send({ key: 1, amount: 1 });
  const late = 'operator "head" used its state after the call that it was given to';
  expect(() => kept!.whole).toThrow(late);
  expect(() => void (kept!.whole = 1)).toThrow(late);
});

test('state of before that is not of the schema is named, by the key that has it', () => {
  const before = jobOf(
    (rows) =>
      rows.keyBy('key').process('head', {
        onRecord: ({ key, amount }, context) => context.state('state').update(key === 3 ? 'x' : { whole: amount }),
      }) as never,
  );
  const after = jobOf(
    (rows) =>
      rows
        .keyBy('key')
        .withState(schema({ whole: int32 }))
        .process('head', {
          onRecord: (_, context, state) => {
            state.whole += 1;
            context.collect(state.whole);
          },
        }) as never,
  );
  const one = harness(before);
  for (let key = 0; key < 60; key++) one.send({ key, amount: key === 4 ? 0.5 : key });
  const next = harness(after);
  restore(next.chain, snapshotOf(one.chain), 0);
  next.send({ key: 5, amount: 0 });
  expect(next.values()).toEqual([6]);
  const sentence = (value: string): string =>
    `operator "head" has a state ${value} that is not of its schema, from a checkpoint or savepoint of before`;
  expect(() => next.send({ key: 3, amount: 0 })).toThrow(sentence('"x"'));
  expect(() => next.send({ key: 4, amount: 0 })).toThrow(sentence('{"whole":0.5}'));
});

test('what was emitted stays as it was, whatever becomes of the state before the call ends', () => {
  const job = jobOf(
    (rows) =>
      rows
        .keyBy('key')
        .withState(declared)
        .process('head', {
          onRecord: (_, context, state) => {
            for (const more of [1, 10]) {
              state.whole += more;
              context.collect(state);
              context.collect({ at: state.whole, state });
            }
          },
        }) as never,
  );
  const one = harness(job);
  one.send({ key: 1, amount: 1 });
  expect(one.values()).toMatchObject([
    { whole: 1 },
    { at: 1, state: { whole: 1 } },
    { whole: 11 },
    { at: 11, state: { whole: 11 } },
  ]);
});

test('a key whose state was only read has none', () => {
  const job = jobOf(
    (rows) =>
      rows
        .keyBy('key')
        .withState(declared)
        .process('head', {
          onRecord: (_, context, state) => context.collect({ ...state }),
        }) as never,
  );
  const one = harness(job);
  one.send({ key: 1, amount: 1 });
  expect(one.values()).toEqual([{ whole: 0, number: 0, flag: false, text: '', at: 0, maybe: null, word: null }]);
  expect(opened(snapshotOf(one.chain))[0]?.keyGroups).toEqual([]);
});

test.each<[string, unknown, string]>([
  ['a number', 1, 'must be made by schema({ name: string, … }), not 1'],
  [
    'a list',
    schema({ tags: list(string) }),
    'has a field "tags" of list(string), expected int32, float64, boolean, string, timestamp, or one of these that may be null',
  ],
  [
    'a record',
    schema({ of: { x: int32 } }),
    'has a field "of" of { x: int32 }, expected int32, float64, boolean, string, timestamp, or one of these that may be null',
  ],
  [
    'many fields',
    schema(Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`f${at}`, int32]))),
    'has 17 fields, of which there can be 16',
  ],
])('state that cannot be declared: %s', (_, state, problem) => {
  const define = (): unknown =>
    jobOf(
      (rows) =>
        rows
          .keyBy('key')
          .withState(state as typeof declared)
          .process('head', { onRecord: () => undefined }) as never,
    );
  expect(define).toThrow(`- operator "head": its state ${problem}`);
});
