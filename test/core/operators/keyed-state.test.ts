// Keyed state beside a Map of what was stored: whatever the keys and values are, and whichever columns hold them, it gives back what it was given, and
// its snapshots have the bytes of a list of entries as it was at the cut.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTree, cloneState, deepFreeze, hashState } from '../../../src/core/base/state.ts';
import type { Key, Value } from '../../../src/core/base/value.ts';
import { packKeyGroup, unpackKeyGroup } from '../../../src/core/checkpoint/key-group-codec.ts';
import type { KeyedEntry, KeyGroupSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import { compareKeys, normalizeKey } from '../../../src/core/graph/keys.ts';
import { keyGroupOf } from '../../../src/core/graph/key-groups.ts';
import {
  captureGroups,
  createKeyedState,
  groupIndexOf,
  keysIn,
  openSnapshot,
  prepareWrite,
  readEntry,
  removeEntry,
  restoreTable,
  writeEntry,
  type EntryKind,
  type KeyedState,
} from '../../../src/core/operators/keyed-state.ts';
import type { KeyTable } from '../../../src/core/operators/key-table.ts';
import { mapKeyOf } from '../../../src/core/operators/map-key.ts';
import { processEntries } from '../../../src/core/operators/process-entries.ts';
import { reduceEntries } from '../../../src/core/operators/kinds/reduce.ts';
import { windowEntries } from '../../../src/core/operators/kinds/window.ts';
import { anyNumber, anyText, anyValue, record } from '../base/values.ts';

// ---- What is stored

const count = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) }, { weight: 1, arbitrary: anyNumber });

const flat: fc.Arbitrary<Value> = record({ count, sum: count });
const named: fc.Arbitrary<Value> = record({ count, name: anyText, is: fc.boolean() });
const single: fc.Arbitrary<Value> = record({ count: fc.oneof(count, anyText, fc.constant(null)) });
const four: fc.Arbitrary<Value> = record({ z: count, '1': count, a: fc.boolean(), b: anyText });
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 12, arbitrary: flat },
  { weight: 4, arbitrary: named },
  { weight: 2, arbitrary: single },
  { weight: 2, arbitrary: four },
  { weight: 4, arbitrary: count },
  { weight: 2, arbitrary: fc.boolean() },
  { weight: 2, arbitrary: anyText },
  { weight: 2, arbitrary: anyValue },
);
/** Mostly of one sort: columns are found, and widen now and then. */
const values: fc.Arbitrary<fc.Arbitrary<Value>> = fc.constantFrom(flat, named, single, four, count, value);

const times = fc
  .uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 3 })
  .map((list) => list.toSorted((a, b) => a - b));

/** As they lie in a snapshot. */
function encodedOf(kind: string, one: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  if (kind === 'reduce') return one;
  if (kind === 'window')
    return fc
      .uniqueArray(fc.tuple(fc.integer({ min: -5, max: 20 }), one), {
        minLength: 1,
        maxLength: 3,
        selector: ([at]) => at,
      })
      .map((list) => list.toSorted(([a], [b]) => a - b));
  const timers = fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: times });
  const states = fc.oneof(
    { weight: 8, arbitrary: record({ total: one }) },
    { weight: 2, arbitrary: record({ last: one, total: one }) },
    { weight: 1, arbitrary: record({ last: one }) },
  );
  return fc.oneof(
    { weight: 12, arbitrary: record({ states, timers }) },
    { weight: 1, arbitrary: times.filter((list) => list.length > 0).map((list) => ({ states: {}, timers: list })) },
  );
}

