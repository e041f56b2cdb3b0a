// Packed key groups: they come back as they were, and bytes that are none are refused with a sentence.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Key, Value } from '../../../src/core/base/value.ts';
import { packKeyGroup, unpackKeyGroup } from '../../../src/core/checkpoint/key-group-codec.ts';
import type { KeyedEntry } from '../../../src/core/checkpoint/snapshot.ts';
import { anyBytes, anyText, anyValue, expectResult, expectSame } from '../base/values.ts';

const keyPart = fc.oneof(anyText, fc.double({ noNaN: true }), fc.boolean());
const anyKey = fc.oneof(keyPart, fc.array(keyPart, { maxLength: 3 })) as fc.Arbitrary<Key>;
const anyEntries = fc.array(fc.tuple(anyKey, anyValue), { maxLength: 5 }).map(entriesOf);

function entriesOf(pairs: readonly (readonly [Key, Value])[]): readonly KeyedEntry[] {
  return pairs.map(([key, value]) => ({ key, value }));
}

test.each<[string, readonly (readonly [Key, Value])[]]>([
  ['no entries', []],
  ['one', [['a', null]]],
  [
    'whole numbers',
    [
      [1, 5],
      [2, 500_000],
      [3, -7],
    ],
  ],
  [
    'keys of all kinds',
    [
      [false, 1],
      [0.5, 'two'],
      ['c', [3]],
      [['d', 4, true], { five: new Uint8Array([6]) }],
    ],
  ],
  [
    'rows',
    [
      ['a', { count: 1, sum: 0.5 }],
      ['b', { count: 2, sum: 1.5 }],
    ],
  ],
  [
    'fields in another order',
    [
      ['a', { count: 1, sum: 2 }],
      ['b', { sum: 2, count: 1 }],
    ],
  ],
])('%s', (_, pairs) => {
  const entries = entriesOf(pairs);
  const group = packKeyGroup(3, entries);
  expect(group.keyGroup).toBe(3);
  expectSame(unpackKeyGroup(group), entries);
});

test('any entries come back as they were', () => {
  fc.assert(fc.property(anyEntries, (entries) => expectSame(unpackKeyGroup(packKeyGroup(0, entries)), entries)));
});

test('any bytes are entries or refused', () => {
  fc.assert(fc.property(anyBytes(32), (entries) => expectResult(unpackKeyGroup({ keyGroup: 0, entries }))));
});

test.each<[number[], string]>([
  [[], 'is damaged: ends at byte 0'],
  [[1, 0, 3], 'is damaged: ends at byte 3'],
  [[200, 1, 0], 'is damaged: 200 values at byte 2 are too many'],
  [[0, 0, 0, 7], 'has 1 bytes too many'],
])('%j is refused', (bytes, reason) => {
  expect(unpackKeyGroup({ keyGroup: 0, entries: new Uint8Array(bytes) })).toEqual({ ok: false, reason });
});
