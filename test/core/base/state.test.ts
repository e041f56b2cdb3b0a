// Tables over clone, hash, difference, freezing and the shape of states.
import { describe, expect, test } from 'vitest';
import {
  checkTree,
  cloneState,
  deepFreeze,
  describeState,
  diffStates,
  hashState,
} from '../../../src/core/base/state.ts';
import { Hasher } from '../../../src/core/base/hasher.ts';

/** Pairwise different data: no two may have the same hash, and each pair has a first difference. */
const DIFFERENT: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  1.5,
  2 ** 31,
  2 ** 40,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  '0',
  '1',
  'ab',
  'ba',
  'a\u0000',
  [],
  [0],
  [[]],
  [1, 2],
  [2, 1],
  {},
  { a: 1 },
  { b: 1 },
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { a: { b: 2 } },
  { a: [1] },
  new Map(),
  new Map([[1, 2]]),
  new Map([
    [1, 2],
    [3, 4],
  ]),
  new Map([
    [3, 4],
    [1, 2],
  ]),
  new Set(),
  new Set([1, 2]),
  new Set([2, 1]),
  new Uint8Array(),
  new Uint8Array([0]),
  new Uint8Array([1, 2, 3, 4, 5]),
  new Uint8Array([1, 2, 3, 5, 4]),
  new Int8Array([1, 2, 3, 4, 5]),
  new Float64Array([1.5]),
];

test('different data has different hashes and a first difference', () => {
  const hashes = new Map<string, unknown>();
  for (const value of DIFFERENT) {
    const hash = hashState(value);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect([hash, hashes.get(hash)]).toEqual([hash, undefined]);
    hashes.set(hash, value);
  }
  for (const [index, left] of DIFFERENT.entries()) {
    for (const right of DIFFERENT.slice(index + 1)) expect(diffStates(left, right)).not.toBe(null);
  }
});

test('a clone is equal, has the same hash, and shares nothing that may change', () => {
  for (const value of DIFFERENT) {
    const copy = cloneState(value);
    expect(diffStates(value, copy)).toBe(null);
    expect(hashState(copy)).toBe(hashState(value));
    if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
  }
});

test('a clone is deep, but for what is frozen', () => {
  const sent = deepFreeze({ rows: [{ key: 'a' }] });
  const state = {
    list: [[1]],
    table: new Map([['a', { n: 1 }]]),
    bytes: new Uint8Array([1, 2]),
    set: new Set([1]),
    sent,
  };
  const copy = cloneState(state);
  copy.list[0]?.push(2);
  copy.table.set('b', { n: 2 });
  (copy.table.get('a') as { n: number }).n = 9;
  copy.bytes[0] = 7;
  copy.set.add(2);
  expect(state).toEqual({
    list: [[1]],
    table: new Map([['a', { n: 1 }]]),
    bytes: new Uint8Array([1, 2]),
    set: new Set([1]),
    sent,
  });
  expect(copy.sent).toBe(sent);
});

class Account {
  readonly balance = 0;
}

const NOT_DATA: readonly (readonly [string, unknown, string])[] = [
  ['a function', { on: { done: () => 0 } }, '.on.done is a function'],
  ['a function in a list', { on: [() => 0] }, '.on[0] is a function'],
  ['a promise', { later: [Promise.resolve(1)] }, '.later[0] is Promise'],
  ['an instance of a class', { account: new Account() }, '.account is Account'],
  ['a date', { at: new Map([['x', new Date(0)]]) }, '.at{"x"} is Date'],
  ['a bigint beyond 64 bits', { n: 2n ** 63n }, '.n is a bigint beyond 64 bits (-2^63 to 2^63 - 1)'],
  ['a symbol', { s: Symbol('s') }, '.s is a symbol'],
];

describe('what is not data is refused', () => {
  test.each(NOT_DATA)('%s', (_, state, flaw) => {
    expect(checkTree(state)).toBe(flaw);
    expect(() => cloneState(state)).toThrow('not data');
    expect(() => hashState(state)).toThrow('not data');
  });

  test('undefined: a field is there, or has no value of its own', () => {
    expect(checkTree({ a: { b: undefined } })).toBe('.a.b is undefined');
  });
});

describe('a state is a tree', () => {
  const shared = { n: 1 };
  const cases: readonly (readonly [string, unknown, string | null])[] = [
    ['a tree', { a: { n: 1 }, b: [{ n: 1 }], c: new Map([['k', { n: 1 }]]) }, null],
    ['shared by two fields', { a: shared, b: { c: shared } }, '.b.c is the same object as .a'],
    [
      'shared between a list and a map',
      { a: [shared], b: new Map([['k', shared]]) },
      '.b{"k"} is the same object as .a[0]',
    ],
    ['shared but frozen', { a: deepFreeze({ n: 2 }), b: deepFreeze({ n: 2 }) }, null],
    ['an object as a key', { a: new Map([[{}, 1]]) }, '.a has a key that is an object'],
  ];
  test.each(cases)('%s', (_, state, flaw) => expect(checkTree(state)).toBe(flaw));

  test('the same frozen object twice', () => {
    const frozen = deepFreeze({ n: 1 });
    expect(checkTree({ a: frozen, b: frozen })).toBe(null);
  });

  test('a circle', () => {
    const circle: { next: unknown } = { next: null };
    circle.next = circle;
    expect(checkTree(circle)).toBe('.next is the same object as the state');
  });
});

