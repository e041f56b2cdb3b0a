// The second reader of Millrace's bytes agrees with the first on what is right, and refuses what is not.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../../src/core/base/crc32.ts';
import type { Key, Value } from '../../../src/core/base/value.ts';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import { packKeyGroup } from '../../../src/core/checkpoint/key-group-codec.ts';
import { encodeTaskSnapshot } from '../../../src/core/checkpoint/snapshot-codec.ts';
import type { KeyedEntry, TaskSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import { keyGroupOf, subtaskOfKeyGroup } from '../../../src/core/graph/key-groups.ts';
import { encodeCheckpoints, encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import {
  checksumOf,
  damageOf,
  keyGroupFor,
  ownerOf,
  readLeader,
  readPointers,
  readSnapshot,
  readTransactions,
} from '../../../src/sim/oracles/decode.ts';
import { anyValue, expectSame } from '../../core/base/values.ts';

const entries: readonly KeyedEntry[] = [
  { key: ['a', 1, true], value: { text: 'é\ud800', part: 0.5, none: null, bytes: new Uint8Array([0, 255]) } },
];

const snapshot: TaskSnapshot = {
  format: 'millrace-snapshot',
  version: 3,
  checkpointId: 7,
  watermark: Number.MIN_SAFE_INTEGER,
  atEnd: true,
  splits: [{ operator: 'source', split: 3, position: 2 ** 40, maxTimestamp: -5, mark: '' }],
  operators: [
    {
      operator: 'count',
      keyGroups: [packKeyGroup(127, entries)],
    },
  ],
  transactions: [],
};

describe('what was written is read', () => {
  test('a snapshot with every kind of value', () => {
    const operators = [{ operator: 'count', keyGroups: [{ keyGroup: 127, entries }] }];
    expect(readSnapshot(encodeTaskSnapshot(snapshot))).toEqual({ ok: true, value: { ...snapshot, operators } });
  });

  test('entries that are alike, and any others', () => {
    const rows = fc.array(
      fc.record({ count: fc.integer(), part: fc.double(), name: fc.string() }, { noNullPrototype: true }),
    );
    fc.assert(
      fc.property(fc.oneof(rows, fc.array(anyValue)), fc.boolean(), (values, named) => {
        const list = (values as readonly Value[]).map((value, index) => ({
          key: named ? `key-${index}` : index * 300,
          value,
        }));
        const operators = [{ operator: 'count', keyGroups: [packKeyGroup(0, list)] }];
        expectSame(readSnapshot(encodeTaskSnapshot({ ...snapshot, operators })), {
          ...snapshot,
          operators: [{ operator: 'count', keyGroups: [{ keyGroup: 0, entries: list }] }],
        });
      }),
    );
  });

  test('entries that are none', () => {
    for (const damaged of [
      new Uint8Array(),
      new Uint8Array([1, 0]),
      new Uint8Array([0, 0, 0, 0]),
      new Uint8Array([0, 9, 0]),
    ]) {
      const operators = [{ operator: 'count', keyGroups: [{ keyGroup: 0, entries: damaged }] }];
      expect(readSnapshot(encodeTaskSnapshot({ ...snapshot, operators })).ok).toBe(false);
    }
  });

  test('transactions, behind keyed state with bytes in it', () => {
    const transactions = [{ checkpointId: 6, transaction: 'some' }];
    expect(readTransactions(encodeTaskSnapshot({ ...snapshot, transactions }))).toEqual(transactions);
  });

  test('HA records', () => {
    expect(readLeader(encodeLeader({ epoch: 3, address: 'jm-1', resigned: false }))).toEqual({
      ok: true,
      value: { epoch: 3, address: 'jm-1', resigned: false },
    });
    expect(readPointers(encodeCheckpoints({ completed: [] }))).toEqual({ ok: true, value: { completed: [] } });
  });

  test('any bytes have the checksum that core gives them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => checksumOf(bytes, bytes.length) === crc32(bytes)),
    );
  });

  const part = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
  const key = fc.oneof(part, fc.array(part, { maxLength: 3 })) as fc.Arbitrary<Key>;
  test('any key lies in the key group, and with the owner, that core gives it', () => {
    const parallelism = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(key, fc.integer({ min: 8, max: 1_000 }), parallelism, (one, groups, subtasks) => {
        const group = keyGroupOf(one, groups);
        return (
          keyGroupFor(one, groups) === group &&
          ownerOf(group, groups, subtasks) === subtaskOfKeyGroup(group, groups, subtasks)
        );
      }),
      {
        examples: [
          [2_147_483_648, 8, 1],
          [-2_147_483_648, 8, 1],
          [0.1, 8, 1],
        ],
      },
    );
  });
});

describe('what is not right is refused', () => {
  const bytes = encodeTaskSnapshot(snapshot);

  test('any bit that was turned', () => {
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        return !readSnapshot(damaged).ok;
      }),
    );
  });

  test('any prefix', () => {
    fc.assert(fc.property(fc.nat({ max: bytes.length - 1 }), (length) => !readSnapshot(bytes.slice(0, length)).ok));
  });

  test('another record', () => {
    expect(readLeader(bytes).ok).toBe(false);
  });

  const handle = handleOf('chk-7', bytes);
  test.each([
    ['is missing', new Map()],
    ['has 3 bytes', new Map([['chk-7', bytes.slice(0, 3)]])],
    ['another checksum', new Map([['chk-7', bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte))]])],
  ])('a blob behind a handle: %s', (problem, blobs) => {
    expect(damageOf(handle, blobs)).toContain(problem);
  });

  test('nothing is wrong with the blob that a handle was made for', () => {
    expect(damageOf(handle, new Map([['chk-7', bytes]]))).toBeNull();
  });
});