const wholeKey: fc.Arbitrary<Key> = fc.integer({ min: -20, max: 700 });
const otherKey: fc.Arbitrary<Key> = fc.oneof(
  fc.constantFrom<Key>(true, false, 0.5, -0.25, 2 ** 31, -(2 ** 31), 2 ** 53, '1', '\0', ['a'], ['a', 1], []),
  fc.string({ maxLength: 2 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.array(fc.oneof(fc.string({ maxLength: 1 }), fc.integer(), fc.boolean()), { maxLength: 2 }),
);
const keys: fc.Arbitrary<fc.Arbitrary<Key>> = fc.constantFrom(
  wholeKey,
  fc.string({ minLength: 1, maxLength: 2 }) as fc.Arbitrary<Key>,
  fc.integer({ min: 0, max: 300 }).map((whole) => whole / 4) as fc.Arbitrary<Key>,
  fc.oneof({ weight: 20, arbitrary: wholeKey }, { weight: 1, arbitrary: otherKey }),
);

type Command =
  | { readonly put: Key; readonly encoded: Value }
  | { readonly remove: Key }
  | { readonly snapshot: 'open' | 'step' };

const commandsOf = (kind: string): fc.Arbitrary<readonly Command[]> =>
  fc
    .tuple(keys, values)
    .chain(([key, one]) =>
      fc.array(
        fc.oneof(
          { weight: 12, arbitrary: record({ put: key, encoded: encodedOf(kind, one) }) },
          { weight: 4, arbitrary: record({ remove: key }) },
          { weight: 1, arbitrary: fc.constant<Command>({ snapshot: 'open' }) },
          { weight: 1, arbitrary: fc.constant<Command>({ snapshot: 'step' }) },
        ) as fc.Arbitrary<Command>,
        { maxLength: 120, size: 'max' },
      ),
    );

// ---- The model

type Model = Map<string, { readonly key: Key; readonly encoded: Value }>;

/** So few groups that most are tables. */
const GROUPS = 2;
const stateOf = (): KeyedState<unknown> =>
  createKeyedState('op', { subtask: 0, parallelism: 1, maxParallelism: GROUPS }, 0);

function expectedOf(model: Model): readonly KeyGroupSnapshot[] {
  return Array.from({ length: GROUPS }, (_, group) => {
    const entries = [...model.values()]
      .filter(({ key }) => keyGroupOf(key, GROUPS) === group)
      .toSorted((one, other) => compareKeys(one.key, other.key));
    return packKeyGroup(
      group,
      entries.map(({ key, encoded }) => ({ key, value: encoded })),
    );
  }).filter(({ entries }) => entries[0] !== 0);
}

interface Played {
  readonly keyed: KeyedState<unknown>;
  readonly model: Model;
}

/** Plays commands; each snapshot that comes to its end is compared with what the model was when it was opened. */
function play(kind: EntryKind<unknown>, commands: readonly Command[], { keyed, model }: Played): void {
  let atCut: readonly KeyGroupSnapshot[] = [];
  for (const command of commands) {
    if ('put' in command) put(kind, { keyed, model }, command.put, command.encoded);
    else if ('remove' in command) remove(kind, { keyed, model }, command.remove);
    else if (command.snapshot === 'open') {
      openSnapshot(keyed);
      atCut = expectedOf(model);
    } else if (keyed.snapshot !== null) {
      const taken = captureGroups(keyed, kind, 1);
      if (taken !== null) expect(taken).toEqual(atCut);
    }
  }
  while (keyed.snapshot !== null) {
    const taken = captureGroups(keyed, kind, 1);
    if (taken !== null) expect(taken).toEqual(atCut);
  }
}

function put(kind: EntryKind<unknown>, { keyed, model }: Played, given: Key, encoded: Value): void {
  const key = normalizeKey(given);
  const group = groupIndexOf(keyed, key);
  prepareWrite(keyed, kind, group);
  writeEntry(keyed, kind, group, mapKeyOf(key), kind.decode(deepFreeze(encoded)));
  model.set(JSON.stringify(key), { key, encoded });
}

function remove(kind: EntryKind<unknown>, { keyed, model }: Played, given: Key): void {
  const key = normalizeKey(given);
  removeEntry(keyed, kind, groupIndexOf(keyed, key), mapKeyOf(key));
  model.delete(JSON.stringify(key));
}

function snapshotOf(kind: EntryKind<unknown>, keyed: KeyedState<unknown>): readonly KeyGroupSnapshot[] {
  openSnapshot(keyed);
  for (;;) {
    const taken = captureGroups(keyed, kind, 1);
    if (taken !== null) return taken;
  }
}

/** A table of so many keys to begin with: more than one page. */
const begin: fc.Arbitrary<number> = fc.constantFrom(0, 0, 0, 60, 600);

function begun(kind: EntryKind<unknown>, size: number, first: Value): Played {
  const played = { keyed: stateOf(), model: new Map() };
  for (let key = 0; key < size; key++) put(kind, played, key, first);
  return played;
}

const KINDS: readonly (readonly [string, EntryKind<unknown>])[] = [
  ['reduce', reduceEntries],
  ['process', processEntries],
  ['window', windowEntries],
];

describe.each(KINDS)('%s', (name, kind) => {
  const first = encodedOf(name, fc.oneof(flat, count));

  test('gives back what was stored, and writes what was there at the cut', () => {
    fc.assert(
      fc.property(commandsOf(name), begin, first, (commands, size, encoded) => {
        const played = begun(kind, size, encoded);
        play(kind, commands, played);
        const { keyed, model } = played;
        for (const { key, encoded: stored } of model.values())
          expect(kind.encode(readEntry(keyed, kind, groupIndexOf(keyed, key), mapKeyOf(key)))).toStrictEqual(stored);
        expect(keyed.groups.reduce((sum, group) => sum + keysIn(group), 0)).toBe(model.size);
        expect(snapshotOf(kind, keyed)).toEqual(expectedOf(model));
      }),
    );
  });

  test('a group that is restored is what it was', () => {
    fc.assert(
      fc.property(commandsOf(name), begin, first, (commands, size, encoded) => {
        const played = begun(kind, size, encoded);
        play(kind, commands, played);
        const restored = stateOf();
        for (const group of expectedOf(played.model)) {
          const rows = restoreTable(restored, kind, group);
          const { value } = unpackKeyGroup(group) as { readonly value: readonly KeyedEntry[] };
          if (rows === null)
            for (const entry of value) put(kind, { keyed: restored, model: new Map() }, entry.key, entry.value);
          else expect(rows).toBe(value.length);
          expect(restoreTable(restored, kind, group)).toBe(null);
        }
        expect(snapshotOf(kind, restored)).toEqual(expectedOf(played.model));
        expect(checkTree(restored)).toBe(null);
        play(kind, commands, { keyed: restored, model: new Map(played.model) });
      }),
    );
  });

  test('a fork goes on by itself, and hashes like the original', () => {
    fc.assert(
      fc.property(commandsOf(name), commandsOf(name), begin, first, (before, after, size, encoded) => {
        const played = begun(kind, size, encoded);
        play(kind, before, played);
        const hash = hashState(played.keyed);
        const fork = { keyed: cloneState(played.keyed), model: new Map(played.model) };
        expect(hashState(fork.keyed)).toBe(hash);
        expect(checkTree(fork.keyed)).toBe(null);
        play(kind, after, fork);
        expect(hashState(played.keyed)).toBe(hash);
        expect(snapshotOf(kind, played.keyed)).toEqual(expectedOf(played.model));
      }),
      { numRuns: 30 },
    );
  });

  test('a group whose keys are all gone is null, and no table keeps room for what it no longer has', () => {
    const played = begun(kind, 5_000, fc.sample(first, { numRuns: 1, seed: 1 })[0] as Value);
    for (let key = 0; key < 4_990; key++) remove(kind, played, key);
    for (const group of played.keyed.groups)
      if (group !== null && !(group instanceof Map)) expect(group.capacity).toBe(32);
    expect(snapshotOf(kind, played.keyed)).toEqual(expectedOf(played.model));
    for (let key = 4_990; key < 5_000; key++) remove(kind, played, key);
    expect(played.keyed.groups).toEqual([null, null]);
  });
});

describe('a table is not made of', () => {
  const size = 40;
  const keysOf = (key: (index: number) => Key): readonly Key[] =>
    Array.from({ length: size }, (_, index) => key(index));
  const own = keysOf((index) => index).filter((key) => keyGroupOf(key, GROUPS) === 1);
  const process = { states: { total: { count: 1, sum: 2 } }, timers: [] };
  const restored = (given: readonly Key[], value: Value): number | null => {
    const group = packKeyGroup(
      1,
      given.map((key) => ({ key, value })),
    );
    return restoreTable(stateOf(), processEntries, group);
  };

  test('what is right, but for few keys', () => {
    expect(restored(own, process)).toBe(own.length);
    expect(restored(own.slice(0, 3), process)).toBe(null);
  });

  test.each<[string, readonly Key[], Value]>([
    ['a key of another group', [...own, ...keysOf((index) => index)], process],
    ['a key twice', [...own, own[0] as Key], process],
    ['no key', [...own, { a: 1 } as unknown as Key], process],
    ['a key that is not finite', [...own, Infinity], process],
    ['timers at no time', own, { states: {}, timers: ['x'] }],
    ['a timer twice', own, { states: { total: 1 }, timers: [1, 1] }],
    ['another field', own, { states: { total: 1 }, timers: [], more: 1 }],
    ['a name that is none', own, { states: { '': 1 }, timers: [] }],
    ['a number', own, 7],
  ])('%s', (_, given, value) => expect(restored(given, value)).toBe(null));

  test('damaged bytes', () => {
    const { entries } = packKeyGroup(
      1,
      own.map((key) => ({ key, value: process })),
    );
    for (let length = 0; length < entries.length; length++)
      expect(restoreTable(stateOf(), processEntries, { keyGroup: 1, entries: entries.slice(0, length) })).toBe(null);
    const more = Uint8Array.from([...entries, 0]);
    expect(restoreTable(stateOf(), processEntries, { keyGroup: 1, entries: more })).toBe(null);
  });
});

describe('keys whose hashes are alike', () => {
  /** `Aa` and `BB` have one hash, and so have all texts that are made of them. */
  const oneHash = Array.from({ length: 30_000 }, (_, number) =>
    Array.from({ length: 15 }, (__, bit) => ((number >> bit) & 1 ? 'Aa' : 'BB')).join(''),
  );

  function stored(keys: readonly Key[]): KeyedState<Value> {
    const keyed = createKeyedState<Value>('count', { subtask: 0, parallelism: 1, maxParallelism: 1 }, 0);
    for (const [number, key] of keys.entries()) writeEntry(keyed, reduceEntries, 0, mapKeyOf(key), number);
    return keyed;
  }

  const read = (keyed: KeyedState<Value>, key: Key): Value | undefined =>
    readEntry(keyed, reduceEntries, 0, mapKeyOf(key));

  test('very many of one hash cost no more each than few, and each is found as others come and go', () => {
    const keyed = stored(oneHash);
    for (const [number, key] of oneHash.entries()) if (number % 3 > 0) removeEntry(keyed, reduceEntries, 0, key);
    for (const [number, key] of oneHash.entries()) expect(read(keyed, key)).toBe(number % 3 > 0 ? undefined : number);
    for (const [number, key] of oneHash.entries()) writeEntry(keyed, reduceEntries, 0, key, -number);
    for (const [number, key] of oneHash.entries()) expect(read(keyed, key)).toBe(-number);
    expect((keyed.groups[0] as KeyTable).crowded.size).toBe(oneHash.length - 64);
    for (const key of oneHash) removeEntry(keyed, reduceEntries, 0, key);
    expect(keyed.groups).toEqual([null]);
  });

  test('beside other keys, whatever is removed', () => {
    const key = fc.oneof(
      fc.nat(199).map((number) => oneHash[number] as string),
      fc.nat(200),
      fc.constant('AaAa'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.boolean()), { minLength: 400, maxLength: 900 }), (steps) => {
        const model = new Map(oneHash.slice(0, 150).map((one, number): [Key, Value] => [one, number]));
        const keyed = stored([...model.keys()]);
        for (const [number, [one, stays]] of steps.entries()) {
          if (stays) writeEntry(keyed, reduceEntries, 0, mapKeyOf(one), number);
          else removeEntry(keyed, reduceEntries, 0, mapKeyOf(one));
          if (stays) model.set(one, number);
          else model.delete(one);
        }
        for (const [one] of [...steps, ...oneHash.slice(0, 200).map((text) => [text])])
          expect(read(keyed, one as Key)).toBe(model.get(one as Key));
      }),
      { numRuns: 30 },
    );
  });

  test.each<[string, (number: number) => number]>([
    ['in a row', (number) => number],
    ['multiples of 1,024', (number) => number << 10],
    ['multiples of 65,536', (number) => number << 16],
    ['of eleven digits', (number) => 49_151_000_000 + number],
    ['of ms in seconds', (number) => 1_700_000_000_000 + number * 1_000],
    ['halves', (number) => number + 0.5],
    ['multiples of 2^32', (number) => number * 2 ** 32],
  ])('numbers %s lie near their places', (_, keyOf) => {
    const keyed = stored(Array.from({ length: 20_000 }, (__, number) => keyOf(number)));
    expect((keyed.groups[0] as KeyTable).crowded.size).toBeLessThan(200);
  });
});