const DIFFERENCES: readonly (readonly [unknown, unknown, string, string, string])[] = [
  [1, 2, '.', '1', '2'],
  [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, '.a.b[1]', '2', '3'],
  [{ a: 0 }, { a: -0 }, '.a', '0', '-0'],
  [{ a: 1 }, { a: '1' }, '.a', '1', '"1"'],
  [[1], [1, 2], '[1]', 'nothing', '2'],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, '.a', '1', '.b at this place'],
  [new Map([['x', 1]]), new Map([['x', 2]]), '{"x"}', '1', '2'],
  [new Set([1]), new Set([2]), '{1}', '1', '{2} at this place'],
  [new Uint8Array([1, 2]), new Uint8Array([1, 3]), '[1]', '2', '3'],
  [{ a: [] }, { a: {} }, '.a', '[]', '{}'],
];

test.each(DIFFERENCES)('the first difference of %o and %o is at %s', (left, right, path, mine, theirs) => {
  expect(diffStates(left, right)).toEqual({ path, left: mine, right: theirs });
});

test('deepFreeze freezes what a shallow freeze left open', () => {
  const value = deepFreeze({ list: Object.freeze([{ n: 1 }]), bytes: new Uint8Array([1]) });
  expect(Object.isFrozen(value.list[0])).toBe(true);
  expect(value.bytes).toEqual(new Uint8Array([1]));
});

test('a hasher rolls: the order of what it is given counts, and it can go on from a copy', () => {
  const hasher = new Hasher();
  hasher.value('a');
  const fork = new Hasher();
  fork.copyFrom(hasher);
  hasher.value('b');
  fork.value('c');
  const other = new Hasher();
  other.value('b');
  other.value('a');
  expect(new Set([hasher.digest(), fork.digest(), other.digest()]).size).toBe(3);
  fork.reset();
  expect(fork.digest()).toBe(new Hasher().digest());
});

test('large states are hashed to their last word, however they are cut up', () => {
  const nested = (depth: number, value: number): unknown => (depth === 0 ? value : { next: nested(depth - 1, value) });
  const large = (at: number, value: number): unknown => {
    const numbers = Array.from({ length: 10_000 }, (_, index) => (index === at ? value : index + 0.5));
    return {
      numbers,
      text: 'x'.repeat(20_001) + value,
      bytes: new Uint8Array(30_001).fill(value),
      deep: nested(500, value),
    };
  };
  const hashes = [0, 4_093, 4_094, 4_095, 4_096, 9_999].flatMap((at) =>
    [1, 2].map((value) => hashState(large(at, value))),
  );
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashState(large(4_095, 1))).toBe(hashes[6]);
  for (let padding = 4_080; padding < 4_100; padding++) {
    const padded = (value: number): unknown => [Array<null>(padding).fill(null), nested(40, value)];
    expect(hashState(padded(1))).not.toBe(hashState(padded(2)));
  }
});

test('small changes of many states give no two equal hashes', () => {
  const hashes = new Set<string>();
  for (let n = 0; n < 100_000; n++) hashes.add(hashState({ id: n >> 4, state: (n & 15) / 8, name: `task-${n % 7}` }));
  expect(hashes.size).toBe(100_000);
});

test('a hash is a promise to old tapes: it is the same in every version', () => {
  expect(
    hashState({
      epoch: 3,
      tasks: new Map([['1/0#2', ['RUNNING', 1.5, null]]]),
      bytes: new Uint8Array([1, 2, 3, 4, 5]),
    }),
  ).toBe('d9bf552c7c799945');
});

test('so are words that are rolled over by themselves', () => {
  const hasher = new Hasher();
  hasher.words(1, -2, 0x7fffffff, 0);
  hasher.words(-1, 2, 3, 4);
  expect(hasher.digest()).toBe('5bfc4e4285b5fdcf');
});

test('a tag tells the same data apart', () => {
  const hashOf = (tag: string, value: unknown): string => {
    const hasher = new Hasher();
    hasher.tagged(tag, value);
    return hasher.digest();
  };
  const hashes = [hashOf('ping', 1), hashOf('pong', 1), hashOf('ping', 2), hashOf('pin', 'g1'), hashOf('', 'ping')];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashOf('ping', { round: 1 })).toBe(hashOf('ping', { round: 1 }));
});

test('long states are described in short', () => {
  expect(describeState({ list: Array.from({ length: 1000 }, () => 1) })).toHaveLength(201);
});
